import { describe, expect, it } from 'vitest'
import { firstIdAt } from '../../src/ids.ts'
import { acceptedRecord } from '../../src/messages/record.ts'
import {
  accepted,
  acceptWrite,
  claimed,
  countsOf,
  entryOf,
  HOUR,
  newMessage,
  nextId,
  settleWrite,
  settled,
  T0,
  useDriver,
  type OpenDriver,
} from './support.ts'

/** Before everything else in these suites, whose ids only grow. */
const MONTH_END = Date.UTC(2026, 0, 1)

/** `MessageStore`: accept, claim and settle. */
export function exerciseMessages(open: OpenDriver): void {
  describe('accepting', () => {
    const driver = useDriver(open)

    it('keeps a message as it was given, queued, or scheduled when it is due later', async () => {
      const now = newMessage({
        traceparent: '00-abc',
        timeZone: 'Asia/Tokyo',
        variables: { name: '“Ada”\n👩‍🚀' },
        expiresAt: T0 + 1,
      })
      const later = newMessage({ dueAt: T0 + 1_000 })
      for (const message of [now, later]) await driver.store.messages.accept(acceptWrite([message]))
      const rest = { attempt: 0, fence: 0, serviceId: null, claimedAt: null, finishedAt: null, updatedAt: T0 }
      expect(await driver.store.messages.get(now.id)).toMatchObject({
        ...now,
        ...rest,
        state: 'queued',
        pendingReason: null,
      })
      expect(await driver.store.messages.get(later.id)).toMatchObject({
        ...later,
        ...rest,
        state: 'scheduled',
        pendingReason: 'delay',
      })
      expect(await driver.store.messages.get(1)).toBeNull()
    })

    it.each([
      ['queued', 49, {}],
      ['queued', 50, {}],
      ['queued', 151, { traceparent: '00-abc', timeZone: 'Asia/Tokyo', expiresAt: T0 + HOUR }],
      ['scheduled', 130, { dueAt: T0 + HOUR }],
      ['resident', 130, {}],
      ['queued, of two versions', 130, {}],
      ['queued, over the end of a month', 130, { acceptedAt: MONTH_END, dueAt: MONTH_END }],
    ])('keeps each of a batch as if it had come alone: %s, %i of them', async (how, count, changes) => {
      const { store } = driver
      const taskId = nextId()
      const flow = `task:${taskId}`
      const messages = Array.from({ length: count }, (_, i) =>
        newMessage({
          ...{ flow, taskId, recipient: `1390000${i}`, variables: { name: `n${i}` }, ...changes },
          ...(how.endsWith('versions') ? { templateVersion: 1 + (i % 2) } : {}),
          ...(how.endsWith('month') ? { id: firstIdAt(MONTH_END) - 70 + i } : {}),
        }),
      )
      const state = how === 'scheduled' ? 'scheduled' : 'queued'
      const counted = async () => ({
        delayed: (await store.queue.delayed()).reduce((sum, { count: of }) => sum + of, 0),
        ...Object.fromEntries(
          (await store.stats.states()).filter((of) => of.channel === 'sms').map((of) => [of.state, of.count]),
        ),
      })
      const before: Record<string, number> = await counted()
      const write = acceptWrite(messages, {
        resident: how === 'resident',
        task: { id: taskId, templateId: 1, channel: 'sms', total: count, priority: 5 },
      })
      expect(await store.messages.accept(write)).toEqual({ kind: 'accepted' })

      const kept = await Promise.all(messages.map(({ id }) => store.messages.get(id)))
      expect(kept).toEqual(messages.map(acceptedRecord))
      const [lane] = (await store.queue.lanes()).filter((each) => each.lane === write.lane)
      const hasEntries = how.startsWith('queued') || (how === 'resident' && !store.queue.keepsResidents)
      expect(lane?.count ?? 0).toBe(hasEntries ? count : 0)
      expect(await counted()).toEqual({
        ...before,
        accepted: (before['accepted'] ?? 0) + count,
        [state]: (before[state] ?? 0) + count,
        delayed: (before['delayed'] ?? 0) + (state === 'scheduled' ? count : 0),
      })
      expect(await store.tasks.get(taskId)).toMatchObject({ counts: { [state]: count } })
      const { messages: found } = await store.messages.search({ recipient: `1390000${count - 1}`, taskId, limit: 10 })
      expect(found.map(({ id }) => id)).toEqual([messages[count - 1]?.id])
    })

    it('is all or nothing: one bad message leaves no message, task, key or count behind', async () => {
      const before = await driver.store.stats.states()
      const taskId = nextId()
      const [first, second] = [newMessage({ taskId }), newMessage({ taskId })]
      const write = acceptWrite([first, second, { ...newMessage({ taskId }), id: first.id }], {
        task: { id: taskId, templateId: 1, channel: 'sms', total: 3, priority: 5 },
        idempotency: { key: 'whole', bodyHash: 'h', reply: { id: first.id } },
      })
      await expect(driver.store.messages.accept(write)).rejects.toThrow(/./)
      for (const { id } of [first, second]) expect(await driver.store.messages.get(id)).toBeNull()
      expect(await driver.store.tasks.get(taskId)).toBeNull()
      expect(await driver.store.stats.states()).toEqual(before)
      expect(await driver.store.messages.accept({ ...write, messages: [first, second] })).toEqual({ kind: 'accepted' })
    })

    it('fails alone when it fails: what others wrote in the same turn is kept, each exactly once', async () => {
      const good = Array.from({ length: 20 }, () => newMessage())
      const bad = { ...newMessage(), id: (good[3] as { id: number }).id }
      const writes = [...good.slice(0, 10), bad, ...good.slice(10)].map((message) =>
        driver.store.messages.accept(acceptWrite([message])),
      )
      const results = await Promise.allSettled(writes)
      expect(results.map(({ status }) => status === 'fulfilled')).toEqual(results.map((_, i) => i !== 10))
      for (const { id } of good) expect(await driver.store.messages.get(id)).not.toBeNull()
      const { states, records, strays } = await driver.store.stats.audit(10)
      expect(strays).toEqual([])
      for (const row of records) expect(states).toContainEqual(row)
    })

    it('answers a repeated key with the first reply, and another body with a refusal', async () => {
      const first = newMessage()
      const write = (message: typeof first, bodyHash: string) =>
        driver.store.messages.accept(
          acceptWrite([message], { idempotency: { key: 'order-1', bodyHash, reply: { id: message.id } } }),
        )
      expect(await write(first, 'a')).toEqual({ kind: 'accepted' })
      const second = newMessage()
      expect(await write(second, 'a')).toEqual({ kind: 'repeated', reply: { id: first.id } })
      expect(await write(second, 'b')).toEqual({ kind: 'mismatch' })
      expect(await driver.store.messages.get(second.id)).toBeNull()
      await driver.reopen()
      expect(await write(second, 'a')).toEqual({ kind: 'repeated', reply: { id: first.id } })
    })

    it('takes one of many that come with the same key at the same time', async () => {
      const messages = Array.from({ length: 20 }, () => newMessage())
      const results = await Promise.all(
        messages.map((message) =>
          driver.store.messages.accept(
            acceptWrite([message], { idempotency: { key: 'at once', bodyHash: 'h', reply: { id: message.id } } }),
          ),
        ),
      )
      expect(results.filter(({ kind }) => kind === 'accepted')).toHaveLength(1)
      expect(results.filter(({ kind }) => kind === 'repeated')).toHaveLength(19)
      const stored = await Promise.all(messages.map(({ id }) => driver.store.messages.get(id)))
      expect(stored.filter((record) => record !== null)).toHaveLength(1)
    })

    it('is durable when it resolves, and the largest id is found again', async () => {
      const message = await accepted(driver.store)
      const taskId = nextId()
      const jobId = nextId()
      const task = { id: taskId, templateId: 1, channel: 'sms' as const, total: 1, priority: 5 }
      await driver.store.messages.accept(
        acceptWrite([{ ...newMessage({ taskId }), id: message.id - 100_000 }], { task }),
      )
      expect(await driver.store.messages.lastId()).toBe(taskId)
      await driver.store.jobs.insert(
        { queue: 'notification', priority: 5, lane: 'notification', id: jobId },
        '1',
        T0,
        T0,
      )
      const store = await driver.reopen()
      expect(await store.messages.lastId()).toBe(jobId)
      expect(await store.messages.get(message.id)).toMatchObject({ state: 'queued' })
    })
  })

  describe('claiming', () => {
    const driver = useDriver(open)

    it('has no id before the first', async () => {
      expect(await driver.store.messages.lastId()).toBe(0)
    })

    it('hands an entry to one caller only, however many ask at once, and is on disk by then', async () => {
      const message = await accepted(driver.store)
      const write = { entry: entryOf(message), serviceId: 7, now: T0 + 5 }
      const results = await Promise.all(Array.from({ length: 20 }, () => driver.store.messages.claim(write)))
      expect(results.filter(({ kind }) => kind === 'gone')).toHaveLength(19)
      const sending = { state: 'sending', attempt: 1, fence: 1, serviceId: 7, claimedAt: T0 + 5 }
      expect(results.find(({ kind }) => kind === 'claimed')).toMatchObject({
        record: sending,
        attemptBase: 0,
        queuedAt: T0,
      })
      expect(await (await driver.reopen()).messages.get(message.id)).toMatchObject(sending)
    })

    it('of one that the caller knows as it was before its attempts is made all the same', async () => {
      const { store } = driver
      const message = await accepted(store)
      const fresh = await store.messages.get(message.id)
      const record = await claimed(store, message)
      const retry = { dueAt: T0 + 1, entry: entryOf(message) }
      await store.messages.settle(settleWrite(record, 'queued', { retry }))
      await store.queue.promote(T0 + 1, 10)
      const again = await store.messages.claim({ entry: entryOf(message), serviceId: 7, now: T0 + 2, fresh })
      expect(again).toMatchObject({ kind: 'claimed', record: { attempt: 2, fence: 2 } })
    })

    it('finds what was cancelled or never there gone', async () => {
      const message = await accepted(driver.store)
      await driver.store.messages.cancel(message.id, T0)
      const claim = (entry: ReturnType<typeof entryOf>) => driver.store.messages.claim({ entry, serviceId: 7, now: T0 })
      expect(await claim(entryOf(message))).toEqual({ kind: 'gone' })
      expect(await claim(entryOf(newMessage()))).toEqual({ kind: 'gone' })
      expect(await driver.store.messages.get(message.id)).toMatchObject({ state: 'cancelled', fence: 0 })
    })

    it('is won by exactly one side when a message is cancelled at the same time, whoever asks first', async () => {
      for (const cancelFirst of [true, false]) {
        const message = await accepted(driver.store)
        const claim = () => driver.store.messages.claim({ entry: entryOf(message), serviceId: 7, now: T0 })
        const cancel = () => driver.store.messages.cancel(message.id, T0)
        const [cancelled, claimResult] = cancelFirst
          ? await Promise.all([cancel(), claim()])
          : ((await Promise.all([claim(), cancel()])).toReversed() as [
              Awaited<ReturnType<typeof cancel>>,
              Awaited<ReturnType<typeof claim>>,
            ])
        expect(cancelled?.moved).toBe(cancelFirst)
        expect(claimResult.kind).toBe(cancelFirst ? 'gone' : 'claimed')
        const state = cancelFirst ? 'cancelled' : 'sending'
        expect(await driver.store.messages.get(message.id)).toMatchObject({ state })
      }
    })

    it('ends a message whose time is over as expired', async () => {
      const message = await accepted(driver.store, { expiresAt: T0 + 1_000 })
      const result = await driver.store.messages.claim({ entry: entryOf(message), serviceId: 7, now: T0 + 1_000 })
      const expired = { state: 'expired', attempt: 0, errorCode: 'expired', finishedAt: T0 + 1_000 }
      expect(result).toMatchObject({ kind: 'expired', record: expired })
      expect(await driver.store.messages.get(message.id)).toMatchObject(expired)
    })
  })

  describe('settling', () => {
    const driver = useDriver(open)

    it('writes the result with its time and what the provider said', async () => {
      expect(await settled(driver.store, 'sent', { now: T0 + 9 })).toMatchObject({
        state: 'sent',
        providerId: 'p-1',
        finishedAt: T0 + 9,
        errorCode: null,
      })
      const failed = await settled(driver.store, 'failed')
      expect(await driver.store.messages.get(failed.id)).toEqual(failed)
      expect(failed).toMatchObject({ state: 'failed', errorCode: '503', errorMessage: 'unavailable' })
    })

    it('is done once: a second result is dropped', async () => {
      const record = await claimed(driver.store, await accepted(driver.store))
      const [first, second] = await Promise.all([
        driver.store.messages.settle(settleWrite(record, 'sent')),
        driver.store.messages.settle(settleWrite(record, 'failed')),
      ])
      expect([first?.state, second]).toEqual(['sent', null])
      expect(await driver.store.messages.get(record.id)).toMatchObject({ state: 'sent', errorCode: null })
    })

    it('keeps what is tried again out of the queue until it is due, then gives it a higher fence, and refuses the old one', async () => {
      const message = await accepted(driver.store)
      const first = await claimed(driver.store, message)
      const waiting = await driver.store.messages.settle(
        settleWrite(first, 'queued', { retry: { dueAt: T0 + 500, entry: entryOf(message) } }),
      )
      expect(waiting).toMatchObject({
        state: 'queued',
        pendingReason: 'retry',
        dueAt: T0 + 500,
        finishedAt: null,
        errorCode: '503',
      })
      expect(await driver.store.messages.get(message.id)).toEqual(waiting)
      const claim = (now: number) => driver.store.messages.claim({ entry: entryOf(message), serviceId: 7, now })
      expect((await claim(T0)).kind).toBe('gone')
      await driver.store.queue.promote(T0 + 500, 10)
      expect(await driver.store.messages.get(message.id)).toMatchObject({
        state: 'queued',
        pendingReason: null,
        attempt: 1,
      })
      expect(await claim(T0 + 600)).toMatchObject({
        kind: 'claimed',
        record: { attempt: 2, fence: 2, errorCode: null, pendingReason: null },
      })
      expect(await driver.store.messages.settle(settleWrite(first, 'sent'))).toBeNull()
      expect(await driver.store.messages.get(message.id)).toMatchObject({ state: 'sending', fence: 2 })
    })

    it('counts with a receipt that came before the answer, the furthest of several in any order', async () => {
      for (const [said, state] of [
        [['delivered'], 'delivered'],
        [['delivered', 'read'], 'read'],
        [['read', 'delivered'], 'read'],
      ] as const) {
        const record = await claimed(driver.store, await accepted(driver.store))
        for (const each of said) await driver.store.messages.receipt({ recordId: record.id, state: each, at: T0 }, T0)
        const result = await driver.store.messages.settle(settleWrite(record, 'sent'))
        expect(result).toMatchObject({ state, errorCode: null })
        expect(await driver.store.messages.get(record.id)).toEqual(result)
      }
    })

    it('is not tried again once a receipt says that it got there, and is when the receipt says failed', async () => {
      for (const [said, state] of [
        ['delivered', 'delivered'],
        ['failed', 'queued'],
      ] as const) {
        const message = await accepted(driver.store)
        const record = await claimed(driver.store, message)
        await driver.store.messages.receipt({ recordId: record.id, state: said, at: T0 }, T0)
        const result = await driver.store.messages.settle(settleWrite(record, 'queued'))
        expect(result).toMatchObject({ state })
        expect(await driver.store.messages.get(record.id)).toEqual(result)
        const { kept, counted } = await countsOf(driver)
        expect(counted).toEqual(kept)
      }
    })

    it('tells why when the receipt that came first said failed, and forgets the error of a call whose receipt says delivered', async () => {
      const first = await claimed(driver.store, await accepted(driver.store))
      const event = { recordId: first.id, state: 'failed', at: T0, code: 'UNDELIV', detail: 'phone off' } as const
      await driver.store.messages.receipt(event, T0)
      const failed = await driver.store.messages.settle(settleWrite(first, 'sent'))
      expect(failed).toMatchObject({ state: 'failed', errorCode: 'UNDELIV', errorMessage: 'phone off' })
      expect(await driver.store.messages.get(first.id)).toEqual(failed)

      const second = await claimed(driver.store, await accepted(driver.store))
      await driver.store.messages.receipt({ recordId: second.id, state: 'delivered', at: T0 }, T0)
      const delivered = await driver.store.messages.settle(settleWrite(second, 'unknown'))
      expect(delivered).toMatchObject({ state: 'delivered', errorCode: null, errorMessage: null })
      expect(await driver.store.messages.get(second.id)).toEqual(delivered)
    })
  })
}
