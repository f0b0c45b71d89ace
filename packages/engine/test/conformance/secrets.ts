import { beforeEach, describe, expect, it } from 'vitest'
import type { SealedSecret } from '../../src/secrets/store.ts'
import type { ServiceInput } from '../../src/services/services.ts'
import { T0, useDriver, type OpenDriver } from './support.ts'

const bytes = (...values: number[]) => new Uint8Array(values)

function sealed(serviceId: number, field: string, changes: Partial<SealedSecret> = {}): SealedSecret {
  return { serviceId, field, keyId: 'first', nonce: bytes(1, 2, 0, 255), ciphertext: bytes(9, 0, 8), ...changes }
}

/** What a store gives may be a buffer of any kind. */
const plain = (secrets: readonly SealedSecret[]) =>
  secrets.map((each) => ({ ...each, nonce: [...each.nonce], ciphertext: [...each.ciphertext] }))

const account: ServiceInput = {
  ...{ name: 'mail', channel: 'email', adapter: 'email.smtp', settings: {}, priority: 10, enabled: true, tags: [] },
  ...{ weight: 1, sendingIntervalMs: 0, dailyQuota: null, quotaResetAt: '00:00', quotaTimeZone: null },
}

export function exerciseSecrets(open: OpenDriver): void {
  describe('sealed secrets', () => {
    const driver = useDriver(open)
    const listed = async () => plain(await driver.store.secrets.list())
    beforeEach(() => driver.store.secrets.clear())

    it('are kept to the byte, in order, also over a restart', async () => {
      const all = [sealed(0, 'check'), sealed(2, 'password'), sealed(2, 'token', { ciphertext: bytes() })]
      for (const each of all.toReversed()) await driver.store.secrets.putFirst(each)
      expect(plain(await (await driver.reopen()).secrets.list())).toEqual(plain(all))
    })

    it('are not overwritten by who comes second, who learns what is there', async () => {
      const first = sealed(0, 'check')
      await driver.store.secrets.putFirst(first)
      const there = await driver.store.secrets.putFirst(sealed(0, 'check', { keyId: 'second' }))
      expect(plain([there])).toEqual(plain([first]))
      expect(await listed()).toEqual(plain([first]))
    })

    it('are replaced together', async () => {
      for (const field of ['a', 'b']) await driver.store.secrets.putFirst(sealed(1, field))
      const anew = ['a', 'b'].map((field) => sealed(1, field, { keyId: 'next', ciphertext: bytes(7) }))
      expect(await driver.store.secrets.replaceAll(anew, 'first')).toBe(true)
      expect(await listed()).toEqual(plain(anew))
    })

    it.each([
      ['one of them has another key', sealed(1, 'b', { keyId: 'other' }), 2],
      ['there is one more', sealed(1, 'b'), 1],
    ])('are not replaced when %s', async (_why, second, count) => {
      const before = [sealed(1, 'a'), second]
      for (const each of before) await driver.store.secrets.putFirst(each)
      const anew = ['a', 'b'].slice(0, count).map((field) => sealed(1, field, { keyId: 'next' }))
      expect(await driver.store.secrets.replaceAll(anew, 'first')).toBe(false)
      expect(await listed()).toEqual(plain(before))
    })

    it('are written and removed with their service, and only with it', async () => {
      const { services } = driver.store
      const id = await services.reserveId()
      const [a, b] = [sealed(id, 'a'), sealed(id, 'b')]
      const both = [a, b].map((each) => ({ field: each.field, sealed: each }))
      const service = await services.insert({ ...account, name: 'with secrets', id }, T0, both)
      expect(service.id).toBe(id)
      expect(await listed()).toEqual(plain([a, b]))

      const next = sealed(id, 'a', { ciphertext: bytes(3) })
      const changes = [
        { field: 'a', sealed: next },
        { field: 'b', sealed: null },
      ]
      const changed = await services.update(service, T0, changes)
      expect(await listed()).toEqual(plain([next]))
      expect(await services.update(service, T0, [{ field: 'a', sealed: null }])).toBeNull()
      expect(await services.update({ ...service, ...changed }, T0)).not.toBeNull()
      expect(await listed()).toEqual(plain([next]))

      const other = await services.reserveId()
      const refused = services.insert({ ...account, name: 'with secrets', id: other }, T0, [
        { field: 'a', sealed: sealed(other, 'a') },
      ])
      await expect(refused).rejects.toThrow(/unique/i)
      await expect(services.update({ ...service, id: 999 }, T0, [{ field: 'a', sealed: null }])).rejects.toThrow(
        'service 999 not found',
      )
      expect(await listed()).toEqual(plain([next]))
    })

    it('are kept for ids that nobody else is given', async () => {
      const { services } = driver.store
      const reserved = await Promise.all([services.reserveId(), services.reserveId()])
      const inserted = await services.insert({ ...account, name: 'third' }, T0)
      expect(new Set([...reserved, inserted.id]).size).toBe(3)
    })
  })
}
