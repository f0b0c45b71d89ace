/** Reservations and the quota that they use, over any story of answers, restarts and days. */
import type { Outcome } from '@signalbox/channels/adapter'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../test/support/manual-clock.ts'
import { ACCEPTED, DOWN, REJECTED, TIMED_OUT } from '../../test/support/provider.ts'
import { createAccount, type Account, type AccountTerms, type Reservation } from './account.ts'

const HOUR = 3_600_000
const OUTCOMES: Record<string, Outcome> = { ACCEPTED, DOWN, REJECTED, TIMED_OUT }
/** Never open: what it holds is another story. */
const breaker = () => ({ failures: Number.MAX_SAFE_INTEGER, openMs: 1 })

type Step =
  | { do: 'reserve'; claim: boolean }
  | { do: 'answer'; which: number; outcome: string }
  | { do: 'release'; which: number }
  | { do: 'pass'; hours: number }
  | { do: 'restart' }
  | { do: 'quota'; to: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('reserve' as const), claim: fc.boolean() }) },
  {
    weight: 5,
    arbitrary: fc.record({
      ...{ do: fc.constant('answer' as const), which: fc.nat(20) },
      outcome: fc.constantFrom(...Object.keys(OUTCOMES)),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('release' as const), which: fc.nat(20) }) },
  // Back too: a wall clock may be put back.
  { weight: 2, arbitrary: fc.record({ do: fc.constant('pass' as const), hours: fc.integer({ min: -20, max: 30 }) }) },
  { weight: 1, arbitrary: fc.constant({ do: 'restart' as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('quota' as const), to: fc.integer({ min: 1, max: 6 }) }) },
)

/** One account with what the store would know of it: a claim counts, a certain failure takes that back. */
function story() {
  const clock = new ManualClock()
  let putBy = 0
  const terms: AccountTerms = {
    ...{ weight: 1, sendingIntervalMs: 0, dailyQuota: 3, quotaResetAt: '06:00', quotaTimeZone: 'Asia/Shanghai' },
  }
  const stored = new Map<number, number>()
  const count = (day: number, by: number) => stored.set(day, (stored.get(day) ?? 0) + by)
  /** Of each day, the most that may have been with the provider or still may be. */
  const open: { reservation: Reservation; claimed: boolean }[] = []
  const begin = (): Account =>
    createAccount({
      ...{ name: 'A', terms, used: new Map(stored), timeZone: () => 'UTC', line: { head: 0 }, breaker },
      ...{ ask: null, onReady: () => undefined, onEnded: () => undefined, onError: () => undefined },
      clock: {
        now: () => clock.now() + putBy,
        monotonic: () => clock.monotonic(),
        after: (ms, then) => clock.after(ms, then),
      },
    })
  let account = begin()
  const take = (which: number) => open.splice(which % open.length, 1)[0]

  function run(each: Step): void {
    if (each.do === 'pass') putBy += each.hours * HOUR
    if (each.do === 'restart') {
      // What was claimed may have been sent; what was only reserved is gone.
      open.length = 0
      account = begin()
    }
    if (each.do === 'quota') {
      terms.dailyQuota = each.to
      account.configure('A', { ...terms }, false)
    }
    if (each.do === 'reserve' && account.isReady()) {
      const reservation = account.reserve()
      if (each.claim) count(reservation.quotaDay as number, 1)
      open.push({ reservation, claimed: each.claim })
    }
    if ((each.do === 'answer' || each.do === 'release') && open.length > 0) {
      const taken = take(each.which)
      if (!taken) return
      const { reservation, claimed } = taken
      // A provider is asked only after the claim; what was claimed is answered, or its process ends.
      if (!claimed) return reservation.release()
      const outcome = OUTCOMES[each.do === 'answer' ? each.outcome : 'TIMED_OUT'] as Outcome
      if (outcome.status === 'failed') count(reservation.quotaDay as number, -1)
      reservation.answered(outcome)
    }
  }
  return {
    run,
    terms,
    stored,
    reserved: () => open.filter(({ claimed }) => !claimed).length,
    health: () => account.health(),
    openOn: (day: number) => open.filter(({ reservation, claimed }) => !claimed && reservation.quotaDay === day).length,
    today: () => (account.health().quota?.resetsAt ?? 0) - 24 * HOUR,
  }
}

describe('the quota of an account', () => {
  it('is never overrun and never leaks, whatever is answered, given back, restarted, and on whatever day', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const told = story()
        let highest = told.terms.dailyQuota ?? 0
        for (const each of steps) {
          told.run(each)
          highest = Math.max(highest, told.terms.dailyQuota ?? 0)
          for (const [day, used] of told.stored) {
            // A quota that was lowered cannot take back what was sent before.
            expect(used + told.openOn(day)).toBeLessThanOrEqual(highest)
            expect(used).toBeGreaterThanOrEqual(0)
          }
          // What the account counts is what the store counts and what is reserved: nothing is lost, nothing stays behind.
          const day = told.today()
          expect(told.health().quota?.used).toBe((told.stored.get(day) ?? 0) + told.openOn(day))
        }
      }),
      { numRuns: 2_000 },
    )
  })
})

/** An account that shares its quota, and what it asked the store for. */
function sharing(answer: (more: boolean) => Promise<number>) {
  const asked: { quota: number; keeps: number; more: boolean }[] = []
  const terms: AccountTerms = {
    ...{ weight: 1, sendingIntervalMs: 0, dailyQuota: 4, quotaResetAt: '06:00', quotaTimeZone: 'Asia/Shanghai' },
  }
  const account = createAccount({
    ...{ name: 'A', used: new Map(), timeZone: () => 'UTC', line: { head: 0 }, breaker, clock: new ManualClock() },
    ...{ terms: { ...terms }, onReady: () => undefined, onEnded: () => undefined, onError: () => undefined },
    async ask({ quota, keeps, more }) {
      asked.push({ quota, keeps, more })
      return { upTo: keeps + (await answer(more)), others: 0, held: 0 }
    },
  })
  return { account, asked, change: (dailyQuota: number) => account.configure('A', { ...terms, dailyQuota }, false) }
}
const answered = () => new Promise((resolve) => setImmediate(resolve))

describe('the share of an account', () => {
  it('that it had of another quota is given back when it is not used, once', async () => {
    const { account, asked, change } = sharing(async (more) => (more ? 2 : 0))
    account.isReady()
    await answered()
    await account.lookAtQuota(new Map())
    change(8)
    await account.lookAtQuota(new Map())
    await account.lookAtQuota(new Map())
    expect(asked).toEqual([
      { quota: 4, keeps: 0, more: true },
      { quota: 8, keeps: 0, more: false },
    ])
  })

  it('that was granted under another quota before the answer came is given back too', async () => {
    const { account, asked, change } = sharing(async (more) => (more ? 2 : 0))
    account.isReady()
    await account.lookAtQuota(new Map())
    change(8)
    await answered()
    await account.lookAtQuota(new Map())
    await account.lookAtQuota(new Map())
    expect(asked.map(({ quota, more }) => [quota, more])).toEqual([
      [4, true],
      [8, false],
    ])
  })

  it('that may have been granted though nobody was told is given back', async () => {
    const { account, asked } = sharing(async (more) => {
      if (more) throw new Error('the connection was lost')
      return 0
    })
    account.isReady()
    await answered()
    await account.lookAtQuota(new Map())
    // It was wanted: that is asked again first.
    await account.lookAtQuota(new Map())
    await account.lookAtQuota(new Map())
    expect(asked.map(({ more }) => more)).toEqual([true, true, false])
  })
})
