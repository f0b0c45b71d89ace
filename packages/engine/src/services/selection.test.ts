import { describe, expect, it } from 'vitest'
import type { AnyAdapter } from '@signalbox/channels/adapter'
import { noInbox } from '../../../channels/test/support/context.ts'
import { ManualClock } from '../../test/support/manual-clock.ts'
import { ACCEPTED, createProvider, DOWN } from '../../test/support/provider.ts'
import { createAccount, type AccountTerms } from './account.ts'
import type { ReadyService } from './registry.ts'
import { bestOf, inOrder, refusalOf } from './selection.ts'
import { SERVICE_DEFAULTS } from './services.ts'

const breaker = () => ({ failures: 5, openMs: 10_000 })
const adapter: AnyAdapter = createProvider().adapter

function services(clock: ManualClock, terms: Record<string, Partial<AccountTerms>>): ReadyService[] {
  const line = { head: 0 }
  return Object.entries(terms).map(([name, own], i) => {
    const record = {
      ...{ id: i + 1, name, channel: 'sms' as const, adapter: adapter.key, settings: {}, priority: 0, enabled: true },
      ...{ paused: false, disabledBecause: null, createdAt: 0, updatedAt: 0, ...SERVICE_DEFAULTS, ...own },
    }
    const account = createAccount({
      ...{
        name,
        terms: record,
        used: new Map(),
        clock,
        timeZone: () => 'UTC',
        line,
        breaker,
        ask: null,
        onReady: () => undefined,
        onEnded: () => undefined,
        onError: () => undefined,
      },
    })
    const context = {
      service: { id: record.id, name, channel: record.channel },
      ...{ now: () => clock.now(), secret: () => undefined, receipt: () => undefined, keep: () => undefined },
      log: { info: () => undefined, warn: () => undefined },
      inbox: noInbox,
    }
    return { record, adapter, settings: {}, context, resources: [], account }
  })
}

const at = (clock: ManualClock) => ({ monotonic: clock.monotonic(), now: clock.now() })

/** Sends so many, a millisecond apart, and counts who sent them. */
function send(clock: ManualClock, groups: ReadyService[][], count: number): Record<string, number> {
  const sent: Record<string, number> = {}
  for (let turn = 0; turn < count; turn++) {
    const best = bestOf(groups, turn, at(clock))
    if (!best) break
    const reservation = best.account.reserve()
    reservation.answered(ACCEPTED)
    sent[best.record.name] = (sent[best.record.name] ?? 0) + 1
    clock.advance(1)
  }
  return sent
}

describe('the choice among accounts', () => {
  it('gives equals equal shares', () => {
    const clock = new ManualClock()
    expect(send(clock, [services(clock, { a: {}, b: {}, c: {} })], 300)).toEqual({ a: 100, b: 100, c: 100 })
  })

  it('gives one of twice the weight twice the share', () => {
    const clock = new ManualClock()
    const sent = send(clock, [services(clock, { a: { weight: 1 }, b: { weight: 2 } })], 300)
    expect(sent).toEqual({ a: 100, b: 200 })
  })

  it('uses quotas in proportion to their size, and all of each', () => {
    const clock = new ManualClock()
    const groups = [services(clock, { small: { dailyQuota: 20 }, large: { dailyQuota: 200 } })]
    const half = send(clock, groups, 110)
    expect(half['small']).toBeGreaterThanOrEqual(9)
    expect(half['small']).toBeLessThanOrEqual(11)
    const rest = send(clock, groups, 1_000)
    expect((half['small'] ?? 0) + (rest['small'] ?? 0)).toBe(20)
    expect((half['large'] ?? 0) + (rest['large'] ?? 0)).toBe(200)
    expect(refusalOf(groups)).toMatchObject({ reason: 'no_quota' })
  })

  it('prefers the one that works', () => {
    const clock = new ManualClock()
    const [bad, good] = services(clock, { bad: {}, good: {} }) as [ReadyService, ReadyService]
    for (const { account } of [good, bad]) account.reserve().answered(account === bad.account ? DOWN : ACCEPTED)
    expect(inOrder([[bad, good]], at(clock)).map(({ record }) => record.name)).toEqual(['good', 'bad'])
  })

  it('falls back on a lower priority only while none of a higher one may be asked', () => {
    const clock = new ManualClock()
    const groups = [services(clock, { first: { sendingIntervalMs: 10 } }), services(clock, { spare: {} })]
    expect(send(clock, groups, 100)).toEqual({ first: 10, spare: 90 })
  })

  it('lets one that was away come back without making up for it', () => {
    const clock = new ManualClock()
    const [a, b] = services(clock, { a: { sendingIntervalMs: 500 }, b: {} }) as [ReadyService, ReadyService]
    send(clock, [[a, b]], 400)
    clock.advance(500)
    a.account.configure('a', SERVICE_DEFAULTS, true)
    expect(send(clock, [[a, b]], 100)).toEqual({ a: 50, b: 50 })
  })

  it('gives each of hundreds its turn', () => {
    const clock = new ManualClock()
    const many = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`s${i}`, {}]))
    const sent = send(clock, [services(clock, many)], 4_000)
    expect(Object.keys(sent)).toHaveLength(200)
    expect(Math.max(...Object.values(sent))).toBeLessThanOrEqual(40)
  })

  it('names what ends first when none may be asked, and nothing without any', () => {
    const clock = new ManualClock()
    const groups = [services(clock, { slow: { sendingIntervalMs: 5_000 }, quick: { sendingIntervalMs: 100 } })]
    for (const { account } of groups.flat()) account.reserve()
    expect(bestOf(groups, 0, at(clock))).toBeNull()
    expect(refusalOf(groups)).toMatchObject({ waitMs: 100, detail: 'quick: one message every 100 ms' })
    expect(refusalOf([])).toBeNull()
  })
})
