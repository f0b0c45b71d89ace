/** What operators hold back, in the order in which it weighs; words are the component's. */
import type { Held } from '@signalbox/contracts'

export type HoldTarget =
  | { kind: 'channel'; name: Held['channels'][number]['channel'] }
  | { kind: 'queue'; name: Held['queues'][number]['queue'] }

/** A channel or a queue that is paused. */
export type Hold = HoldTarget & { since: string | null; waiting: number }

export function holdsOf({ channels, queues }: Held): Hold[] {
  return [
    ...queues.map(({ queue, ...rest }) => ({ kind: 'queue' as const, name: queue, ...rest })),
    ...channels.map(({ channel, ...rest }) => ({ kind: 'channel' as const, name: channel, ...rest })),
  ]
}

/** The path that pauses or resumes it. */
export function holdPath({ kind, name }: HoldTarget, act: 'pause' | 'resume'): string {
  return `/api/${kind === 'queue' ? 'queues' : 'channels'}/${encodeURIComponent(name)}/${act}`
}

/** When the first of them was paused; null when that is not known of one. */
export function heldSince(holds: readonly Hold[]): string | null {
  const times = holds.map(({ since }) => since)
  if (times.includes(null)) return null
  return times.reduce(
    (first, time) => (first && time && Date.parse(time) < Date.parse(first) ? time : first),
    times[0] ?? null,
  )
}
