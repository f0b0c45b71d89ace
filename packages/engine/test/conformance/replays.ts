import { describe, expect, it } from 'vitest'
import { REMEMBERED_MS } from '../../src/messages/replays.ts'
import { MINUTE, settled, T0, useDriver, type OpenDriver } from './support.ts'

const REPLY = { status: 200, type: 'application/json', body: '{"code":0,"msg":"接收成功"}' }

export function exerciseReplays(open: OpenDriver): void {
  describe('receipts and what was answered for them', () => {
    const driver = useDriver(open)

    it('are written together: each moves its message, and a repeat is known by the answer, also after a restart', async () => {
      const { replays, messages } = driver.store
      const [first, second] = [await settled(driver.store, 'sent'), await settled(driver.store, 'sent')]
      const events = [
        { recordId: first.id, state: 'delivered' as const, at: T0 + 5 },
        { recordId: second.id, state: 'failed' as const, at: T0 + 6, code: 'UNDELIV', detail: 'phone off' },
        { recordId: 1, state: 'read' as const, at: T0 },
      ]
      const told = await replays.take(events, { key: 'k1', reply: REPLY }, T0)
      expect(told.map((each) => each && [each.moved, each.record.state])).toEqual([
        ...[[true, 'delivered'], [true, 'failed'], null],
      ])
      expect(await messages.get(second.id)).toMatchObject({ state: 'failed', errorCode: 'UNDELIV' })
      const store = await driver.reopen()
      expect(await store.replays.answered('k1', T0)).toEqual(REPLY)
      expect([await store.replays.answered('k1', T0 + 1), await store.replays.answered('k2', T0)]).toEqual([null, null])
    })

    it('without an answer are taken and leave nothing behind', async () => {
      const { id } = await settled(driver.store, 'sent')
      const told = await driver.store.replays.take([{ recordId: id, state: 'read', at: T0 }], null, T0)
      expect(told).toMatchObject([{ moved: true, record: { id, state: 'read' } }])
      expect(await driver.store.replays.take([], { key: 'k3', reply: REPLY }, T0)).toEqual([])
      expect(await driver.store.replays.answered('k3', T0)).toEqual(REPLY)
    })

    it('are not written at all when the answer cannot be', async () => {
      const { replays, messages } = driver.store
      const { id } = await settled(driver.store, 'sent')
      const unwritable = { key: 'k4', reply: { ...REPLY, body: 1n as unknown as string } }
      await expect(replays.take([{ recordId: id, state: 'read', at: T0 }], unwritable, T0)).rejects.toThrow('BigInt')
      expect(await replays.answered('k4', 0)).toBeNull()
      expect((await messages.get(id))?.state).toBe('sent')
    })

    it('are forgotten some time after, so that few are kept', async () => {
      const { replays } = driver.store
      const late = T0 + REMEMBERED_MS + MINUTE
      for (let i = 0; i < 30; i++) await replays.take([], { key: `old ${i}`, reply: REPLY }, T0 - MINUTE)
      for (let i = 0; i < 6; i++) await replays.take([], { key: `new ${i}`, reply: REPLY }, late)
      expect(await replays.answered('old 29', 0)).toBeNull()
      expect(await replays.answered('new 0', 0)).toEqual(REPLY)
    })
  })
}
