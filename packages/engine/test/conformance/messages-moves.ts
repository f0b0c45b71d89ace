import { CHANNELS, type Channel } from '@signalbox/contracts'
import { describe, expect, it } from 'vitest'
import {
  accepted,
  acceptWrite,
  claimed,
  entryOf,
  HOUR,
  newMessage,
  settled,
  settleWrite,
  T0,
  useDriver,
  type OpenDriver,
} from './support.ts'

const HOLD = Object.fromEntries(CHANNELS.map((channel) => [channel, 'hold'])) as Record<Channel, 'hold' | 'retry'>

/** `MessageStore`: what moves a message besides its pipeline. */
export function exerciseMoves(open: OpenDriver): void {
  describe('a late result', () => {
    const driver = useDriver(open)
    const late = { state: 'sent', providerId: 'p-2', errorCode: null, errorMessage: null, now: T0 + 5 } as const

    it('resolves an unknown of its own fence, once', async () => {
      const { id, fence } = await settled(driver.store, 'unknown')
      expect(await driver.store.messages.resolveLate({ ...late, id, fence: fence + 1 })).toBeNull()
      expect(await driver.store.messages.resolveLate({ ...late, id, fence })).toMatchObject({
        state: 'sent',
        providerId: 'p-2',
        errorCode: null,
      })
      const failed = { ...late, state: 'failed', providerId: null, errorCode: '550', errorMessage: 'no' } as const
      expect(await driver.store.messages.resolveLate({ ...failed, id, fence })).toBeNull()
      expect(await driver.store.messages.get(id)).toMatchObject({ state: 'sent', providerId: 'p-2' })
    })

    it('changes nothing that is not unknown, and nothing that does not exist', async () => {
      const { id, fence } = await settled(driver.store, 'failed')
      expect(await driver.store.messages.resolveLate({ ...late, id, fence })).toBeNull()
      expect(await driver.store.messages.resolveLate({ ...late, id: 1, fence: 1 })).toBeNull()
      expect(await driver.store.messages.get(id)).toMatchObject({ state: 'failed' })
    })
  })

  describe('cancelling', () => {
    const driver = useDriver(open)

    it('takes out what waits: ready, scheduled or for its retry, and tells whether it was delayed', async () => {
      const ready = await accepted(driver.store)
      const scheduled = await accepted(driver.store, { dueAt: T0 + HOUR })
      const retry = await settled(driver.store, 'queued')
      for (const [{ id }, wasDelayed] of [
        [ready, false],
        [scheduled, true],
        [retry, true],
      ] as const) {
        expect(await driver.store.messages.cancel(id, T0)).toMatchObject({
          moved: true,
          wasDelayed,
          record: { state: 'cancelled' },
        })
        expect(await driver.store.messages.get(id)).toMatchObject({
          state: 'cancelled',
          finishedAt: T0,
          errorCode: null,
        })
      }
      expect((await driver.store.queue.promote(T0 + 2 * HOUR, 10)).entries).toEqual([])
      expect(await driver.store.queue.lanes()).toEqual([])
    })

    it('leaves everything else as it stands', async () => {
      const sent = await settled(driver.store, 'sent')
      expect(await driver.store.messages.cancel(sent.id, T0)).toEqual({ record: sent, moved: false, wasDelayed: false })
      expect(await driver.store.messages.cancel(1, T0)).toBeNull()
    })
  })

  describe('sending again', () => {
    const driver = useDriver(open)

    it('puts a dead letter back at its place with fresh attempts and a higher fence', async () => {
      const { id, ...failed } = await settled(driver.store, 'failed')
      const result = await driver.store.messages.requeue(id, ['failed', 'expired'], T0 + HOUR, 'retry')
      expect(result).toMatchObject({
        moved: true,
        record: { state: 'queued', finishedAt: null, errorCode: null, dueAt: T0 + HOUR },
      })
      expect(await driver.store.messages.get(id)).toEqual(result?.record)
      const entry = entryOf({ id, ...failed })
      expect(result?.entry).toEqual(entry)
      const claim = await driver.store.messages.claim({ entry, serviceId: 7, now: T0 + HOUR })
      expect(claim).toMatchObject({ kind: 'claimed', attemptBase: 1, record: { attempt: 2, fence: 2 } })
    })

    it('happens once, and only from the states that were asked for', async () => {
      const { id } = await settled(driver.store, 'unknown')
      expect(await driver.store.messages.requeue(id, ['failed'], T0, 'retry')).toMatchObject({
        moved: false,
        record: { state: 'unknown' },
      })
      const [first, second] = await Promise.all(
        [1, 2].map(() => driver.store.messages.requeue(id, ['unknown'], T0, 'resend')),
      )
      expect([first?.moved, second?.moved]).toEqual([true, false])
      expect(await driver.store.messages.requeue(1, ['failed'], T0, 'retry')).toBeNull()
    })

    it('forgets the receipt of the attempt before', async () => {
      const message = await accepted(driver.store)
      const record = await claimed(driver.store, message)
      await driver.store.messages.receipt({ recordId: message.id, state: 'failed', at: T0 }, T0)
      await driver.store.messages.settle(settleWrite(record, 'sent'))
      await driver.store.messages.requeue(message.id, ['failed'], T0, 'retry')
      const again = await claimed(driver.store, message)
      expect(await driver.store.messages.settle(settleWrite(again, 'sent'))).toMatchObject({ state: 'sent' })
    })
  })

  describe('an operator', () => {
    const driver = useDriver(open)

    it('ends an unknown as sent or failed, and nothing else, and each decision is in the audit log', async () => {
      const [one, other] = [await settled(driver.store, 'unknown'), await settled(driver.store, 'unknown')]
      expect(await driver.store.messages.resolve(one.id, 'sent', T0 + 1, 'seen')).toMatchObject({
        moved: true,
        record: { state: 'sent', errorCode: null },
      })
      expect(await driver.store.messages.resolve(other.id, 'failed', T0 + 2, 'not seen')).toMatchObject({
        record: { state: 'failed', errorCode: '503' },
      })
      expect(await driver.store.messages.resolve(other.id, 'sent', T0 + 3, 'changed my mind')).toMatchObject({
        moved: false,
        record: { state: 'failed' },
      })
      expect(await driver.store.messages.resolve(1, 'sent', T0, '')).toBeNull()
      expect(await driver.sql('SELECT action, record_id, detail FROM audit_log ORDER BY id')).toEqual([
        { action: 'resolve sent', record_id: one.id, detail: 'seen' },
        { action: 'resolve failed', record_id: other.id, detail: 'not seen' },
      ])
    })
  })

  describe('a receipt', () => {
    const driver = useDriver(open)

    it('moves a message forward, never back, and says whether it did', async () => {
      const { id } = await settled(driver.store, 'sent')
      const told = async (state: 'delivered' | 'read' | 'failed', at: number) => {
        const result = await driver.store.messages.receipt({ recordId: id, state, at }, at)
        return [result?.record.state, result?.moved]
      }
      expect(await told('delivered', T0 + 1)).toEqual(['delivered', true])
      expect(await told('delivered', T0 + 1)).toEqual(['delivered', false])
      expect(await told('failed', T0 + 2)).toEqual(['delivered', false])
      expect(await told('read', T0 + 3)).toEqual(['read', true])
      expect(await told('delivered', T0 + 4)).toEqual(['read', false])
      expect(await driver.store.messages.get(id)).toMatchObject({ state: 'read', finishedAt: T0, updatedAt: T0 + 3 })
    })

    it('that says failed tells why', async () => {
      const { id } = await settled(driver.store, 'sent')
      await driver.store.messages.receipt(
        { recordId: id, state: 'failed', at: T0, code: 'UNDELIV', detail: 'phone off' },
        T0,
      )
      expect(await driver.store.messages.get(id)).toMatchObject({
        state: 'failed',
        errorCode: 'UNDELIV',
        errorMessage: 'phone off',
      })
    })

    it('that tells of a delay is kept and moves nothing, also while the message is being sent', async () => {
      const { id } = await settled(driver.store, 'sent')
      const delayed = { state: 'delayed', at: T0, code: '4.4.1', detail: 'timed out' } as const
      const told = await driver.store.messages.receipt({ recordId: id, ...delayed }, T0)
      expect(told).toMatchObject({ moved: false, record: { state: 'sent' } })
      expect((await driver.store.traces.get(id)).receipts).toEqual([{ recordId: id, ...delayed }])
      const sending = await claimed(driver.store, await accepted(driver.store))
      await driver.store.messages.receipt({ recordId: sending.id, ...delayed }, T0)
      await driver.store.messages.recover(HOLD, T0)
      expect(await driver.store.messages.get(sending.id)).toMatchObject({ state: 'unknown' })
    })

    it('for nothing here is dropped', async () => {
      expect(await driver.store.messages.receipt({ recordId: 1, state: 'read', at: T0 }, T0)).toBeNull()
    })
  })

  describe('recovery after a crash', () => {
    const driver = useDriver(open)

    it('makes what was being sent unknown, or queues it where the channel asks for that, or believes its receipt', async () => {
      const held = await claimed(driver.store, await accepted(driver.store))
      const told = await claimed(driver.store, await accepted(driver.store))
      const toldFailed = await claimed(driver.store, await accepted(driver.store))
      const again = await claimed(driver.store, await accepted(driver.store, { channel: 'app' }))
      const waiting = await accepted(driver.store)
      await driver.store.messages.receipt({ recordId: told.id, state: 'read', at: T0 }, T0)
      await driver.store.messages.receipt(
        { recordId: toldFailed.id, state: 'failed', at: T0, code: 'X', detail: 'no' },
        T0,
      )
      const store = await driver.reopen()
      expect(await store.messages.recover({ ...HOLD, app: 'retry' }, T0 + 9)).toEqual({ unknown: 1, requeued: 1 })
      expect(await store.messages.get(held.id)).toMatchObject({
        state: 'unknown',
        errorCode: 'crashed',
        attempt: 1,
        finishedAt: T0 + 9,
      })
      expect(await store.messages.get(told.id)).toMatchObject({ state: 'read', errorCode: null })
      expect(await store.messages.get(toldFailed.id)).toMatchObject({
        state: 'failed',
        errorCode: 'X',
        errorMessage: 'no',
      })
      expect(await store.messages.get(waiting.id)).toMatchObject({ state: 'queued', attempt: 0 })
      expect(await store.messages.claim({ entry: entryOf(again), serviceId: 7, now: T0 + 9 })).toMatchObject({
        kind: 'claimed',
        record: { attempt: 2, fence: 2 },
      })
      expect(await store.messages.settle(settleWrite(held, 'sent'))).toBeNull()
    })
  })

  describe('cleaning', () => {
    const driver = useDriver(open)

    it('removes keys and kept messages past their time, a bounded number at once, and no message', async () => {
      const ids: number[] = []
      for (let i = 0; i < 5; i++) {
        const message = newMessage({ acceptedAt: T0 + i })
        ids.push(message.id)
        const idempotency = { key: `k${i}`, bodyHash: 'h', reply: { id: message.id } }
        await driver.store.messages.accept(acceptWrite([message], { idempotency }))
        const kept = {
          recordId: message.id,
          channel: 'sms' as const,
          serviceId: 7,
          recipient: 'r',
          subject: null,
          text: 't',
          html: null,
          fields: null,
        }
        await driver.store.kept.keep({ ...kept, keptAt: T0 + i })
      }
      const limits = {
        tracesBefore: T0,
        recordsBefore: 0,
        keysBefore: T0 + 4,
        keptAtMost: 2,
        actionsAtMost: 10,
        batch: 3,
      }
      expect(await driver.store.messages.clean(limits)).toBe(6)
      expect(await driver.store.messages.clean(limits)).toBe(1)
      expect(await driver.store.messages.clean(limits)).toBe(0)
      expect((await driver.store.kept.list({ limit: 10 })).map(({ recordId }) => recordId)).toEqual(
        ids.slice(3).toReversed(),
      )
      const repeat = { key: 'k4', bodyHash: 'h', reply: { id: 0 } }
      expect(await driver.store.messages.accept(acceptWrite([newMessage()], { idempotency: repeat }))).toMatchObject({
        kind: 'repeated',
      })
      for (const id of ids) expect(await driver.store.messages.get(id)).not.toBeNull()
    })

    it('is refused under a stale fence, and removes nothing; made under the highest, also after its lease', async () => {
      const { store } = driver
      const key = 'cleaning'
      await store.messages.accept(
        acceptWrite([newMessage()], { idempotency: { key: 'fenced', bodyHash: 'h', reply: { id: 1 } } }),
      )
      const limits = {
        tracesBefore: 0,
        recordsBefore: 0,
        keysBefore: T0 + HOUR,
        keptAtMost: 100,
        actionsAtMost: 10,
        batch: 100,
      }
      const stored = async () => (await driver.sql(`SELECT * FROM idempotency_keys WHERE key = 'fenced'`)).length
      expect(await store.messages.clean(limits, { key, fence: 1 })).toBeNull()
      const first = (await store.locks.acquire(key, 'a', 1000, T0))?.fence ?? 0
      await store.locks.release(key, 'a', first)
      const second = (await store.locks.acquire(key, 'b', 1000, T0 + 1000))?.fence ?? 0
      expect(await store.messages.clean(limits, { key, fence: first })).toBeNull()
      expect(await store.messages.clean(limits, { key, fence: second + 1 })).toBeNull()
      expect(await stored()).toBe(1)
      expect(await store.messages.clean(limits, { key, fence: second })).toBeGreaterThan(0)
      expect(await stored()).toBe(0)
    })
  })
}
