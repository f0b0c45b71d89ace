import { describe, expect, it } from 'vitest'
import type { Entry } from '../../src/queue/store.ts'
import { idsIn, nextId, T0, useDriver, type OpenDriver } from './support.ts'

export function exerciseJobs(open: OpenDriver): void {
  describe('jobs', () => {
    const driver = useDriver(open)
    const newEntry = (): Entry => ({ queue: 'notification', priority: 5, lane: 'notification', id: nextId() })
    const ready = async () =>
      await idsIn(driver.store, { queue: 'notification', priority: 5, lane: 'notification' }, 0, 100)
    async function inserted(dueAt = T0): Promise<Entry> {
      const entry = newEntry()
      await driver.store.jobs.insert(entry, '{"text":"disk full"}', dueAt, T0)
      return entry
    }

    it('stand in the queue with their payload, and count each beginning', async () => {
      const entry = await inserted()
      expect(await ready()).toEqual([entry.id])
      expect(await driver.store.jobs.begin(entry)).toEqual({
        id: entry.id,
        payload: '{"text":"disk full"}',
        attempt: 1,
      })
      expect(await driver.store.jobs.begin(entry)).toMatchObject({ attempt: 2 })
      await driver.store.jobs.complete(entry)
    })

    it('are gone when they are complete', async () => {
      const entry = await inserted()
      await driver.store.jobs.begin(entry)
      await driver.store.jobs.complete(entry)
      expect(await ready()).toEqual([])
      expect(await driver.store.jobs.begin(entry)).toBeNull()
    })

    it('are handed out again when a crash comes before their end', async () => {
      const entry = await inserted()
      await driver.store.jobs.begin(entry)
      await driver.reopen()
      expect(await ready()).toEqual([entry.id])
      expect(await driver.store.jobs.begin(entry)).toMatchObject({ attempt: 2 })
      await driver.store.jobs.complete(entry)
    })

    it('wait for their time, at first and after a failure', async () => {
      const entry = await inserted(T0 + 1_000)
      expect(await ready()).toEqual([])
      expect((await driver.store.queue.promote(T0 + 1_000, 10)).entries).toEqual([entry])
      await driver.store.jobs.begin(entry)
      await driver.store.jobs.fail(entry, 'nobody listens', T0 + 2_000, T0 + 1_000)
      expect(await ready()).toEqual([])
      expect(await driver.store.queue.promote(T0 + 2_000, 10)).toMatchObject({
        entries: [entry],
        records: [],
        nextDueAt: null,
      })
      await driver.store.jobs.complete(entry)
    })

    it('stay for inspection when they have failed for good, and are handed out no more', async () => {
      const entry = await inserted()
      await driver.store.jobs.begin(entry)
      await driver.store.jobs.fail(entry, 'nobody listens', null, T0 + 5)
      expect(await ready()).toEqual([])
      expect(await driver.store.queue.delayed()).toEqual([])
      expect(await driver.sql(`SELECT error, failed_at, attempt FROM jobs WHERE id = ${entry.id}`)).toEqual([
        { error: 'nobody listens', failed_at: T0 + 5, attempt: 1 },
      ])
    })
  })
}
