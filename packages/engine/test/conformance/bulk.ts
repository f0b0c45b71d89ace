import { describe, expect, it } from 'vitest'
import type { BulkRecord } from '../../src/messages/bulk-store.ts'
import { accepted, nextId, settled, T0, useDriver, type OpenDriver } from './support.ts'

export function exerciseBulk(open: OpenDriver): void {
  describe('bulk actions', () => {
    const driver = useDriver(open)

    async function begun(changes: Partial<BulkRecord> = {}): Promise<BulkRecord> {
      const record: BulkRecord = {
        ...{ id: nextId(), action: 'retry', filter: { status: ['failed'], channel: 'sms' }, note: 'why', by: 'Ada' },
        ...{ state: 'running', total: 3, moved: 0, skipped: 0, nextBefore: 900, startedAt: T0, finishedAt: null },
        ...{ problem: null, undoes: null, undone: false, interruptions: 0 },
        ...changes,
      }
      expect(await driver.store.bulk.begin(record)).toBe(true)
      return record
    }

    it('stand on disk as they were begun, newest first', async () => {
      const first = await begun()
      const second = await begun({ action: 'cancel', by: null, nextBefore: null })
      const store = await driver.reopen()
      expect(await store.bulk.get(first.id)).toEqual(first)
      expect(await store.bulk.list(2)).toEqual([second, first])
      expect(await store.bulk.get(1)).toBeNull()
      await store.bulk.end(first.id, 'stopped', null, T0)
      await store.bulk.end(second.id, 'stopped', null, T0)
    })

    it('note with each step where they stand, what it moved and what had moved on', async () => {
      const [failed, sent] = [await settled(driver.store, 'failed'), await settled(driver.store, 'sent')]
      const { id } = await begun()
      const { bulk } = driver.store
      const step = { id, action: 'retry' as const, note: '', ids: [failed.id, sent.id, 7], nextBefore: 5, now: T0 }
      expect(await bulk.step(step)).toMatchObject([
        { kind: 'requeued', record: { id: failed.id, state: 'queued' }, entry: { id: failed.id } },
      ])
      expect(await bulk.get(id)).toMatchObject({ state: 'running', moved: 1, skipped: 2, nextBefore: 5 })
      expect(await bulk.moved(id, Number.MAX_SAFE_INTEGER, 10)).toEqual([failed.id])
      await bulk.end(id, 'failed', 'no room', T0 + 5)
      expect(await bulk.get(id)).toMatchObject({ state: 'failed', problem: 'no room', finishedAt: T0 + 5 })
    })

    it('move nothing when a step cannot be made as a whole', async () => {
      const failed = await settled(driver.store, 'failed')
      const { id } = await begun()
      const { bulk, messages } = driver.store
      // Refused by the store itself, after the messages of the step.
      const nextBefore = {} as unknown as number
      await expect(bulk.step({ id, action: 'retry', note: '', ids: [failed.id], nextBefore, now: T0 })).rejects.toThrow(
        /./,
      )
      expect((await messages.get(failed.id))?.state).toBe('failed')
      expect(await bulk.get(id)).toMatchObject({ moved: 0, nextBefore: 900 })
      await bulk.end(id, 'stopped', null, T0)
    })

    it('account for their total at the end, which comes once', async () => {
      const { id } = await begun()
      const { bulk } = driver.store
      expect(await bulk.end(id, 'done', null, T0)).toMatchObject({ state: 'done', moved: 0, skipped: 3 })
      expect(await bulk.end(id, 'failed', 'late', T0)).toBeNull()
    })

    it('make no step once they have ended, whoever ended them', async () => {
      const failed = await settled(driver.store, 'failed')
      const { id } = await begun()
      const { bulk, messages } = driver.store
      await bulk.end(id, 'stopped', null, T0)
      const step = { id, action: 'retry' as const, note: '', ids: [failed.id], nextBefore: 5, now: T0 }
      expect(await bulk.step(step)).toBeNull()
      expect((await messages.get(failed.id))?.state).toBe('failed')
      expect(await bulk.get(id)).toMatchObject({ state: 'stopped', moved: 0, nextBefore: 900 })
    })

    it('that run are given after a restart, and count it', async () => {
      const { id } = await begun()
      const store = await driver.reopen()
      const other = await begun({ nextBefore: 5 })
      expect(await store.bulk.running()).toMatchObject([
        { id, interruptions: 0 },
        { id: other.id, nextBefore: 5 },
      ])
      expect(await store.bulk.interrupted(id)).toMatchObject({ id, interruptions: 1 })
      expect(await store.bulk.interrupted(id)).toMatchObject({ id, interruptions: 2 })
      await store.bulk.end(id, 'stopped', null, T0)
      expect(await store.bulk.interrupted(id)).toBeNull()
      expect(await store.bulk.running()).toMatchObject([{ id: other.id, interruptions: 0 }])
      await store.bulk.end(other.id, 'stopped', null, T0)
      expect(await store.bulk.running()).toEqual([])
    })

    it('are taken back once, and not while they run', async () => {
      const { id } = await begun()
      const { bulk } = driver.store
      const undo = { ...(await begun({ total: 0 })), undoes: id }
      await bulk.end(undo.id, 'done', null, T0)
      expect(await bulk.begin({ ...undo, id: nextId() })).toBe(false)
      await bulk.end(id, 'done', null, T0)
      const taken = { ...undo, id: nextId() }
      expect(await bulk.begin(taken)).toBe(true)
      expect(await bulk.get(id)).toMatchObject({ undone: true })
      expect(await bulk.begin({ ...undo, id: nextId() })).toBe(false)
      await bulk.end(taken.id, 'done', null, T0)
    })

    it('cancel what waits, whether it is ready or has its time still to come', async () => {
      const ready = await accepted(driver.store)
      const later = await accepted(driver.store, { dueAt: T0 + 1_000 })
      const { id } = await begun({ action: 'cancel' })
      const step = { id, action: 'cancel' as const, note: '', ids: [later.id, ready.id], nextBefore: null, now: T0 }
      expect(await driver.store.bulk.step(step)).toMatchObject([
        { kind: 'cancelled', record: { id: later.id, state: 'cancelled' }, wasDelayed: true },
        { kind: 'cancelled', record: { id: ready.id, state: 'cancelled' }, wasDelayed: false },
      ])
      await driver.store.bulk.end(id, 'done', null, T0)
    })

    it('that have ended are forgotten beyond so many, with what they moved; those that run are kept', async () => {
      const failed = await settled(driver.store, 'failed')
      const running = await begun()
      const old = await begun()
      const { bulk, messages } = driver.store
      await bulk.step({ id: old.id, action: 'retry', note: '', ids: [failed.id], nextBefore: null, now: T0 })
      await bulk.end(old.id, 'done', null, T0)
      const kept = await begun()
      await bulk.end(kept.id, 'done', null, T0)
      const limits = { tracesBefore: 0, recordsBefore: 0, keysBefore: 0, keptAtMost: 10, actionsAtMost: 1, batch: 1 }
      while ((await messages.clean(limits)) !== 0) expect(await bulk.get(kept.id)).not.toBeNull()
      expect((await bulk.list(10)).map(({ id }) => id)).toEqual([kept.id, running.id])
      expect(await bulk.moved(old.id, Number.MAX_SAFE_INTEGER, 10)).toEqual([])
      await bulk.end(running.id, 'done', null, T0)
    })
  })
}
