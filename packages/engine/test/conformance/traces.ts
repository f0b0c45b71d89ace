import { describe, expect, it } from 'vitest'
import { firstIdAt } from '../../src/ids.ts'
import type { NewMessage } from '../../src/messages/store.ts'
import type { TraceNode } from '../../src/tracer/trace.ts'
import {
  accepted,
  claimed,
  entryOf,
  HOUR,
  nextId,
  settled,
  settleWrite,
  T0,
  useDriver,
  type OpenDriver,
} from './support.ts'

const DAY = 24 * HOUR

const node = (changes: Partial<TraceNode>): TraceNode => ({
  name: 'send',
  attempt: 1,
  startedAt: T0,
  finishedAt: T0 + 9,
  status: 'succeeded',
  worker: 'message_sender-1',
  serviceId: 7,
  errorCode: null,
  error: null,
  ...changes,
})

export function exerciseTraces(open: OpenDriver): void {
  describe('traces', () => {
    const driver = useDriver(open)

    it('are written with the result, node by node, attempt after attempt, and kept over a restart', async () => {
      const message = await accepted(driver.store)
      const first = [
        node({ name: 'queue', worker: null, serviceId: null }),
        node({ status: 'failed', errorCode: '503', error: 'unavailable: “later”' }),
      ]
      const second = [node({ attempt: 2 }), node({ attempt: 2, name: 'callback', status: 'pending', finishedAt: null })]
      const retry = { dueAt: T0 + 1, entry: entryOf(message) }
      await driver.store.messages.settle(
        settleWrite(await claimed(driver.store, message), 'queued', { nodes: first, retry }),
      )
      await driver.store.queue.promote(T0 + 1, 1)
      await driver.store.messages.settle(settleWrite(await claimed(driver.store, message), 'sent', { nodes: second }))
      expect(await (await driver.reopen()).traces.get(message.id)).toEqual({
        nodes: [...first, ...second],
        receipts: [],
      })
    })

    it('tell how long each stage took that ended well, by channel and time of acceptance', async () => {
      const later = T0 + 5 * HOUR
      const at = (offset: number) => ({
        id: firstIdAt(later + offset),
        acceptedAt: later + offset,
        dueAt: later + offset,
      })
      const call = (startedAt: number, took: number, changes: Partial<TraceNode> = {}) =>
        node({ startedAt, finishedAt: startedAt + took, ...changes })
      const callback = node({ name: 'callback', status: 'pending', startedAt: later + 50, finishedAt: null })
      const settle = async (changes: Partial<NewMessage>, nodes: TraceNode[]) => {
        const message = await accepted(driver.store, changes)
        await driver.store.messages.settle(
          settleWrite(await claimed(driver.store, message), 'sent', { nodes, now: later + 100 }),
        )
        return message.id
      }
      const first = await settle(at(0), [call(later, 20, { name: 'queue' }), call(later + 20, 30), callback])
      await driver.store.messages.receipt({ recordId: first, state: 'read', at: later + 900 }, later + 900)
      await driver.store.messages.receipt({ recordId: first, state: 'delivered', at: later + 250 }, later + 900)
      await settle(at(60_000), [call(later, 40), call(later, 5, { status: 'failed' }), callback])
      await settle({ ...at(60_001), channel: 'email' }, [call(later, 70)])
      await settle(at(-1), [call(later, 80)])
      const {
        queue,
        process,
        send,
        callback: callbacks,
      } = await driver.store.traces.durations('sms', later, later + HOUR)
      expect({ queue, process, send: send.toSorted((a, b) => a - b), callbacks }).toEqual({
        queue: [20],
        process: [],
        send: [30, 40],
        callbacks: [200],
      })
    })

    it('hold the receipts in order of their times, each once', async () => {
      const { id } = await settled(driver.store, 'sent')
      const delivered = { recordId: id, state: 'delivered', at: T0 + 5 } as const
      const read = { recordId: id, state: 'read', at: T0 + 9, code: '1', detail: 'by the device' } as const
      for (const event of [read, delivered, read]) await driver.store.messages.receipt(event, T0 + 20)
      expect((await driver.store.traces.get(id)).receipts).toEqual([delivered, read])
    })

    it('are empty for what does not exist, and a result with a stale fence leaves none', async () => {
      expect(await driver.store.traces.get(nextId())).toEqual({ nodes: [], receipts: [] })
      const record = await claimed(driver.store, await accepted(driver.store))
      await driver.store.messages.settle(settleWrite({ ...record, fence: 0 }, 'sent', { nodes: [node({})] }))
      expect((await driver.store.traces.get(record.id)).nodes).toEqual([])
    })

    it('are removed by whole days past their time, and their messages stay', async () => {
      const record = await settled(driver.store, 'sent', { nodes: [node({})] })
      await driver.store.messages.receipt({ recordId: record.id, state: 'read', at: T0 }, T0)
      const dayEnds = T0 - (T0 % DAY) + DAY
      const clean = (tracesBefore: number) =>
        driver.store.messages.clean({
          tracesBefore,
          recordsBefore: 0,
          keysBefore: 0,
          keptAtMost: 10,
          actionsAtMost: 10,
          batch: 100,
        })
      await clean(dayEnds - 1)
      expect((await driver.store.traces.get(record.id)).nodes).toHaveLength(1)
      await clean(dayEnds)
      expect(await driver.store.traces.get(record.id)).toEqual({ nodes: [], receipts: [] })
      expect(await driver.store.messages.get(record.id)).toMatchObject({ state: 'read' })
    })

    it('of what was scheduled long ago are kept as long as any: by the day on which they were written', async () => {
      const message = await accepted(driver.store, { dueAt: T0 + 30 * DAY })
      await driver.store.queue.promote(T0 + 30 * DAY, 10)
      const now = T0 + 30 * DAY
      await driver.store.messages.settle(
        settleWrite(await claimed(driver.store, message, now), 'sent', { nodes: [node({})], now }),
      )
      const limits = {
        tracesBefore: T0 + 29 * DAY,
        recordsBefore: 0,
        keysBefore: 0,
        keptAtMost: 10,
        actionsAtMost: 10,
        batch: 100,
      }
      await driver.store.messages.clean(limits)
      expect((await driver.store.traces.get(message.id)).nodes).toHaveLength(1)
    })
  })
}
