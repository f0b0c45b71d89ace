import type { Outcome } from '@signalbox/channels/adapter'
import { describe, expect, it, vi } from 'vitest'
import { ManualClock } from '../../test/support/manual-clock.ts'
import { ACCEPTED, DOWN, LOCKED_OUT, REJECTED, REMOVED, TIMED_OUT } from '../../test/support/provider.ts'
import { createAccount, type Account, type AccountTerms } from './account.ts'

const DAY = Date.UTC(2026, 0, 15)
const HOUR = 3_600_000
const breaker = () => ({ failures: 5, openMs: 10_000 })
const LIMITED: Extract<Outcome, { status: 'failed' }> = {
  ...{ status: 'failed', category: 'rate_limited', scope: 'account', code: '429', detail: 'slow down' },
}

function open(terms: Partial<AccountTerms> = {}, used: [number, number][] = []) {
  const clock = new ManualClock()
  const wall = { putBy: 0 }
  const onReady = vi.fn<() => void>()
  const onEnded = vi.fn<(because: string) => void>()
  const full: AccountTerms = {
    ...{ weight: 1, sendingIntervalMs: 0, dailyQuota: null, quotaResetAt: '00:00', quotaTimeZone: 'UTC' },
    ...terms,
  }
  const account = createAccount({
    ...{
      name: 'Mail A',
      terms: full,
      used: new Map(used),
      timeZone: () => 'Asia/Shanghai',
      line: { head: 0 },
      breaker,
      ask: null,
      onReady,
      onEnded,
      onError: () => undefined,
    },
    clock: {
      now: () => clock.now() + wall.putBy,
      monotonic: () => clock.monotonic(),
      after: (ms, fn) => clock.after(ms, fn),
    },
  })
  return { account, clock, wall, onReady, onEnded, full }
}

function sends(account: Account, outcome: Parameters<ReturnType<Account['reserve']>['answered']>[0]): void {
  const reservation = account.reserve()
  reservation.answered(outcome)
  reservation.release()
}

describe('an account', () => {
  it('takes any number without terms', () => {
    const { account } = open()
    for (let i = 0; i < 100; i++) account.reserve()
    expect([account.isReady(), account.refusal()]).toEqual([true, null])
  })

  it('keeps its interval, which begins when a message is reserved', () => {
    const { account, clock } = open({ sendingIntervalMs: 1_000 })
    expect(account.isReady()).toBe(true)
    account.reserve()
    clock.advance(400)
    expect(account.refusal()).toEqual({
      reason: 'rate_limit',
      waitMs: 600,
      detail: 'Mail A: one message every 1000 ms',
    })
    clock.advance(600)
    expect(account.isReady()).toBe(true)
  })

  it('waits for the interval that began on another node', () => {
    const { account, clock, full } = open({ sendingIntervalMs: 1_000 })
    account.sentElsewhere(700)
    clock.advance(300)
    expect(account.refusal()).toMatchObject({ reason: 'rate_limit', waitMs: 400 })
    account.configure('Mail A', { ...full, sendingIntervalMs: 0 }, false)
    expect(account.isReady()).toBe(true)
    account.sentElsewhere(700)
    clock.advance(700)
    expect(account.isReady()).toBe(true)
  })

  it('counts its quota with the reservation, so that two workers do not share the last place', () => {
    const { account, clock } = open({ dailyQuota: 2 })
    const first = account.reserve()
    expect(first.quotaDay).toBe(DAY)
    expect(account.isReady()).toBe(true)
    account.reserve()
    expect(account.refusal()).toEqual({
      ...{ reason: 'no_quota', waitMs: DAY + 24 * HOUR - clock.now() },
      detail: 'Mail A: its quota of 2 messages a day is used up',
    })
    clock.advance(16 * HOUR)
    expect(account.health().quota).toEqual({ used: 0, left: 2, resetsAt: DAY + 48 * HOUR })
    expect(account.isReady()).toBe(true)
  })

  it('goes on from what it had used before a restart', () => {
    const { account } = open({ dailyQuota: 5 }, [
      [DAY - 24 * HOUR, 5],
      [DAY, 4],
    ])
    account.reserve()
    expect([account.isReady(), account.health().quota?.used]).toEqual([false, 5])
  })

  it('gets its quota back from what was certainly not sent or never left, not from what may have been', () => {
    const { account, onReady } = open({ dailyQuota: 1 })
    sends(account, REJECTED)
    expect(onReady).toHaveBeenCalledTimes(1)
    const reservation = account.reserve()
    reservation.release()
    reservation.release()
    expect([account.isReady(), onReady.mock.calls.length]).toEqual([true, 2])
    sends(account, TIMED_OUT)
    expect(account.health().quota).toMatchObject({ used: 1, left: 0 })
  })

  it('counts a quota of another day apart when the wall clock is put back', () => {
    const { account, wall } = open({ dailyQuota: 1 })
    account.reserve()
    wall.putBy = -24 * HOUR
    expect(account.isReady()).toBe(true)
    wall.putBy = 0
    expect(account.isReady()).toBe(false)
  })

  it('gives an interval back that nobody used', () => {
    const { account } = open({ sendingIntervalMs: 1_000 })
    account.reserve().release()
    expect(account.isReady()).toBe(true)
  })

  it('waits as long as its provider says, and a second when that says nothing', () => {
    const { account, clock } = open()
    sends(account, { ...LIMITED, retryAfterMs: 7_500 })
    expect(account.refusal()).toEqual({ reason: 'rate_limit', waitMs: 7_500, detail: 'Mail A: its provider said 429' })
    clock.advance(7_500)
    sends(account, LIMITED)
    expect(account.refusal()).toMatchObject({ reason: 'rate_limit', waitMs: 1_000 })
  })

  it('does not wait when only one recipient was limited', () => {
    const { account } = open()
    sends(account, { ...LIMITED, scope: 'recipient' })
    expect(account.isReady()).toBe(true)
  })

  it('waits for its next day when its provider says that the quota is used up', () => {
    const { account, clock } = open({ quotaResetAt: '06:00' })
    sends(account, { ...LIMITED, category: 'quota', code: 'DAY_LIMIT' })
    expect(account.refusal()).toMatchObject({ reason: 'no_quota', waitMs: DAY + 30 * HOUR - clock.now() })
  })

  it('is asked no more after failures in a row, then by one message at a time, and tells when it works again', () => {
    const { account, clock, onReady } = open()
    for (let i = 0; i < 5; i++) sends(account, DOWN)
    expect(account.refusal()).toEqual({
      ...{ reason: 'no_service', waitMs: 10_000 },
      detail: 'Mail A is not asked: it failed again and again, the last time with 503',
    })
    clock.advance(10_000)
    const probe = account.reserve()
    expect([account.isReady(), account.health().breaker]).toEqual([false, 'half_open'])
    probe.answered(ACCEPTED)
    expect([account.isReady(), account.health().breaker, onReady.mock.calls.length]).toEqual([true, 'closed', 1])
  })

  it('is asked no more at once when it is locked out, until an operator changes it', () => {
    const { account, full, onReady } = open()
    sends(account, LOCKED_OUT)
    expect(account.isReady()).toBe(false)
    account.configure('Mail A', full, true)
    expect([account.isReady(), onReady.mock.calls.length]).toEqual([true, 1])
  })

  it('counts what is with its provider, and knows what went wrong last', () => {
    const { account, clock } = open()
    const idle = vi.fn<() => void>()
    const [first, second, third] = [account.reserve(), account.reserve(), account.reserve()]
    account.whenIdle(idle)
    expect(account.health()).toMatchObject({ inFlight: 3, lastError: null })
    first.answered(REJECTED)
    clock.advance(5)
    second.answered(ACCEPTED)
    expect(idle).not.toHaveBeenCalled()
    third.release()
    third.release()
    expect(account.health()).toMatchObject({
      inFlight: 0,
      lastError: { code: '550', detail: 'no such recipient', at: clock.now() - 5 },
    })
    expect(idle).toHaveBeenCalledTimes(1)
  })

  it('tells when its provider says that there is no such account any more', () => {
    const { account, onEnded } = open()
    sends(account, LOCKED_OUT)
    expect(onEnded).not.toHaveBeenCalled()
    sends(account, REMOVED)
    expect(onEnded).toHaveBeenCalledExactlyOnceWith('410: the bot was removed')
  })

  it.each([
    ['refuses', REJECTED],
    ['cannot take now', { ...DOWN, scope: 'message' as const }],
    ['cannot bring to its recipient now', { ...DOWN, scope: 'recipient' as const }],
  ])('is not blamed for messages that its provider %s', (_, outcome) => {
    const { account } = open()
    for (let i = 0; i < 20; i++) sends(account, outcome)
    expect(account.isReady()).toBe(true)
  })
})
