import { MESSAGE_STATES, type MessageState } from '@signalbox/contracts'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Store } from '../../src/driver.ts'
import { timeOfId } from '../../src/ids.ts'
import type { MessageQuery } from '../../src/messages/requests.ts'
import type { MessageRecord } from '../../src/messages/record.ts'
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
  T0,
  useDriver,
  type OpenDriver,
} from './support.ts'

/** Puts a new message into that state. */
const INTO: Record<MessageState, (store: Store, changes: Parameters<typeof newMessage>[0]) => Promise<unknown>> = {
  scheduled: (store, changes) => accepted(store, { ...changes, dueAt: T0 + 2 * HOUR }),
  queued: accepted,
  sending: async (store, changes) => claimed(store, await accepted(store, changes)),
  sent: settledAs('sent'),
  failed: settledAs('failed'),
  unknown: settledAs('unknown'),
  delivered: withReceipt('delivered'),
  read: withReceipt('read'),
  cancelled: async (store, changes) => store.messages.cancel((await accepted(store, changes)).id, T0),
  async expired(store, changes) {
    const message = await accepted(store, { ...changes, expiresAt: T0 })
    await store.messages.claim({ entry: entryOf(message), serviceId: 7, now: T0 })
  },
}

function settledAs(state: 'sent' | 'failed' | 'unknown' | 'queued') {
  return async (store: Store, changes: Parameters<typeof newMessage>[0]) => {
    const record = await claimed(store, await accepted(store, changes))
    return (await store.messages.settle(settleWrite(record, state))) as MessageRecord
  }
}

function withReceipt(state: 'delivered' | 'read') {
  return async (store: Store, changes: Parameters<typeof newMessage>[0]) => {
    const { id } = await settledAs('sent')(store, changes)
    await store.messages.receipt({ recordId: id, state, at: T0 }, T0)
  }
}

const WITH_ERROR: ReadonlySet<MessageState> = new Set(['failed', 'unknown', 'expired', 'queued'])
const statesOf = ({ status }: MessageQuery) => (typeof status === 'string' ? [status] : (status ?? MESSAGE_STATES))

/** What a query means, beside its bounds by id. */
function fits(query: MessageQuery, record: MessageRecord): boolean {
  const { error } = query
  const told = `${record.errorCode}\n${record.errorMessage?.toLowerCase()}`
  return (
    statesOf(query).includes(record.state) &&
    (['channel', 'recipient', 'templateId', 'taskId', 'serviceId'] as const).every(
      (key) => query[key] === undefined || query[key] === record[key],
    ) &&
    (error === undefined || (WITH_ERROR.has(record.state) && told.includes(error.toLowerCase()))) &&
    (query.from === undefined || timeOfId(record.id) >= query.from) &&
    (query.to === undefined || timeOfId(record.id) < query.to)
  )
}

/** Every page of a search, one after the other. */
async function pages(store: Store, query: MessageQuery): Promise<MessageRecord[]> {
  const found: MessageRecord[] = []
  for (let before = query.before; ;) {
    const { messages: page, nextBefore } = await store.messages.search({ ...query, before })
    expect(page.length).toBeLessThanOrEqual(query.limit)
    found.push(...page)
    if (nextBefore === null) return found
    expect(nextBefore).toBeLessThan(before ?? Number.MAX_SAFE_INTEGER)
    before = nextBefore
  }
}

export function exerciseSearch(open: OpenDriver): void {
  describe('searching', () => {
    const driver = useDriver(open)
    const taskId = nextId()
    let all: MessageRecord[] = []

    beforeAll(async () => {
      const task = { id: taskId, templateId: 2, channel: 'app' as const, total: 4, priority: 5 }
      const batch = Array.from({ length: 4 }, () =>
        newMessage({ taskId, templateId: 2, channel: 'app', flow: `task:${taskId}` }),
      )
      await driver.store.messages.accept(acceptWrite(batch, { task }))
      for (let round = 0; round < 3; round++) {
        for (const state of MESSAGE_STATES) {
          for (const channel of ['sms', 'email'] as const) {
            await INTO[state](driver.store, { channel, recipient: `r${round}`, templateId: 1 + (round % 2) })
          }
        }
      }
      // Tried again: one still waits for its time, one is due and stands in the queue again.
      await settledAs('queued')(driver.store, {})
      await driver.store.queue.promote(T0 + HOUR, 10)
      await settledAs('queued')(driver.store, {})
      all = await pages(driver.store, { limit: 1_000 })
    })

    it('finds every message once, newest first', async () => {
      expect(all).toHaveLength(4 + 3 * MESSAGE_STATES.length * 2 + 2)
      expect(all.map(({ id }) => id)).toEqual([...new Set(all.map(({ id }) => id))].toSorted((a, b) => b - a))
      for (const record of all.slice(0, 20)) expect(await driver.store.messages.get(record.id)).toEqual(record)
    })

    it('finds by any mix of filters exactly what fits, page by page without gaps or repeats', async () => {
      const maybe = <T>(values: readonly T[]) => fc.option(fc.constantFrom(...values), { nil: undefined })
      const states = fc.oneof(fc.constantFrom(...MESSAGE_STATES), fc.subarray([...MESSAGE_STATES], { minLength: 1 }))
      const query = fc.record({
        status: fc.option(states, { nil: undefined }),
        channel: maybe(['sms', 'email', 'app', 'wechat'] as const),
        recipient: maybe(['r0', 'r1', 'nobody']),
        templateId: maybe([1, 2, 3]),
        taskId: maybe([taskId, 1]),
        serviceId: maybe([7, 8]),
        error: maybe(['503', 'UNAVAIL', 'its time to live', 'none such']),
        from: maybe([T0, T0 + 1]),
        to: maybe([T0, T0 + 1]),
        before: fc.option(fc.constantFrom(...all.map(({ id }) => id)), { nil: undefined }),
        limit: fc.integer({ min: 1, max: 20 }),
        scan: maybe([1, 2, 7, 1_000]),
      })
      await fc.assert(
        fc.asyncProperty(query, async (asked) => {
          const { before = Number.MAX_SAFE_INTEGER } = asked
          const expected = all.filter((record) => record.id < before && fits(asked, record))
          expect(await pages(driver.store, asked)).toEqual(expected)
          const { refs, nextBefore } = await driver.store.messages.refs({ ...asked, limit: 1_000, scan: undefined })
          expect(refs).toEqual(expected.map(({ id, templateId, recipient }) => ({ id, templateId, recipient })))
          expect(nextBefore).toBeNull()
        }),
        { numRuns: 400 },
      )
    })

    it('looks through no more than it may at a time, and says where to go on', async () => {
      const none = { channel: 'wechat', limit: 5, scan: 10 } as const
      const first = await driver.store.messages.search(none)
      expect(first).toEqual({ messages: [], nextBefore: all[9]?.id })
      const second = await driver.store.messages.search({ ...none, before: first.nextBefore ?? 0 })
      expect(second).toEqual({ messages: [], nextBefore: all[19]?.id })
    })

    it('by state alone finds as many as are counted, for each state', async () => {
      const { kept, counted } = await countsOf(driver)
      expect(counted).toEqual(kept)
      for (const status of MESSAGE_STATES) {
        const found = await pages(driver.store, { status, limit: 7 })
        const expected = [...kept].reduce((sum, [key, count]) => sum + (key.endsWith(` ${status}`) ? count : 0), 0)
        expect([status, found.length]).toEqual([status, expected])
      }
    })
  })

  describe('what else is found', () => {
    const driver = useDriver(open)

    it('what the first request with an idempotency key was told, by that key', async () => {
      const message = newMessage()
      const reply = { id: message.id }
      await driver.store.messages.accept(
        acceptWrite([message], { idempotency: { key: 'order-4711', bodyHash: 'h', reply } }),
      )
      expect(await driver.store.messages.byIdempotencyKey('order-4711')).toEqual(reply)
      expect(await driver.store.messages.byIdempotencyKey('order-4712')).toBeNull()
    })

    it('a line of the audit log, as it was written', async () => {
      await driver.store.messages.audit('reveal', 17, 'asked by support', T0)
      expect(await driver.sql("SELECT at, record_id, detail FROM audit_log WHERE action = 'reveal'")).toEqual([
        { at: T0, record_id: 17, detail: 'asked by support' },
      ])
    })
  })

  describe('the view message_records', () => {
    const driver = useDriver(open)

    it('has each message exactly once in every state, and takes the statement that operators know', async () => {
      for (const state of MESSAGE_STATES) {
        await INTO[state](driver.store, {})
        const { kept, counted } = await countsOf(driver)
        expect(counted).toEqual(kept)
        expect(counted.get(`sms ${state}`)).toBe(1)
      }
      expect((await driver.store.stats.audit(10)).strays).toEqual([])
      const statement =
        "SELECT error_message, COUNT(*) FROM message_records WHERE status = 'failed' GROUP BY error_message;"
      // The name of a column that was given none is the database's own.
      expect((await driver.sql(statement)).map(Object.values)).toEqual([['unavailable', 1]])
    })
  })
}
