import { MESSAGE_STATES, type MessageState } from '@signalbox/contracts'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Store } from '../../src/driver.ts'
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

/** Every page of a search, one after the other. */
async function pages(store: Store, query: MessageQuery): Promise<MessageRecord[]> {
  const found: MessageRecord[] = []
  for (let before = query.before; ;) {
    const page = await store.messages.search({ ...query, before })
    expect(page.length).toBeLessThanOrEqual(query.limit)
    found.push(...page)
    const last = page.at(-1)
    if (!last || page.length < query.limit) return found
    before = last.id
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
      const query = fc.record({
        status: maybe(MESSAGE_STATES),
        channel: maybe(['sms', 'email', 'app', 'wechat'] as const),
        recipient: maybe(['r0', 'r1', 'nobody']),
        templateId: maybe([1, 2, 3]),
        taskId: maybe([taskId, 1]),
        before: fc.option(fc.constantFrom(...all.map(({ id }) => id)), { nil: undefined }),
        limit: fc.integer({ min: 1, max: 20 }),
      })
      await fc.assert(
        fc.asyncProperty(query, async (asked) => {
          const fits = (record: MessageRecord) =>
            (asked.status === undefined || record.state === asked.status) &&
            (asked.channel === undefined || record.channel === asked.channel) &&
            (asked.recipient === undefined || record.recipient === asked.recipient) &&
            (asked.templateId === undefined || record.templateId === asked.templateId) &&
            (asked.taskId === undefined || record.taskId === asked.taskId) &&
            (asked.before === undefined || record.id < asked.before)
          expect(await pages(driver.store, asked)).toEqual(all.filter(fits))
        }),
        { numRuns: 200 },
      )
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
      expect(await driver.sql(statement)).toEqual([{ error_message: 'unavailable', 'COUNT(*)': 1 }])
    })
  })
}
