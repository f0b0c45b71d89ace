import { describe, expect, it } from 'vitest'
import { T0, useDriver, type OpenDriver } from './support.ts'

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
    }

    it('are kept as they were given, in order of their making, also over a restart', async () => {
      const first = await driver.store.services.insert(account, T0)
      expect(first).toEqual({ ...account, id: first.id, createdAt: T0, updatedAt: T0 })
      const second = await driver.store.services.insert({ ...account, name: 'spare', enabled: false }, T0 + 1)
      expect(await (await driver.reopen()).services.list()).toEqual([first, second])
    })

    it('are changed as a whole', async () => {
      const service = await driver.store.services.insert({ ...account, name: 'changed' }, T0)
      const after = await driver.store.services.update({ ...service, enabled: false, settings: {} }, T0 + 5)
      expect(after).toEqual({ ...service, enabled: false, settings: {}, updatedAt: T0 + 5 })
      expect(await driver.store.services.list()).toContainEqual(after)
    })

    it('never share a name, and one that does not exist cannot be changed', async () => {
      await driver.store.services.insert({ ...account, name: 'only' }, T0)
      await expect(driver.store.services.insert({ ...account, name: 'only' }, T0)).rejects.toThrow(/unique/i)
      const missing = { ...account, name: 'missing', id: 999, createdAt: T0, updatedAt: T0 }
      await expect(driver.store.services.update(missing, T0)).rejects.toThrow('service 999 not found')
    })
  })
}
