import { describe, expect, it } from 'vitest'
import { firstIdAt } from '../../src/ids.ts'
import type { NewMessage } from '../../src/messages/record.ts'
import { accepted, claimed, countsOf, HOUR, settleWrite, useDriver, type OpenDriver } from './support.ts'

const DAY = 24 * HOUR
const [JANUARY, FEBRUARY, MARCH] = [Date.UTC(2026, 0, 1), Date.UTC(2026, 1, 1), Date.UTC(2026, 2, 1)] as const

/** Messages and their states. */
const ROWS = 60

/** Removing months of records that are past their time. */
export function exerciseRetention(open: OpenDriver): void {
  describe('months of records', () => {
    const driver = useDriver(open)
    let count = 0

    const at = (time: number): Partial<NewMessage> => ({
      id: firstIdAt(time) + ++count,
      acceptedAt: time,
      dueAt: time,
    })
    const sentAt = async (time: number, changes: Partial<NewMessage> = {}): Promise<NewMessage> => {
      const message = await accepted(driver.store, { ...at(time), ...changes })
      const record = await claimed(driver.store, message, time)
      await driver.store.messages.settle(settleWrite(record, 'sent', { now: time }))
      return message
    }
    async function clean(recordsBefore: number, batch = 100): Promise<number[]> {
      const removed: number[] = []
      const limits = { tracesBefore: 0, recordsBefore, keysBefore: 0, keptAtMost: 10, actionsAtMost: 10, batch }
      do removed.push((await driver.store.messages.clean(limits)) ?? 0)
      while (removed.at(-1) !== 0)
      return removed
    }

    it('are searched as one, newest first, by recipient and page by page', async () => {
      const to = { recipient: 'everywhere' }
      const messages = [await sentAt(JANUARY, to), await sentAt(FEBRUARY, to), await sentAt(MARCH, to)]
      await sentAt(MARCH)
      const ids = messages.map(({ id }) => id).toReversed()
      const search = async (query: object) =>
        (await driver.store.messages.search({ limit: 10, ...query })).messages.map(({ id }) => id)
      expect(await search(to)).toEqual(ids)
      expect(await search({ ...to, limit: 2 })).toEqual(ids.slice(0, 2))
      expect(await search({ ...to, before: ids[1] })).toEqual(ids.slice(2))
      expect((await search({ limit: 3 })).slice(1)).toEqual(ids.slice(0, 2))
    })

    it('are removed when their last day is past its time, with their counts, and nothing else', async () => {
      const [old, kept] = [await sentAt(JANUARY + DAY), await sentAt(FEBRUARY + DAY)]
      await clean(FEBRUARY - 1)
      expect(await driver.store.messages.get(old.id)).toMatchObject({ state: 'sent' })
      await clean(FEBRUARY)
      expect(await driver.store.messages.get(old.id)).toBeNull()
      expect(await driver.store.messages.get(kept.id)).toMatchObject({ state: 'sent' })
      const { kept: counts, counted } = await countsOf(driver)
      expect(counted).toEqual(counts)
      expect((await driver.store.stats.audit(10)).strays).toEqual([])
    })

    it('stay while anything in them waits, is being sent or is unknown', async () => {
      const waiting = await accepted(driver.store, { ...at(FEBRUARY + DAY), dueAt: MARCH + 300 * DAY })
      await clean(MARCH)
      expect(await driver.store.messages.get(waiting.id)).toMatchObject({ state: 'scheduled' })
      await driver.store.messages.cancel(waiting.id, MARCH)
      await clean(MARCH)
      expect(await driver.store.messages.get(waiting.id)).toBeNull()
    })

    it('that are all gone leave no id to be given again', async () => {
      const own = await open()
      try {
        const { id } = await accepted(own.store, at(JANUARY))
        await own.store.messages.cancel(id, JANUARY)
        const store = await own.reopen()
        const limits = {
          tracesBefore: 0,
          recordsBefore: MARCH,
          keysBefore: 0,
          keptAtMost: 10,
          actionsAtMost: 10,
          batch: 100,
        }
        expect(await store.messages.clean(limits)).toBeGreaterThan(0)
        expect(await store.messages.get(id)).toBeNull()
        expect(await store.messages.lastId()).toBeGreaterThanOrEqual(id)
      } finally {
        await own.close()
      }
    })

    it('go a bounded number of rows at a time or as a whole, and what comes later is taken as ever', async () => {
      for (let i = 0; i < ROWS / 2; i++) await sentAt(MARCH + DAY)
      const removed = await clean(MARCH + 40 * DAY, 10)
      expect(Math.max(...removed)).toBeLessThanOrEqual(30)
      expect(removed.length).toBeGreaterThan(ROWS / open.dialect.removedAtOnce)
      expect((await driver.store.messages.search({ limit: 5 })).messages).toEqual([])
      const next = await sentAt(MARCH + 41 * DAY)
      expect((await driver.store.messages.search({ recipient: next.recipient, limit: 5 })).messages).toMatchObject([
        { id: next.id },
      ])
    })
  })
}
