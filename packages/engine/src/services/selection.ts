/**
 * Which account of a channel sends the next message: of the highest priority that has one ready, the best by 0.4 of its quota
 * left, 0.4 of the time since its last message (by its weight, a minute at most), and 0.2 of its success rate. Equals take turns
 * by their weight, and small differences make no better one: else chance would send everything through the same account.
 */
import type { AccountRefusal, Moment } from './account.ts'
import type { ReadyService } from './registry.ts'

/** Of a hundred accounts no more are compared for one message; the others have their turn with the next. */
const COMPARED = 8
const WEIGHTS = { quota: 0.4, waited: 0.4, success: 0.2 }
const LONGEST_WAIT_MS = 60_000
/** Steps in which each part counts. */
const STEPS = { quota: 1 / 100, waited: 1 / 60, success: 1 / 20 }

/** Highest priority first; those of one priority in any order. */
export type ByPriority = readonly (readonly ReadyService[])[]

/** The best that may be asked now, or null. `turn`: grows from call to call. */
export function bestOf(services: ByPriority, turn: number, at: Moment): ReadyService | null {
  for (const group of services) {
    const best = bestOfGroup(group, turn, at)
    if (best) return best
  }
  return null
}

/** All that may be asked now, the best first. */
export function inOrder(services: ByPriority, at: Moment): ReadyService[] {
  return services.flatMap((group) =>
    group
      .filter(({ account }) => account.isReady(at))
      .map((service) => ({ service, score: scoreOf(service, at) }))
      .toSorted((a, b) => (comesBefore(a, b) ? -1 : 1))
      .map(({ service }) => service),
  )
}

/** Why none of them may be asked: what ends first. Null when one may, and without any. */
export function refusalOf(services: ByPriority): AccountRefusal | null {
  let first: AccountRefusal | null = null
  for (const { account } of services.flat()) {
    const refusal = account.refusal()
    if (!refusal) return null
    if (!first || refusal.waitMs < first.waitMs) first = refusal
  }
  return first
}

interface Scored {
  service: ReadyService
  score: number
}

/** Asked for every message: one pass, and nothing is made but what is kept. */
function bestOfGroup(group: readonly ReadyService[], turn: number, at: Moment): ReadyService | null {
  let best: Scored | null = null
  let compared = 0
  for (let i = 0; i < group.length && compared < COMPARED; i++) {
    const service = group[(turn + i) % group.length] as ReadyService
    if (!service.account.isReady(at)) continue
    if (group.length === 1) return service
    compared += 1
    const scored = { service, score: scoreOf(service, at) }
    if (!best || comesBefore(scored, best)) best = scored
  }
  return best && best.service
}

function comesBefore(a: Scored, b: Scored): boolean {
  return a.score > b.score || (a.score === b.score && a.service.account.place < b.service.account.place)
}

function scoreOf({ account }: ReadyService, at: Moment): number {
  const waited = Math.min(1, account.waited(at) / LONGEST_WAIT_MS)
  return (
    WEIGHTS.quota * stepped(account.quotaLeft(at), STEPS.quota) +
    WEIGHTS.waited * stepped(waited, STEPS.waited) +
    WEIGHTS.success * stepped(account.successRate(), STEPS.success)
  )
}

const stepped = (share: number, step: number) => Math.floor(share / step + 1e-9) * step
