/** Seals and opens secrets. AES-256-GCM, bound to the place a secret belongs to: moved to another it does not open. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { deriveKey, keyIdOf, MasterKeyError, type KeySource } from './master-key.ts'
import type { SealedSecret, SecretStore } from './store.ts'

export interface Vault {
  readonly keyId: string
  seal(serviceId: number, field: string, secret: string): SealedSecret
  /** Throws when it was sealed under another key, in another place, or was changed. */
  open(sealed: SealedSecret): string
  /** A key of its own for a purpose that is none of secrets: signing links and the like. The same after a restart. */
  keyFor(purpose: string): Buffer
}

const CIPHER = 'aes-256-gcm'
const NONCE_BYTES = 12
const TAG_BYTES = 16

export function createVault(master: Buffer): Vault {
  const keyId = keyIdOf(master)
  const key = deriveKey(master, 'secrets')
  return {
    keyId,
    seal(serviceId, field, secret) {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES })
      cipher.setAAD(placeOf(serviceId, field))
      const ciphertext = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()])
      // Views of their own: what is cloned into another thread takes its whole buffer along.
      return { serviceId, field, keyId, nonce: new Uint8Array(nonce), ciphertext: new Uint8Array(ciphertext) }
    },
    open({ serviceId, field, nonce, ciphertext }) {
      const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES })
      decipher.setAAD(placeOf(serviceId, field))
      try {
        decipher.setAuthTag(ciphertext.subarray(-TAG_BYTES))
        const text = [decipher.update(ciphertext.subarray(0, -TAG_BYTES)), decipher.final()]
        return Buffer.concat(text).toString('utf8')
      } catch (cause) {
        throw new Error(`expected a secret sealed for ${field} of service ${serviceId}, got one that does not open`, {
          cause,
        })
      }
    },
    keyFor: (purpose) => deriveKey(master, `for/${purpose}`),
  }
}

function placeOf(serviceId: number, field: string): Buffer {
  return Buffer.from(`${serviceId}\n${field}`)
}

/** A value of ours that says which key is in force, also while there is no other secret. */
const CHECK = { serviceId: 0, field: 'check', text: 'signalbox' } as const

export interface OpenedVault {
  vault: Vault
  /** Of services. */
  sealed: SealedSecret[]
}

/**
 * Opens what is sealed in the store with the key that is in force, or makes the first one. Throws `MasterKeyError` when there
 * is none that opens it.
 */
export async function openVault(store: SecretStore, keys: KeySource): Promise<OpenedVault> {
  const all = await store.list()
  const sealed = all.filter(({ serviceId }) => serviceId !== CHECK.serviceId)
  const given = keys.read()
  const witness = all[0]
  const master = witness ? inForce(witness.keyId, given, keys.where) : (given[0] ?? keys.create())
  keys.settle(master)
  const vault = createVault(master)
  // Another node may have come before us, with a key of its own.
  const check = await store.putFirst(vault.seal(CHECK.serviceId, CHECK.field, CHECK.text))
  for (const each of [check, ...sealed])
    if (each.keyId !== vault.keyId) throw notOpened(each.keyId, [master], keys.where)
  if (vault.open(check) !== CHECK.text)
    throw new MasterKeyError('expected the check of the store to be ours, got another')
  return { vault, sealed }
}

function inForce(keyId: string, given: readonly Buffer[], where: string): Buffer {
  const master = given.find((each) => keyIdOf(each) === keyId)
  if (master) return master
  throw notOpened(keyId, given, where)
}

function notOpened(keyId: string, given: readonly Buffer[], where: string): MasterKeyError {
  const got = given.length === 0 ? 'none' : given.map((each) => `key ${keyIdOf(each)}`).join(' and ')
  return new MasterKeyError(
    `expected the master key with which the secrets of this store are sealed, key ${keyId}, got ${got} in ${where}. ` +
      'Give that key back. If it is lost, start once with --forget-secrets: it removes the secrets of all services, which then are to be entered anew',
  )
}

/**
 * Seals everything anew under the next key, in one transaction. Interrupted before it nothing has changed, and after it the
 * next start finds the new key in force (`KeySource.read`). Gives the number of secrets.
 */
export async function rotateMasterKey(
  store: SecretStore,
  keys: KeySource,
): Promise<{ keyId: string; secrets: number }> {
  const { vault: old, sealed } = await openVault(store, keys)
  const master = keys.next()
  const vault = createVault(master)
  const anew = [
    vault.seal(CHECK.serviceId, CHECK.field, CHECK.text),
    ...sealed.map((each) => vault.seal(each.serviceId, each.field, old.open(each))),
  ]
  if (!(await store.replaceAll(anew, old.keyId))) {
    throw new MasterKeyError(
      'expected secrets that nobody else changes meanwhile, got changed ones: nothing was changed',
    )
  }
  keys.settle(master)
  return { keyId: vault.keyId, secrets: sealed.length }
}

/** Removes every secret, and with them what binds the store to its key. Gives the number of those of services. */
export async function forgetSecrets(store: SecretStore): Promise<number> {
  const all = await store.list()
  await store.clear()
  return all.filter(({ serviceId }) => serviceId !== CHECK.serviceId).length
}
