import { describe, expect, it } from 'vitest'
import type { MessageRecord, NewMessage } from '../../src/messages/record.ts'
import {
  accepted,
  acceptWrite,
  claimed,
  countsOf,
  entryOf,
  HOUR,
  idsIn,
  newMessage,
  nextId,
  settled,
  settleWrite,
  T0,
  useDriver,
  type OpenDriver,
} from './support.ts'

export function exerciseQueue(open: OpenDriver): void {
  describe('the ready', () => {
    const driver = useDriver(open)
    const lane = { queue: 'message.send', priority: 5, lane: 'sms/api' } as const

    it('are counted by queue, priority and lane, also after a restart; what was claimed is not', async () => {
      for (const changes of [{}, {}, { priority: 9 }, { channel: 'app' as const }, { flow: 'shop' }])
        await accepted(driver.store, changes)
      await claimed(driver.store, await accepted(driver.store))
      await driver.store.jobs.insert(
        { queue: 'notification', priority: 5, lane: 'notification', id: nextId() },
        '{}',
        T0,
        T0,
      )
      const lanes = await (await driver.reopen()).queue.lanes()
      expect(new Set(lanes)).toEqual(
        new Set([
          { ...lane, count: 2 },
          { ...lane, priority: 9, count: 1 },
          { ...lane, lane: 'app/api', count: 1 },
          { ...lane, lane: 'sms/shop', count: 1 },
          { queue: 'notification', priority: 5, lane: 'notification', count: 1 },
        ]),
      )
    })

    it('of a lane are read in order, behind an id, at most so many', async () => {
      const here = { ...lane, lane: 'email/order' }
      const batch = Array.from({ length: 10 }, () => newMessage({ channel: 'email', flow: 'order' }))
      await driver.store.messages.accept(acceptWrite(batch.toReversed()))
      const ids = batch.map(({ id }) => id)
      expect(await idsIn(driver.store, here, 0, 100)).toEqual(ids)
      expect(await idsIn(driver.store, here, ids[2] as number, 4)).toEqual(ids.slice(3, 7))
      expect(await idsIn(driver.store, here, ids[9] as number, 4)).toEqual([])
      expect(await idsIn(driver.store, { ...here, priority: 6 }, 0, 100)).toEqual([])
    })

    it('of a lane are counted between two ids, and no further than asked', async () => {
      const here = { ...lane, lane: 'email/counted' }
      const batch = Array.from({ length: 10 }, () => newMessage({ channel: 'email', flow: 'counted' }))
      await driver.store.messages.accept(acceptWrite(batch))
      const ids = batch.map(({ id }) => id)
      const count = (after: number, before: number, limit = 100) =>
        driver.store.queue.countBetween(here, after, before, limit)
      expect(await count(0, ids[9] as number)).toBe(9)
      expect(await count(ids[2] as number, ids[5] as number)).toBe(2)
      expect(await count(0, ids[9] as number, 4)).toBe(4)
      expect(await count(0, ids[0] as number)).toBe(0)
      expect(await driver.store.queue.countBetween({ ...here, priority: 6 }, 0, ids[9] as number, 100)).toBe(0)
    })

    it('are seen with every write that was answered before', async () => {
      const message = await accepted(driver.store, { flow: 'answered' })
      expect(await idsIn(driver.store, { ...lane, lane: 'sms/answered' }, 0, 10)).toEqual([message.id])
    })

    it('come with the records of those that were never claimed', async () => {
      const here = { ...lane, lane: 'sms/records' }
      const untouched = await accepted(driver.store, {
        flow: 'records',
        variables: { name: '“Ada”' },
        traceparent: '00-a',
        timeZone: 'Asia/Tokyo',
      })
      const tried = await accepted(driver.store, { flow: 'records' })
      const retry = { dueAt: T0 + 1, entry: entryOf(tried) }
      await driver.store.messages.settle(settleWrite(await claimed(driver.store, tried), 'queued', { retry }))
      await driver.store.queue.promote(T0 + 1, 10)
      const loaded = await driver.store.queue.load(here, 0, 10)
      expect(loaded.ids).toEqual([untouched.id, tried.id])
      expect(loaded.untouched).toEqual([await driver.store.messages.get(untouched.id)])
    })
  })

  describe('residents', () => {
    const driver = useDriver(open)
    const lane = { queue: 'message.send', priority: 5, lane: 'sms/api' } as const
    const resident = async (changes: Partial<NewMessage> = {}) => {
      const message = newMessage(changes)
      await driver.store.messages.accept(acceptWrite([message], { resident: true }))
      return message
    }
    const claim = (message: NewMessage) =>
      driver.store.messages.claim({ entry: entryOf(message), resident: true, serviceId: 7, now: T0 })

    it('are queued like any other, for operators too, and are claimed once', async () => {
      const message = await resident()
      expect(await driver.store.messages.get(message.id)).toMatchObject({ state: 'queued' })
      const { kept, counted } = await countsOf(driver)
      expect(counted).toEqual(kept)
      expect((await driver.store.messages.search({ status: 'queued', limit: 5 })).messages.map(({ id }) => id)).toEqual(
        [message.id],
      )
      const results = await Promise.all([claim(message), claim(message)])
      expect(results.map(({ kind }) => kind)).toEqual(['claimed', 'gone'])
    })

    it('are gone when they were cancelled before', async () => {
      const message = await resident()
      expect(await driver.store.messages.cancel(message.id, T0)).toMatchObject({ moved: true })
      expect(await claim(message)).toEqual({ kind: 'gone' })
      const fresh = await resident()
      const known = (await driver.store.messages.get(fresh.id)) as MessageRecord
      await driver.store.messages.cancel(fresh.id, T0)
      const late = { entry: { ...lane, id: fresh.id }, resident: true, serviceId: 7, now: T0, fresh: known }
      expect(await driver.store.messages.claim(late)).toEqual({ kind: 'gone' })
    })

    it('have an entry of their own once they are written down, or from the first', async () => {
      const message = await resident({ flow: 'written down' })
      const here = { ...lane, lane: 'sms/written down' }
      expect(await idsIn(driver.store, here, 0, 10)).toEqual(driver.store.queue.keepsResidents ? [] : [message.id])
      await driver.store.queue.writeDown([{ ...here, id: message.id }], message.id + 1)
      expect(await idsIn(driver.store, here, 0, 10)).toEqual([message.id])
      const { kept, counted } = await countsOf(driver)
      expect(counted).toEqual(kept)
    })

    it('get no entry when they were claimed, held or cancelled just before they are written down', async () => {
      const here = { ...lane, lane: 'sms/overtaken' }
      const make = () => resident({ flow: 'overtaken' })
      const [sending, sent, held, cancelled] = [await make(), await make(), await make(), await make()]
      await claim(sending)
      const claimedOne = await claim(sent)
      if (claimedOne.kind === 'claimed') await driver.store.messages.settle(settleWrite(claimedOne.record, 'sent'))
      const hold = { entry: entryOf(held), resident: true, reason: 'rate_limit', dueAt: T0 + HOUR, now: T0 } as const
      await driver.store.messages.hold(hold)
      await driver.store.messages.cancel(cancelled.id, T0)
      const entries = [sending, sent, held, cancelled].map(({ id }) => ({ ...here, id }))
      await driver.store.queue.writeDown(entries, cancelled.id + 1)
      expect(await idsIn(driver.store, here, 0, 10)).toEqual([])
      const { kept, counted } = await countsOf(driver)
      expect(counted).toEqual(kept)
      const store = await driver.reopen()
      const retry = { sms: 'retry', email: 'retry', app: 'retry', wechat: 'retry', feishu: 'retry' } as const
      await store.messages.recover(retry, T0)
      expect(await idsIn(store, here, 0, 10)).toEqual([sending.id])
    })

    it('are found again after a restart, unless they are being sent, were cancelled or have ended', async () => {
      const here = { ...lane, lane: 'sms/restart' }
      const make = () => resident({ flow: 'restart' })
      const [waiting, sending, cancelled, sent] = [await make(), await make(), await make(), await make()]
      await claim(sending)
      await driver.store.messages.cancel(cancelled.id, T0)
      const claimedOne = await claim(sent)
      if (claimedOne.kind === 'claimed') await driver.store.messages.settle(settleWrite(claimedOne.record, 'sent'))
      const store = await driver.reopen()
      expect(await idsIn(store, here, 0, 10)).toEqual([waiting.id])
      expect(await driver.store.messages.get(sending.id)).toMatchObject({ state: 'sending' })
      const again = await driver.reopen()
      expect(await idsIn(again, here, 0, 10)).toEqual([waiting.id])
      const { kept, counted } = await countsOf(driver)
      expect(counted).toEqual(kept)
    })
  })

  describe('what waits for its time', () => {
    const driver = useDriver(open)

    it('becomes ready in order of its times, so many at once, and tells when the next falls due', async () => {
      const due = async (ms: number) => (await accepted(driver.store, { dueAt: T0 + ms })).id
      const [second, third, last, first] = [await due(2_000), await due(2_000), await due(HOUR), await due(1_000)]
      expect(await driver.store.queue.delayed()).toEqual([{ queue: 'message.send', count: 4 }])
      const ids = async (now: number, limit: number) => {
        const { entries, records, nextDueAt } = await driver.store.queue.promote(now, limit)
        expect(records.map(({ id, state, pendingReason }) => [id, state, pendingReason])).toEqual(
          entries.map(({ id }) => [id, 'queued', null]),
        )
        return [entries.map(({ id }) => id), nextDueAt]
      }
      expect(await ids(T0 + 999, 10)).toEqual([[], T0 + 1_000])
      expect(await ids(T0 + 2_000, 2)).toEqual([[first, second], T0 + 2_000])
      expect(await ids(T0 + 2_000, 2)).toEqual([[third], T0 + HOUR])
      expect(await ids(T0 + HOUR, 2)).toEqual([[last], null])
      expect(await driver.store.queue.delayed()).toEqual([])
    })

    it('is handed to one caller only when several promote at once', async () => {
      const message = await accepted(driver.store, { dueAt: T0 + 1 })
      const results = await Promise.all([1, 2, 3].map(() => driver.store.queue.promote(T0 + 1, 10)))
      expect(results.flatMap(({ entries }) => entries.map(({ id }) => id))).toEqual([message.id])
    })

    it('falls due early when it was held for a reason that is gone, so many at once; what else waits stays', async () => {
      const { store } = driver
      const hold = async () => {
        const message = await accepted(store)
        return store.messages.hold({ entry: entryOf(message), reason: 'rate_limit', dueAt: T0 + HOUR, now: T0 })
      }
      const held = [await hold(), await hold(), await hold()].map((record) => record?.id)
      const scheduled = await accepted(store, { dueAt: T0 + 2 * HOUR })
      expect([await store.queue.wake('rate_limit', T0, 2), await store.queue.wake('rate_limit', T0, 2)]).toEqual([2, 1])
      expect(await store.queue.wake('rate_limit', T0, 2)).toBe(0)
      const { records, nextDueAt } = await store.queue.promote(T0, 10)
      expect(records.map(({ id, dueAt }) => [id, dueAt])).toEqual(held.map((id) => [id, T0]))
      expect(nextDueAt).toBe(scheduled.dueAt)
      expect(await store.messages.cancel(scheduled.id, T0)).toMatchObject({ wasDelayed: true })
    })

    it('falls due earlier, one alone, when it is held; what is scheduled or due by then stays', async () => {
      const { store } = driver
      const held = await accepted(store)
      await store.messages.hold({ entry: entryOf(held), reason: 'rate_limit', dueAt: T0 + HOUR, now: T0 })
      const scheduled = await accepted(store, { dueAt: T0 + HOUR })
      expect(await store.queue.hasten(scheduled.id, T0)).toBe(false)
      expect(await store.queue.hasten(held.id, T0 + HOUR)).toBe(false)
      expect(await store.queue.hasten(held.id, T0)).toBe(true)
      expect((await store.queue.promote(T0, 10)).records.map(({ id, dueAt }) => [id, dueAt])).toEqual([[held.id, T0]])
      expect(await store.queue.hasten(held.id, T0 - 1)).toBe(false)
      expect(await store.messages.cancel(scheduled.id, T0)).toMatchObject({ wasDelayed: true })
    })

    it('falls due early however many others wait for an earlier time', async () => {
      const { store } = driver
      const others = Array.from({ length: 10_001 }, () => newMessage({ dueAt: T0 + 1 }))
      await store.messages.accept(acceptWrite(others))
      const { id } = await accepted(store)
      const entry = entryOf(newMessage({ id }))
      await store.messages.hold({ entry, reason: 'rate_limit', dueAt: T0 + HOUR, now: T0 })
      expect(await store.queue.wake('rate_limit', T0, 10)).toBe(1)
      expect((await store.queue.promote(T0, 10)).records.map((record) => record.id)).toEqual([id])
      expect((await store.queue.promote(T0 + 1, others.length + 1)).entries).toHaveLength(others.length)
    })

    it('is kept over a restart: messages, retries and jobs, each by its queue', async () => {
      await accepted(driver.store, { dueAt: T0 + HOUR })
      const retry = await settled(driver.store, 'queued')
      const job = { queue: 'ai.process', priority: 3, lane: 'ai.process', id: nextId() } as const
      await driver.store.jobs.insert(job, '{}', T0 + 5, T0)
      const store = await driver.reopen()
      expect(new Set(await store.queue.delayed())).toEqual(
        new Set([
          { queue: 'message.send', count: 2 },
          { queue: 'ai.process', count: 1 },
        ]),
      )
      const { entries, records } = await store.queue.promote(T0 + 5, 10)
      expect(entries).toEqual([job])
      expect(records).toEqual([])
      const later = await store.queue.promote(retry.dueAt, 10)
      expect(later.records).toMatchObject([{ id: retry.id, state: 'queued', attempt: 1, pendingReason: null }])
    })
  })
}
