/**
 * Sums over windows that slide by the second, from rollups that know only minutes: what a minute has gained since it was
 * last seen counts for the moment at which that was seen. A receipt that turns a success of some minutes ago into a failure
 * counts when it came.
 */
import { isSuccess } from '../messages/states.ts'
import type { RollupSum } from '../stats/store.ts'

const SECOND_MS = 1_000
const MINUTE_MS = 60_000

export interface WindowSum {
  success: number
  /** Failed and expired; `unknown` is in neither. */
  failed: number
  responses: number
  responseMs: number
}

export interface Windows {
  /** The last minutes as they stand now, all that a window may reach into. */
  observe(minutes: readonly { at: number; sums: readonly RollupSum[] }[], now: number): void
  over(windowMs: number, now: number): WindowSum
}

const FIELDS = ['success', 'failed', 'responses', 'responseMs'] as const
const NOTHING: WindowSum = { success: 0, failed: 0, responses: 0, responseMs: 0 }

/** @param longestMs the longest window that will be asked for; what is older is forgotten */
export function createWindows(longestMs: () => number): Windows {
  const seen = new Map<number, WindowSum>()
  let gains: { at: number; sum: WindowSum }[] = []

  return {
    observe(minutes, now) {
      const second = now - (now % SECOND_MS)
      const first = seen.size === 0
      for (const { at, sums } of minutes) {
        const current = sumOf(sums)
        const gain = minus(current, seen.get(at) ?? NOTHING)
        seen.set(at, current)
        // At the first look the past is counted where it happened.
        const end = at + MINUTE_MS - SECOND_MS
        if (FIELDS.some((field) => gain[field] !== 0))
          gains.push({ at: first ? Math.min(end, second) : second, sum: gain })
      }
      const oldest = now - longestMs()
      gains = gains.filter(({ at }) => at > oldest && at <= now)
      for (const at of seen.keys()) if (at < oldest - MINUTE_MS) seen.delete(at)
    },
    over(windowMs, now) {
      const total = { ...NOTHING }
      for (const { at, sum } of gains) {
        if (at <= now - windowMs) continue
        for (const field of FIELDS) total[field] += sum[field]
      }
      for (const field of FIELDS) total[field] = Math.max(0, total[field])
      return total
    },
  }
}

function sumOf(sums: readonly RollupSum[]): WindowSum {
  const total = { ...NOTHING }
  for (const { state, count, responseCount, responseMsSum } of sums) {
    if (state === 'accepted') continue
    if (isSuccess(state)) total.success += count
    else if (state === 'failed' || state === 'expired') total.failed += count
    total.responses += responseCount
    total.responseMs += responseMsSum
  }
  return total
}

function minus(a: WindowSum, b: WindowSum): WindowSum {
  const rest = { ...a }
  for (const field of FIELDS) rest[field] -= b[field]
  return rest
}
