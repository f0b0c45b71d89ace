/** What the line over the wall says: whether it can be trusted, whether messages move, and what somebody holds back. */
import type { MonitorStats } from '@signalbox/contracts'
import type { Link } from '../../api/socket.ts'
import type { Freshness } from './freshness.ts'

/** From what weighs most. `moving` and `idle`: nothing is the matter. */
export const NOTICES = [
  ...(['past', 'gone', 'quiet', 'stopped', 'alarm', 'degraded', 'held', 'wrongClock', 'moving', 'idle'] as const),
] as const
export type Notice = (typeof NOTICES)[number]

export interface NoticeFacts {
  link: Link
  /** Of the live figures. */
  freshness: Freshness
  /** An earlier moment is shown, or asked for. */
  rewound: boolean
  stalled: boolean
  clockIsWrong: boolean
  /** Of the moment that is shown, as are the next three: an alert fires that nobody has acknowledged. */
  alarmed: boolean
  /** A service that the store stands on is away, or a node is silent. */
  degraded: boolean
  held: boolean
  queues: MonitorStats['queues'] | undefined
}

/** The first is told in full, the others by their name. Never empty. */
export function noticesOf(facts: NoticeFacts): Notice[] {
  const { link, freshness, rewound, stalled, clockIsWrong } = facts
  const told: Notice[] = []
  if (rewound) told.push('past')
  else if (link === 'disconnected') told.push('gone')
  else if (freshness !== 'fresh') told.push('quiet')
  else if (stalled) told.push('stopped')
  // Of old figures it is not known what fires or is held now.
  const known = rewound || (link !== 'disconnected' && freshness === 'fresh')
  if (known && facts.alarmed) told.push('alarm')
  if (known && facts.degraded) told.push('degraded')
  if (known && facts.held) told.push('held')
  if (clockIsWrong && !rewound) told.push('wrongClock')
  return told.length > 0 ? told : [isIdle(facts.queues) ? 'idle' : 'moving']
}

function isIdle(queues: MonitorStats['queues'] | undefined): boolean {
  const sending = queues?.['message.send']
  return sending !== undefined && sending.queued + sending.processing === 0
}
