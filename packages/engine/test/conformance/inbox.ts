import { describe, expect, it } from 'vitest'
import { accepted, claimed, HOUR, MINUTE, settled, settleWrite, T0, useDriver, type OpenDriver } from './support.ts'

export function exerciseInbox(open: OpenDriver): void {
  describe('inboxes of users', () => {
    const driver = useDriver(open)
    const newEntry = (recordId: number, user: string, changes: { keepAtMost?: number; expiresAt?: number } = {}) => ({
      ...{ recordId, user, title: `Title “${user}”`, text: 'Hello', expiresAt: T0 + HOUR, ackTimeoutMs: 5_000 },
      ...{ keepAtMost: 100, ...changes },
    })
    const put = (...args: Parameters<typeof newEntry>) => driver.store.inbox.put(newEntry(...args), T0)
    /** So many messages, sent, each in the inbox. */
    async function filled(user: string, count: number, changes = {}): Promise<number[]> {
      const ids: number[] = []
      for (let i = 0; i < count; i++) {
        const { id } = await settled(driver.store, 'sent')
        await put(id, user, changes)
        ids.push(id)
      }
      return ids
    }
    const after = (user: string, since = 0, limit = 100, now = T0) => driver.store.inbox.after(user, since, limit, now)
    const seqsAfter = async (...args: Parameters<typeof after>) => (await after(...args)).entries.map(({ seq }) => seq)
    const stateOf = async (id: number | undefined) => {
      const record = await driver.store.messages.get(id ?? 0)
      return `${record?.state} ${record?.errorCode}`
    }
    const receiptsOf = async (id: number | undefined) => (await driver.store.traces.get(id ?? 0)).receipts

    it('tell of several at once how far they go, and what was read lately', async () => {
      const { read, news } = driver.store.inbox
      await filled('pia', 3)
      await filled('quy', 1)
      await read('pia', [1], 'phone', T0 + 1_000)
      await read('pia', [2, 3], 'phone', T0 + 5_000)
      const told = (await news(['pia', 'quy', 'nobody'], T0 + 5_000)).toSorted((a, b) => a.user.localeCompare(b.user))
      expect(told).toEqual([
        { user: 'pia', lastSeq: 3, read: [2, 3] },
        { user: 'quy', lastSeq: 1, read: [] },
      ])
    })

    it('number what comes to each user without a gap, also of many at once and after a restart', async () => {
      const ids = Array.from({ length: 6 }, (_, i) => 9_000 + i)
      const users = ['ada', 'bob', 'ada', 'ada', 'bob', 'ada']
      const all = await Promise.all(ids.map((id, i) => put(id, users[i] ?? '')))
      expect(all.map(({ entry }) => entry.seq)).toEqual([1, 1, 2, 3, 2, 4])
      await driver.reopen()
      expect((await put(9_010, 'ada')).entry.seq).toBe(5)
      const page = await after('ada')
      expect(page).toMatchObject({ upTo: 5, lastSeq: 5 })
      const { keepAtMost: _kept, ...first } = newEntry(9_000, 'ada')
      expect(page.entries[0]).toEqual({ ...first, seq: 1, at: T0, read: false })
      expect(await after('nobody', 7)).toEqual({ entries: [], upTo: 7, lastSeq: 0 })
    })

    it('have one place for a message, however often it is put there', async () => {
      await put(9_100, 'cyd')
      const again = await put(9_100, 'cyd')
      expect(again).toMatchObject({ repeated: true, entry: { seq: 1 } })
      expect(await after('cyd')).toMatchObject({ lastSeq: 1 })
      expect(await driver.store.inbox.find(9_100)).toEqual({ user: 'cyd', seq: 1 })
      expect(await driver.store.inbox.find(9_101)).toBeNull()
    })

    it('are read page by page, each saying up to where nothing is left out', async () => {
      for (let id = 9_200; id < 9_205; id++) await put(id, 'dan')
      expect(await after('dan', 1, 2)).toMatchObject({ upTo: 3, lastSeq: 5, entries: [{ seq: 2 }, { seq: 3 }] })
      expect(await after('dan', 3, 2)).toMatchObject({ upTo: 5, lastSeq: 5 })
      expect(await after('dan', 5, 2)).toEqual({ entries: [], upTo: 5, lastSeq: 5 })
    })

    it('turn what a device has taken into one receipt each, that of the first device', async () => {
      const ids = await filled('eve', 3)
      const moved = await driver.store.inbox.delivered('eve', 2, 'phone', T0 + 1)
      expect(moved.map(({ id, state }) => [id, state])).toEqual([
        [ids[0], 'delivered'],
        [ids[1], 'delivered'],
      ])
      expect(await driver.store.inbox.delivered('eve', 2, 'tablet', T0 + 2)).toEqual([])
      expect(await driver.store.inbox.delivered('eve', 1, 'tablet', T0 + 2)).toEqual([])
      // More than there is: nothing is taken on credit.
      expect(await driver.store.inbox.delivered('eve', 1_000, 'tablet', T0 + 3)).toHaveLength(1)
      expect(await receiptsOf(ids[0])).toEqual([expect.objectContaining({ state: 'delivered', detail: 'phone' })])
      expect(await receiptsOf(ids[2])).toEqual([expect.objectContaining({ state: 'delivered', detail: 'tablet' })])
      await driver.reopen()
      expect(await driver.store.inbox.delivered('eve', 1_000, 'tablet', T0 + 4)).toEqual([])
      const [id] = await filled('eve', 1)
      expect(await stateOf(id)).toBe('sent null')
    })

    it('say who read what, once, and show it to every device', async () => {
      const ids = await filled('fay', 2)
      const done = await driver.store.inbox.read('fay', [2, 7], 'phone', T0 + 1)
      expect(done).toMatchObject({ seqs: [2], moved: [{ id: ids[1], state: 'read' }] })
      expect(await driver.store.inbox.read('fay', [2], 'tablet', T0 + 2)).toEqual({ seqs: [], moved: [] })
      expect(await driver.store.inbox.read('bob', [2], 'phone', T0 + 2)).toMatchObject({ moved: [] })
      expect((await after('fay')).entries.map(({ read }) => read)).toEqual([false, true])
      // Delivered comes late and takes nothing back.
      await driver.store.inbox.delivered('fay', 2, 'phone', T0 + 3)
      expect(await stateOf(ids[1])).toBe('read null')
    })

    it('keep a receipt for a message that is still being sent', async () => {
      const record = await claimed(driver.store, await accepted(driver.store))
      await put(record.id, 'gus')
      expect(await driver.store.inbox.delivered('gus', 1, 'phone', T0)).toEqual([])
      expect(await driver.store.messages.settle(settleWrite(record, 'sent'))).toMatchObject({ state: 'delivered' })
    })

    it('keep the newest, and what is displaced has failed unless a device had it', async () => {
      const ids = await filled('hal', 3, { keepAtMost: 3 })
      await driver.store.inbox.delivered('hal', 1, 'phone', T0)
      const { moved } = await put((await settled(driver.store, 'sent')).id, 'hal', { keepAtMost: 2 })
      expect(moved.map(({ id }) => id)).toEqual([ids[1]])
      expect(await seqsAfter('hal')).toEqual([3, 4])
      expect(await stateOf(ids[0])).toBe('delivered null')
      expect(await stateOf(ids[1])).toBe('failed inbox_full')
    })

    it('give nothing that has expired, and remove it, so many at once, as failed unless a device had it', async () => {
      const ids = await filled('ivy', 3, { expiresAt: T0 + MINUTE })
      await filled('ivy', 1)
      await driver.store.inbox.read('ivy', [2], 'phone', T0)
      expect(await after('ivy', 0, 100, T0 + MINUTE)).toMatchObject({ upTo: 4, entries: [{ seq: 4 }] })
      expect(await driver.store.inbox.expire(T0 + MINUTE - 1, 10)).toEqual({ removed: 0, moved: [] })
      const first = await driver.store.inbox.expire(T0 + MINUTE, 2)
      const rest = await driver.store.inbox.expire(T0 + MINUTE, 2)
      expect([first.removed, rest.removed]).toEqual([2, 1])
      expect([...first.moved, ...rest.moved].map(({ id }) => id)).toEqual([ids[0], ids[2]])
      expect(await stateOf(ids[0])).toBe('failed inbox_expired')
      expect(await stateOf(ids[1])).toBe('read null')
      expect(await seqsAfter('ivy')).toEqual([4])
    })
  })
}
