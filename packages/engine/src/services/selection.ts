/**
 * Which account of a channel sends the next message: of the highest priority that has one ready, the best by 0.4 of its quota
 * left, 0.4 of the time since its last message (by its weight, a minute at most), and 0.2 of its success rate. Equals take turns
 * by their weight, and small differences make no better one: else chance would send everything through the same account.
 */
import type { AccountRefusal } from './account.ts'
import type { ReadyService } from './registry.ts'

/** Of a hundred accounts no more are compared for one message; the others have their turn with the next. */
const COMPARED = 16
const WEIGHTS = { quota: 0.4, waited: 0.4, success: 0.2 }
const LONGEST_WAIT_MS = 60_000
/** Steps in which each part counts. */
const STEPS = { quota: 1 / 100, waited: 1 / 60, success: 1 / 20 }

/** Highest priority first; those of one priority in any order. */
export type ByPriority = readonly (readonly ReadyService[])[]

/** The best that may be asked now, or null. `turn`: grows from call to call. */
export function bestOf(services: ByPriority, turn: number): ReadyService | null {
  for (const group of services) {
    const best = bestOfGroup(group, turn)
    if (best) return best
  }
  return null
}

/** All that may be asked now, the best first. */
export function inOrder(services: ByPriority): ReadyService[] {
  return services.flatMap((group) => ranked(group.filter(({ account }) => account.isReady())))
}

/** Why none of them may be asked: what ends first. Null without any. */
export function refusalOf(services: ByPriority): AccountRefusal | null {
  let first: AccountRefusal | null = null
  for (const { account } of services.flat()) {
    const refusal = account.refusal()
    if (refusal && (!first || refusal.waitMs < first.waitMs)) first = refusal
  }
  return first
}

function bestOfGroup(group: readonly ReadyService[], turn: number): ReadyService | null {
  if (group.length === 1) return group[0]?.account.isReady() ? group[0] : null
  const candidates: ReadyService[] = []
  for (let i = 0; i < group.length && candidates.length < COMPARED; i++) {
    const service = group[(turn + i) % group.length] as ReadyService
    if (service.account.isReady()) candidates.push(service)
  }
  return candidates.length < 2 ? (candidates[0] ?? null) : (ranked(candidates)[0] as ReadyService)
}

function ranked(services: readonly ReadyService[]): ReadyService[] {
  return services
    .map((service) => ({ service, score: scoreOf(service) }))
    .toSorted((a, b) => b.score - a.score || a.service.account.place - b.service.account.place)
    .map(({ service }) => service)
}

function scoreOf({ account }: ReadyService): number {
  const waited = Math.min(1, account.waited() / LONGEST_WAIT_MS)
  return (
    WEIGHTS.quota * stepped(account.quotaLeft(), STEPS.quota) +
    WEIGHTS.waited * stepped(waited, STEPS.waited) +
    WEIGHTS.success * stepped(account.successRate(), STEPS.success)
  )
}

const stepped = (share: number, step: number) => Math.floor(share / step + 1e-9) * step
