import { describe, expect, it } from 'vitest'
import { accepted, entryOf, settleWrite, T0, useDriver, type OpenDriver } from './support.ts'

export function exerciseServices(open: OpenDriver): void {
  describe('services', () => {
    const driver = useDriver(open)
    const account = {
      name: 'mail',
      channel: 'email' as const,
      adapter: 'email.smtp',
      settings: { host: 'localhost', port: 25, nested: { tls: [true, null] } },
      priority: 10,
      enabled: true,
      tags: ['marketing', '大促'],
      weight: 3,
      sendingIntervalMs: 250,
      dailyQuota: 10_000,
      quotaResetAt: '08:30',
      quotaTimeZone: 'Asia/Shanghai',
    }

    it('are kept as they were given, in order of their making, also over a restart', async () => {
      const first = await driver.store.services.insert(account, T0)
      const unheld = { paused: false, disabledBecause: null }
      expect(first).toEqual({ ...account, ...unheld, id: first.id, createdAt: T0, updatedAt: T0 })
      const second = await driver.store.services.insert({ ...account, name: 'spare', enabled: false }, T0 + 1)
      expect(await (await driver.reopen()).services.list()).toEqual([first, second])
    })

    it('are changed as a whole', async () => {
      const service = await driver.store.services.insert({ ...account, name: 'changed' }, T0)
      const change = {
        ...{ enabled: false, settings: {}, tags: [], dailyQuota: null, quotaTimeZone: null },
        ...{ paused: true, disabledBecause: 'the provider removed it' },
      }
      const after = await driver.store.services.update({ ...service, ...change }, T0 + 5)
      expect(after).toEqual({ ...service, ...change, updatedAt: T0 + 5 })
      expect(await driver.store.services.list()).toContainEqual(after)
    })

    it('are changed only as they were read: who comes second, even in the same millisecond, is told', async () => {
      const { services } = driver.store
      const service = await services.insert({ ...account, name: 'raced' }, T0)
      const first = await services.update({ ...service, paused: true }, T0)
      expect(await services.update({ ...service, weight: 7 }, T0)).toBeNull()
      expect(await services.list()).toContainEqual({ ...service, ...first, paused: true, weight: 3 })
      expect(await services.update({ ...service, ...first, weight: 7 }, T0)).toMatchObject({ paused: true, weight: 7 })
    })

    it('never share a name, and one that does not exist cannot be changed', async () => {
      await driver.store.services.insert({ ...account, name: 'only' }, T0)
      await expect(driver.store.services.insert({ ...account, name: 'only' }, T0)).rejects.toThrow(/unique/i)
      const unheld = { paused: false, disabledBecause: null }
      const missing = { ...account, ...unheld, name: 'missing', id: 999, createdAt: T0, updatedAt: T0 }
      await expect(driver.store.services.update(missing, T0)).rejects.toThrow('service 999 not found')
    })

    it('have their use of a quota counted with the claims, and get back what was certainly not sent, also over a restart', async () => {
      const { messages } = driver.store
      const day = T0 - 3_600_000
      const claimOf = async (quotaDay: number | null) => {
        const message = await accepted(driver.store)
        const claim = await messages.claim({ entry: entryOf(message), serviceId: 7, quotaDay, now: T0 })
        if (claim.kind !== 'claimed') throw new Error(`expected a claim, got ${claim.kind}`)
        return claim.record
      }
      for (const state of ['sent', 'unknown'] as const) {
        await messages.settle(settleWrite(await claimOf(day), state))
      }
      await messages.settle(settleWrite(await claimOf(day), 'failed', { quotaBack: day }))
      await messages.settle(settleWrite(await claimOf(day), 'queued', { quotaBack: day }))
      await claimOf(day)
      await claimOf(null)
      expect(await (await driver.reopen()).services.uses(T0)).toEqual([{ serviceId: 7, day, count: 3, own: 3 }])
    })

    it('forget the use of days long over', async () => {
      const message = await accepted(driver.store)
      await driver.store.messages.claim({ entry: entryOf(message), serviceId: 8, quotaDay: T0, now: T0 })
      const of = async (now: number) =>
        (await driver.store.services.uses(now)).filter(({ serviceId }) => serviceId === 8)
      expect(await of(T0 + 6 * 86_400_000)).toHaveLength(1)
      expect(await of(T0 + 8 * 86_400_000)).toEqual([])
    })
  })
}
