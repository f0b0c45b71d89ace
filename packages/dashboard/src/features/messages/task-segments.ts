/** Where the messages of a task are, so that the parts always add up to the whole. */
import type { MessageState } from '@signalbox/contracts'

export const SEGMENTS = ['queued', 'inFlight', 'sent', 'confirmed', 'unknown', 'failed', 'skipped'] as const
export type Segment = (typeof SEGMENTS)[number]

/** Total: a state that no segment has does not compile. */
const SEGMENT_OF: Record<MessageState, Segment> = {
  scheduled: 'queued',
  queued: 'queued',
  sending: 'inFlight',
  sent: 'sent',
  delivered: 'confirmed',
  read: 'confirmed',
  unknown: 'unknown',
  failed: 'failed',
  expired: 'failed',
  cancelled: 'skipped',
}

export function segmentsOf(counts: Partial<Record<MessageState, number>>): Record<Segment, number> {
  const segments = Object.fromEntries(SEGMENTS.map((name) => [name, 0])) as Record<Segment, number>
  for (const [state, count] of Object.entries(counts)) segments[SEGMENT_OF[state as MessageState]] += count
  return segments
}
