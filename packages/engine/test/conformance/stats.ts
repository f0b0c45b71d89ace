import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Histogram } from '../../src/stats/histogram.ts'
import type { HistoryRow, RangeSum } from '../../src/stats/store.ts'
import {
  accepted,
  acceptWrite,
  claimed,
  HOUR,
  MINUTE,
  newMessage,
  SERVICE,
  settleWrite,
  T0,
  useDriver,
  type OpenDriver,
} from './support.ts'

const row = (changes: Partial<HistoryRow>): HistoryRow => ({
  at: T0,
  channel: 'sms',
  serviceId: 1,
  templateId: 1,
  state: 'sent',
  count: 1,
  durationMsSum: 100,
  responseMs: [],
  ...changes,
})

function counts(range: RangeSum | undefined): Record<string, number> {
  return Object.fromEntries(
    (range?.sums ?? [])
      .filter(({ count }) => count !== 0)
      .map(({ channel, state, count }) => [`${channel} ${state}`, count]),
  )
}

export function exerciseStats(open: OpenDriver): void {
  describe('statistics of what happens', () => {
    const driver = useDriver(open)

    it('are written with what they count: a message in the minute it was accepted and in the one it ended', async () => {
      const end = T0 + 3 * MINUTE + 5
      const record = await claimed(driver.store, await accepted(driver.store))
      await driver.store.messages.settle(settleWrite(record, 'sent', { now: end, responseMs: 250 }))
      await driver.store.messages.accept(acceptWrite([newMessage({ channel: 'app', acceptedAt: end, dueAt: end })]))
      const [first, last] = await driver.store.stats.ranges([
        { from: T0, to: T0 + MINUTE },
        { from: T0 + 3 * MINUTE, to: T0 + 4 * MINUTE },
      ])
      expect(counts(first)).toEqual({ 'sms accepted': 1 })
      expect(counts(last)).toEqual({ 'sms sent': 1, 'app accepted': 1 })
      expect(last?.sums).toContainEqual(
        expect.objectContaining({ state: 'sent', durationMsSum: 3 * MINUTE + 5, responseCount: 1, responseMsSum: 250 }),
      )
      expect(Histogram.decode(last?.histogram ?? '').count).toBe(1)
    })

    it('tell by hour what each service sent, and how fast it was answered', async () => {
      const end = T0 + 2_000 * HOUR
      for (const [state, responseMs] of [
        ['sent', 100],
        ['failed', 200],
        ['unknown', 300],
      ] as const) {
        const record = await claimed(driver.store, await accepted(driver.store))
        await driver.store.messages.settle(settleWrite(record, state, { now: end, responseMs }))
        if (state === 'sent') {
          await driver.store.messages.receipt({ recordId: record.id, state: 'delivered', at: end }, end + HOUR)
        }
      }
      const hour = end - (end % HOUR)
      const hours = await driver.store.stats.serviceHours(end, hour + HOUR)
      expect(hours).toMatchObject([{ serviceId: SERVICE, at: hour, sent: 1, failed: 1, unknown: 1 }])
      // Buckets are right within 5 %.
      expect((hours[0]?.p95Ms ?? 0) / 300).toBeCloseTo(1, 1)
      const times = await driver.store.stats.serviceTimes(end)
      expect(times).toEqual([{ serviceId: SERVICE, p95Ms: hours[0]?.p95Ms }])
      expect(await driver.store.stats.serviceHours(hour - HOUR, hour)).toEqual([])
      expect(await driver.store.stats.serviceTimes(end + HOUR)).toEqual([])
    })

    it('follow a receipt into the minute in which the message ended', async () => {
      const end = T0 + HOUR
      const record = await claimed(driver.store, await accepted(driver.store))
      await driver.store.messages.settle(settleWrite(record, 'sent', { now: end }))
      await driver.store.messages.receipt({ recordId: record.id, state: 'failed', at: end }, end + HOUR)
      const [then, later] = await driver.store.stats.ranges([
        { from: end, to: end + MINUTE },
        { from: end + HOUR, to: end + 2 * HOUR },
      ])
      expect([counts(then), counts(later)]).toEqual([{ 'sms failed': 1 }, {}])
    })
  })

  describe('statistics of a template', () => {
    const driver = useDriver(open)

    it('tell when it was last used, to the minute, and what became of its messages of the hours asked for', async () => {
      const [mail, other] = [71, 72]
      const later = T0 + 3 * HOUR + 5 * MINUTE
      const first = await claimed(driver.store, await accepted(driver.store, { templateId: mail }))
      await driver.store.messages.settle(settleWrite(first, 'failed', { now: T0 + MINUTE }))
      const at = { templateId: mail, acceptedAt: later + 17, dueAt: later + 17 }
      const second = await claimed(driver.store, await accepted(driver.store, at), later + 20)
      await driver.store.messages.settle(settleWrite(second, 'sent', { now: later + 30 }))
      await driver.store.messages.accept(acceptWrite([newMessage({ templateId: mail })]))
      await driver.store.messages.accept(acceptWrite([newMessage({ templateId: other })]))
      const store = await driver.reopen()
      const found = await store.stats.templates(later)
      expect(found.find(({ templateId }) => templateId === mail)).toEqual({
        templateId: mail,
        lastUsedAt: later,
        counts: { accepted: 1, sent: 1 },
      })
      expect(found.find(({ templateId }) => templateId === other)).toMatchObject({ counts: {} })
      const all = await store.stats.templates(T0)
      expect(all.find(({ templateId }) => templateId === mail)?.counts).toEqual({ accepted: 3, failed: 1, sent: 1 })
    })
  })

  describe('statistics of a range', () => {
    const driver = useDriver(open)
    const far = Date.UTC(2030, 0, 1)

    it('read whole hours and single minutes to the same sums, for any range, rounded down to minutes', async () => {
      const minutes = 5 * 60
      const responseMs = (i: number) => [10 + i, 1_000 - i]
      const rows = Array.from({ length: minutes }, (_, i) =>
        row({ at: far + i * MINUTE + 17, count: 1 + (i % 3), responseMs: responseMs(i) }),
      )
      await driver.store.stats.importHistory(rows)
      const edge = fc.integer({ min: -30 * MINUTE, max: (minutes + 30) * MINUTE })
      await fc.assert(
        fc.asyncProperty(edge, edge, async (a, b) => {
          const [from, to] = [far + Math.min(a, b), far + Math.max(a, b)]
          const floor = (at: number) => at - (at % MINUTE)
          const inside = rows.filter(({ at }) => floor(at) >= floor(from) && floor(at) < floor(to))
          const [range] = await driver.store.stats.ranges([{ from, to }])
          expect(counts(range)['sms sent'] ?? 0).toBe(inside.reduce((sum, { count }) => sum + count, 0))
          const histogram = new Histogram()
          for (const each of inside) for (const ms of each.responseMs) histogram.record(ms)
          expect(range?.histogram).toBe(histogram.encode())
          const [states] = await driver.store.stats.counts([{ from, to }])
          expect(states?.sent ?? 0).toBe(counts(range)['sms sent'] ?? 0)
          const perMinute = await driver.store.stats.minutes(from, to)
          expect(perMinute.map(({ at }) => at)).toEqual(inside.map(({ at }) => floor(at)))
        }),
        { numRuns: 50 },
      )
    })

    it('add up services and templates, and keep channels and states apart', async () => {
      const at = far + 100 * HOUR
      await driver.store.stats.importHistory([
        row({ at, serviceId: 1, durationMsSum: 10 }),
        row({ at, serviceId: 2, templateId: 9, durationMsSum: 20 }),
        row({ at, state: 'failed' }),
        row({ at, channel: 'email' }),
        row({ at: at + 1, durationMsSum: 30 }),
      ])
      const [range] = await driver.store.stats.ranges([{ from: at, to: at + MINUTE }])
      expect(counts(range)).toEqual({ 'sms sent': 3, 'sms failed': 1, 'email sent': 1 })
      expect(range?.sums).toContainEqual(expect.objectContaining({ channel: 'sms', state: 'sent', durationMsSum: 60 }))
      expect(await driver.store.stats.minutes(at, at + MINUTE)).toMatchObject([{ at, sums: { length: 3 } }])
    })

    it('are nothing where nothing was, and history counts no messages', async () => {
      expect(await driver.store.stats.ranges([{ from: 0, to: HOUR }])).toEqual([{ sums: [], histogram: '' }])
      expect(await driver.store.stats.minutes(0, HOUR)).toEqual([])
      expect(await driver.store.stats.counts([{ from: 0, to: HOUR }])).toEqual([{}])
      expect(await driver.store.stats.firstAt()).toBe(far - (far % HOUR))
      expect(await driver.store.stats.states()).toEqual([])
      expect(await driver.store.stats.audit(10)).toEqual({ states: [], records: [], strays: [] })
    })
  })

  describe('the check of what should add up', () => {
    const driver = useDriver(open)

    it('names a message that stands nowhere', async () => {
      const lost = await accepted(driver.store)
      await accepted(driver.store)
      await driver.store.queue.writeDown([], lost.id + 1_000)
      await driver.sql(`DELETE FROM queue_entries WHERE id = ${lost.id}`)
      const records = [{ channel: 'sms', state: 'queued', count: 1 }]
      expect(await driver.store.stats.audit(10)).toMatchObject({ records, strays: [lost.id] })
      await accepted(driver.store)
      await driver.sql(`DELETE FROM queue_entries`)
      expect((await driver.store.stats.audit(2)).strays).toHaveLength(2)
    })
  })
}
