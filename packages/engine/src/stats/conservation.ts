/** accepted = the sum of all states, always: the check, and who does not fit when it fails. */
import { MESSAGE_STATES, type MessageState } from '@signalbox/contracts'
import type { Clock } from '../clock.ts'
import type { Conservation } from './stats.ts'
import type { StatsStore } from './store.ts'

const STRAYS_SHOWN = 20
/** Counting the records is slow: while something does not add up they are counted this often. */
const RECOUNTED_EVERY_MS = 60_000

export interface ConservationCheck {
  /** `deep` counts the records themselves and names those that stand nowhere or twice. */
  check(options?: { deep?: boolean }): Promise<Conservation>
  /** Cheap: the counters, and what the last deep check found. Has the records counted when something does not add up. */
  watched(): Promise<Conservation>
}

export function createConservation(
  store: Pick<StatsStore, 'states' | 'audit'>,
  clock: Pick<Clock, 'now'>,
  onError: (where: string, error: unknown) => void,
): ConservationCheck {
  let found: { at: number; balanced: boolean; offendingIds: number[] } | null = null
  let counting: Promise<Conservation> | null = null

  async function check({ deep = false } = {}): Promise<Conservation> {
    const audit = deep ? await store.audit(STRAYS_SHOWN) : null
    const counts = audit?.states ?? (await store.states())
    const byState = Object.fromEntries(MESSAGE_STATES.map((state) => [state, 0])) as Record<MessageState, number>
    let accepted = 0
    for (const { state, count } of counts) {
      if (state === 'accepted') accepted += count
      else byState[state] += count
    }
    const balanced = accepted === Object.values(byState).reduce((sum, count) => sum + count, 0)
    if (!audit) return { accepted, byState, balanced, offendingIds: [] }
    const records = new Map<MessageState, number>()
    for (const { state, count } of audit.records) records.set(state, (records.get(state) ?? 0) + count)
    const agrees = MESSAGE_STATES.every((state) => (records.get(state) ?? 0) === byState[state])
    return { accepted, byState, balanced: balanced && agrees && audit.strays.length === 0, offendingIds: audit.strays }
  }

  async function recount(): Promise<Conservation> {
    const result = await (counting ??= check({ deep: true }).finally(() => (counting = null)))
    found = { at: clock.now(), balanced: result.balanced, offendingIds: result.offendingIds }
    return result
  }

  return {
    check: ({ deep = false } = {}) => (deep ? recount() : check()),
    async watched() {
      const counted = await check()
      const doubtful = !counted.balanced || found?.balanced === false
      if (doubtful && !counting && (!found || Math.abs(clock.now() - found.at) >= RECOUNTED_EVERY_MS)) {
        recount().catch((error: unknown) => onError('conservation', error))
      }
      return {
        ...counted,
        balanced: counted.balanced && found?.balanced !== false,
        offendingIds: found?.offendingIds ?? [],
      }
    },
  }
}
