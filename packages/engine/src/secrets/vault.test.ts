import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { givenKey, keyIdOf, MasterKeyError, parseMasterKey } from './master-key.ts'
import type { SealedSecret, SecretStore } from './store.ts'
import { createVault, openVault, rotateMasterKey } from './vault.ts'

const MASTER = Buffer.alloc(32, 7)
const OTHER = Buffer.alloc(32, 8)
const vault = createVault(MASTER)

describe('a sealed secret', () => {
  it('opens to what was sealed, and is never sealed to the same twice', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), fc.nat(), fc.string(), (secret, serviceId, field) => {
        const [once, again] = [vault.seal(serviceId, field, secret), vault.seal(serviceId, field, secret)]
        expect(vault.open(once)).toBe(secret)
        expect(Buffer.from(once.ciphertext)).not.toEqual(Buffer.from(again.ciphertext))
        expect(once.ciphertext.length).toBe(Buffer.byteLength(secret) + 16)
      }),
    )
  })

  it('opens nowhere else, under no other key, and not with a bit changed', () => {
    const sealed = vault.seal(3, 'password', 'hunter2')
    const elsewhere: Partial<SealedSecret>[] = [{ serviceId: 4 }, { field: 'token' }, { serviceId: 0 }]
    for (const change of elsewhere) expect(() => vault.open({ ...sealed, ...change })).toThrow(/does not open/)
    expect(() => createVault(OTHER).open(sealed)).toThrow(/does not open/)
    fc.assert(
      fc.property(fc.constantFrom('nonce' as const, 'ciphertext' as const), fc.nat(), fc.nat(7), (part, at, bit) => {
        const flipped = new Uint8Array(sealed[part])
        const place = at % flipped.length
        flipped[place] = (flipped[place] as number) ^ (1 << bit)
        expect(() => vault.open({ ...sealed, [part]: flipped })).toThrow(/does not open/)
      }),
    )
    for (const length of [0, 15, 22]) {
      expect(() => vault.open({ ...sealed, ciphertext: sealed.ciphertext.slice(0, length) })).toThrow(/does not open/)
    }
  })

  it('opens only where its place is spelt the same: no field reaches into the next', () => {
    const sealed = vault.seal(1, '1\npassword', 'x')
    expect(() => vault.open({ ...sealed, serviceId: 1, field: 'password' })).toThrow(/does not open/)
    expect(() => vault.open(vault.seal(11, 'a', 'x'))).not.toThrow()
    expect(() => vault.open({ ...vault.seal(11, 'a', 'x'), serviceId: 1, field: '1a' })).toThrow(/does not open/)
  })
})

describe('keys of other purposes', () => {
  it('differ by purpose and by master key, and are the same each time', () => {
    const key = vault.keyFor('unsubscribe')
    expect(key).toHaveLength(32)
    expect(createVault(MASTER).keyFor('unsubscribe')).toEqual(key)
    for (const other of [vault.keyFor('session'), createVault(OTHER).keyFor('unsubscribe'), MASTER]) {
      expect(other).not.toEqual(key)
    }
  })
})

describe('a master key in base64', () => {
  it.each([MASTER.toString('base64'), `${MASTER.toString('base64')}\n`, MASTER.toString('base64url')])('%j', (text) => {
    expect(parseMasterKey(text, 'MASTER_KEY')).toEqual(MASTER)
  })

  it.each([
    ['c2hvcnQ=', /^expected MASTER_KEY to be 32 bytes in base64, got 5 bytes; make one with/],
    ['', /got 0 bytes/],
    [Buffer.alloc(33).toString('base64'), /got 33 bytes/],
    ['correct horse battery staple', /got something else/],
  ])('is not %j', (text, message) => {
    expect(() => parseMasterKey(text, 'MASTER_KEY')).toThrow(message)
    expect(() => parseMasterKey(text, 'MASTER_KEY')).toThrow(MasterKeyError)
  })

  it('is named without being told', () => {
    expect(keyIdOf(MASTER)).toMatch(/^[0-9a-f]{16}$/)
    expect(keyIdOf(MASTER)).not.toBe(keyIdOf(OTHER))
    expect(MASTER.toString('hex')).not.toContain(keyIdOf(MASTER))
  })
})

/** A store whose promises are kept by a list. */
function memoryStore(secrets: SealedSecret[] = []): SecretStore & { secrets: SealedSecret[] } {
  return {
    secrets,
    list: async () => [...secrets],
    async putFirst(secret) {
      const there = secrets.find(({ serviceId, field }) => serviceId === secret.serviceId && field === secret.field)
      if (!there) secrets.unshift(secret)
      return there ?? secret
    },
    async replaceAll(anew, keyId) {
      if (secrets.length !== anew.length || secrets.some((each) => each.keyId !== keyId)) return false
      secrets.splice(0, Infinity, ...anew)
      return true
    },
    async clear() {
      secrets.splice(0)
    },
  }
}

const base64 = (key: Buffer) => key.toString('base64')

describe('a store of secrets', () => {
  it('is opened with the key it was first opened with, and with no other, also when it is empty', async () => {
    const store = memoryStore()
    await openVault(store, givenKey(base64(MASTER), 'MASTER_KEY'))
    expect((await openVault(store, givenKey(base64(MASTER), 'MASTER_KEY'))).vault.keyId).toBe(vault.keyId)
    const wrong = openVault(store, givenKey(base64(OTHER), 'MASTER_KEY'))
    await expect(wrong).rejects.toThrow(MasterKeyError)
    await expect(wrong).rejects.toThrow(
      `sealed, key ${vault.keyId}, got key ${keyIdOf(OTHER)} in MASTER_KEY. Give that key back. If it is lost`,
    )
  })

  it('does not get a second key where the check is gone, or secrets of two keys lie side by side', async () => {
    const without = memoryStore([vault.seal(1, 'a', 'x')])
    await expect(openVault(without, givenKey(base64(OTHER), 'MASTER_KEY'))).rejects.toThrow(MasterKeyError)
    const mixed = memoryStore([vault.seal(1, 'a', 'x'), createVault(OTHER).seal(1, 'b', 'x')])
    await expect(openVault(mixed, givenKey(base64(MASTER), 'MASTER_KEY'))).rejects.toThrow(MasterKeyError)
  })

  it('is sealed anew under another key', async () => {
    const store = memoryStore([vault.seal(1, 'a', 'x'), vault.seal(2, 'b', 'y')])
    const next = { base64: base64(OTHER), where: 'MASTER_KEY_NEXT' }
    const done = await rotateMasterKey(store, givenKey(base64(MASTER), 'MASTER_KEY', next))
    expect(done).toEqual({ keyId: keyIdOf(OTHER), secrets: 2 })
    const { vault: after, sealed } = await openVault(store, givenKey(base64(OTHER), 'MASTER_KEY'))
    expect(sealed.map((each) => after.open(each))).toEqual(['x', 'y'])
    await expect(openVault(store, givenKey(base64(MASTER), 'MASTER_KEY'))).rejects.toThrow(MasterKeyError)
  })

  it('is left alone when it changes while it is sealed anew', async () => {
    const store = memoryStore([vault.seal(1, 'a', 'x')])
    const racing: SecretStore = { ...store, replaceAll: async () => false }
    const next = { base64: base64(OTHER), where: 'MASTER_KEY_NEXT' }
    await expect(rotateMasterKey(racing, givenKey(base64(MASTER), 'MASTER_KEY', next))).rejects.toThrow(
      /nothing was changed/,
    )
    expect((await openVault(store, givenKey(base64(MASTER), 'MASTER_KEY'))).sealed).toHaveLength(1)
  })
})
