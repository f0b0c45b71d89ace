import { describe, expect, it } from 'vitest'
import { acceptWrite, claimed, newMessage, nextId, settleWrite, T0, useDriver, type OpenDriver } from './support.ts'

export function exerciseTasks(open: OpenDriver): void {
  describe('tasks', () => {
    const driver = useDriver(open)

    it('are counted with every move of their messages, and kept over a restart', async () => {
      const id = nextId()
      const messages = Array.from({ length: 4 }, () => newMessage({ taskId: id, flow: `task:${id}` }))
      const task = { id, templateId: 1, channel: 'sms' as const, total: 4, priority: 5 }
      await driver.store.messages.accept(acceptWrite(messages, { task }))
      const untouched = { id, total: 4, createdAt: T0, firstClaimedAt: null, waitMsSum: 0, waitCount: 0, updatedAt: T0 }
      expect(await driver.store.tasks.get(id)).toEqual({ ...untouched, counts: { queued: 4 } })

      const [first, second, third] = messages as [(typeof messages)[0], (typeof messages)[0], (typeof messages)[0]]
      const record = await claimed(driver.store, first, T0 + 100)
      await claimed(driver.store, second, T0 + 300)
      await driver.store.messages.settle(settleWrite(record, 'failed', { now: T0 + 400 }))
      await driver.store.messages.cancel(third.id, T0 + 500)
      const touched = { firstClaimedAt: T0 + 100, waitMsSum: 400, waitCount: 2, updatedAt: T0 + 500 }
      const { counts, ...rest } = (await (await driver.reopen()).tasks.get(id)) ?? { counts: {} }
      expect(rest).toEqual({ ...untouched, ...touched })
      expect(Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0))).toEqual({
        queued: 1,
        sending: 1,
        failed: 1,
        cancelled: 1,
      })
    })

    it('count the wait of a message once, however often it is tried', async () => {
      const id = nextId()
      const message = newMessage({ taskId: id })
      const task = { id, templateId: 1, channel: 'sms' as const, total: 1, priority: 5 }
      await driver.store.messages.accept(acceptWrite([message], { task }))
      await driver.store.messages.settle(settleWrite(await claimed(driver.store, message, T0 + 10), 'failed'))
      await driver.store.messages.requeue(message.id, ['failed'], T0 + 20, 'retry')
      await claimed(driver.store, message, T0 + 5_000)
      expect(await driver.store.tasks.get(id)).toMatchObject({ waitMsSum: 10, waitCount: 1, firstClaimedAt: T0 + 10 })
    })

    it('are null when they do not exist', async () => {
      expect(await driver.store.tasks.get(1)).toBeNull()
    })
  })
}
