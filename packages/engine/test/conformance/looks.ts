import { describe, expect, it } from 'vitest'
import type { LookWrite } from '../../src/lookups/store.ts'
import type { MessageRecord } from '../../src/messages/record.ts'
import { fenceOf, HOUR, MINUTE, SERVICE, settled, settleWrite, T0, useDriver, type OpenDriver } from './support.ts'

const AT = T0 + MINUTE
const lookAt = ({ id, attempt, fence }: MessageRecord, changes: Partial<LookWrite> = {}): LookWrite => ({
  ...{ recordId: id, attempt, serviceId: SERVICE, startedAt: AT - 50, at: AT, fence },
  ...{ answer: 'unknown', code: null, detail: null, providerId: null, deliveredAt: null, maxRetries: 3 },
  ...changes,
})

export function exerciseLooks(open: OpenDriver): void {
  describe('looks at providers', () => {
    const driver = useDriver(open)

    it('are kept in the order of their times, also over a restart, and change nothing when they found nothing out', async () => {
      const record = await settled(driver.store, 'unknown')
      const first = lookAt(record, { code: 'later', detail: 'not yet' })
      expect(await driver.store.looks.write(first)).toMatchObject({ moved: false, entry: null })
      await driver.store.looks.write(lookAt(record, { startedAt: AT, at: AT + 9 }))
      const kept = await (await driver.reopen()).looks.of(record.id)
      expect(kept).toMatchObject([
        { recordId: record.id, startedAt: AT - 50, at: AT, answer: 'unknown', code: 'later', detail: 'not yet' },
        { at: AT + 9, code: null, detail: null, attempt: 1, serviceId: SERVICE },
      ])
      expect(await driver.store.messages.get(record.id)).toMatchObject({ state: 'unknown' })
    })

    it.each([
      ['accepted', { providerId: 'p-3' }, { state: 'sent', providerId: 'p-3' }],
      ['failed', { code: '550', detail: 'gone' }, { state: 'failed', errorCode: '550', errorMessage: 'gone' }],
      ['delivered', { deliveredAt: AT - 10 }, { state: 'delivered', errorCode: null }],
    ] as const)('that say %s end a message whose outcome was unknown', async (answer, said, expected) => {
      const record = await settled(driver.store, 'unknown')
      const result = await driver.store.looks.write(lookAt(record, { answer, ...said }))
      expect(result).toMatchObject({ moved: true, entry: null, record: expected })
      expect(await driver.store.messages.get(record.id)).toMatchObject({ ...expected, finishedAt: T0 })
    })

    it('that say not found bring it back to the queue as a retry, and without one left end it as failed', async () => {
      const { looks, messages } = driver.store
      let record = await settled(driver.store, 'unknown')
      for (let retry = 1; retry <= 2; retry++) {
        const result = await looks.write(lookAt(record, { answer: 'not_found', maxRetries: 2 }))
        if (!result?.entry) throw new Error('expected it to be queued again')
        expect(result.record).toMatchObject({ state: 'queued', attempt: retry, finishedAt: null })
        const claim = await messages.claim({ entry: result.entry, serviceId: SERVICE, now: AT })
        if (claim.kind !== 'claimed') throw new Error(`expected a claim, got ${claim.kind}`)
        record = (await messages.settle(settleWrite(claim.record, 'unknown'))) ?? record
      }
      const last = await looks.write(lookAt(record, { answer: 'not_found', maxRetries: 2 }))
      expect(last).toMatchObject({ moved: true, entry: null, record: { state: 'failed', errorCode: 'not_found' } })
    })

    it('of a sent message count as its receipt, and cannot take back that it was sent', async () => {
      const { looks } = driver.store
      const [first, second] = [await settled(driver.store, 'sent'), await settled(driver.store, 'sent')]
      for (const answer of ['accepted', 'not_found', 'unknown'] as const) {
        expect(await looks.write(lookAt(first, { answer }))).toMatchObject({ moved: false, record: { state: 'sent' } })
      }
      expect(await looks.write(lookAt(first, { answer: 'delivered' }))).toMatchObject({
        record: { state: 'delivered' },
      })
      const failed = lookAt(second, { answer: 'failed', code: 'x', detail: 'y' })
      expect(await looks.write(failed)).toMatchObject({
        record: { state: 'failed', errorCode: 'x', errorMessage: 'y' },
      })
    })

    it('are kept and mean nothing when the message has moved on', async () => {
      const { looks, messages } = driver.store
      const record = await settled(driver.store, 'unknown')
      await messages.requeue(record.id, ['unknown'], AT, 'resend')
      const result = await looks.write(lookAt(record, { answer: 'failed', code: 'x', detail: 'y' }))
      expect(result).toMatchObject({ moved: false, record: { state: 'queued' } })
      expect(await looks.of(record.id)).toHaveLength(1)
      const again = await settled(driver.store, 'unknown')
      const stale = { ...again, fence: again.fence - 1 }
      expect(await looks.write(lookAt(stale, { answer: 'not_found' }))).toMatchObject({ moved: false })
      expect(await looks.write(lookAt({ ...again, id: 1 }))).toBeNull()
    })

    it('are not written once the lock was given to another', async () => {
      const record = await settled(driver.store, 'unknown')
      const fence = await fenceOf(driver.store.locks, 'lookups of a test')
      await fenceOf(driver.store.locks, 'lookups of a test')
      expect(await driver.store.looks.write(lookAt(record, { answer: 'accepted' }), fence)).toBeNull()
      expect(await driver.store.looks.of(record.id)).toEqual([])
      expect(await driver.store.messages.get(record.id)).toMatchObject({ state: 'unknown' })
    })

    it('find who is to be asked after by state, service and age, a bounded number at a time', async () => {
      const { looks } = driver.store
      const late = T0 + 900 * HOUR
      const unknown = [
        await settled(driver.store, 'unknown', { now: late }),
        await settled(driver.store, 'unknown', { now: late }),
      ]
      const sent = await settled(driver.store, 'sent', { now: late })
      const [first, second] = unknown as [MessageRecord, MessageRecord]
      await looks.write(lookAt(first, { at: late + 5 }))
      const query = { state: 'unknown', serviceIds: [SERVICE], from: late, after: first.id - 1, scan: 100 } as const
      const all = await looks.candidates(query)
      expect(all).toEqual({
        found: [
          { id: first.id, serviceId: SERVICE, finishedAt: late, lookedAt: late + 5 },
          { id: second.id, serviceId: SERVICE, finishedAt: late, lookedAt: null },
        ],
        next: null,
      })
      const page = await looks.candidates({ ...query, scan: 1 })
      expect([page.found.map(({ id }) => id), page.next]).toEqual([[first.id], first.id])
      expect((await looks.candidates({ ...query, serviceIds: [99] })).found).toEqual([])
      expect((await looks.candidates({ ...query, from: late + 1 })).found).toEqual([])
      const ofSent = await looks.candidates({ ...query, state: 'sent' })
      expect(ofSent.found.map(({ id }) => id)).toEqual([sent.id])
    })

    it('are forgotten with the traces of their time', async () => {
      const record = await settled(driver.store, 'unknown')
      await driver.store.looks.write(lookAt(record))
      const limits = { recordsBefore: 0, keysBefore: 0, keptAtMost: 1_000, actionsAtMost: 1_000, batch: 1_000 }
      await driver.store.messages.clean({ ...limits, tracesBefore: AT })
      expect(await driver.store.looks.of(record.id)).toHaveLength(1)
      await driver.store.messages.clean({ ...limits, tracesBefore: AT + 1 })
      expect(await driver.store.looks.of(record.id)).toEqual([])
    })
  })
}
