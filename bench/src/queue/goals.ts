/** What the engine is held to, in the same round: how many times a peer's rate. */
import type { Measured } from './measures.ts'

export type Rate = Exclude<keyof Measured, 'loopP99' | 'loopMax' | 'deepDrain'>

export const RATES: readonly { rate: Rate; title: string }[] = [
  { rate: 'enqueueSingle', title: 'enqueue single' },
  { rate: 'enqueueBulk', title: 'enqueue bulk' },
  { rate: 'drain', title: 'drain a backlog' },
  { rate: 'endToEndSingle', title: 'end to end single' },
  { rate: 'endToEndBulk', title: 'end to end bulk' },
]

type Goals = Partial<Record<Rate, number>>

/** By the beginning of the peer's name. */
const GOALS: readonly [string, Goals][] = [
  ['BullMQ', { endToEndSingle: 4, endToEndBulk: 5, enqueueSingle: 2.5, enqueueBulk: 4, drain: 6 }],
  ['RabbitMQ', { endToEndSingle: 4, endToEndBulk: 4, drain: 6 }],
  ['plainjob', { endToEndSingle: 4 }],
  ['pg-boss', { endToEndSingle: 8, endToEndBulk: 3, drain: 6 }],
  ['graphile-worker', { endToEndSingle: 20, endToEndBulk: 3, drain: 4 }],
]

export function goalAgainst(peer: string, rate: Rate): number | null {
  const goals = GOALS.find(([name]) => peer.startsWith(name))?.[1]
  return goals?.[rate] ?? null
}

export const ABSOLUTE = {
  /** Messages per second from end to end. */
  fourCores: 40_000,
  twoCores: 15_000,
  /** Of the rate at which a shallow backlog of one priority drains. */
  deepShare: 0.5,
  loopP99Ms: 5,
  loopMaxMs: 15,
} as const
