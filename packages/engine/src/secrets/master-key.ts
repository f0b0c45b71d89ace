/** The key under which secrets are sealed. It is kept outside the database. */
import { hkdfSync } from 'node:crypto'

export const MASTER_KEY_BYTES = 32

/** Why nothing can be started with this key, and how to get out. */
export class MasterKeyError extends Error {
  override readonly name = 'MasterKeyError'
}

/** Where the key comes from. Nothing here is asynchronous: it is asked once, before anything runs. */
export interface KeySource {
  /** In words for messages: `MASTER_KEY`, `the file /data/master.key`. */
  readonly where: string
  /** None: there is no key yet. More than one: a change of keys was interrupted, and one of these is in force. */
  read(): readonly Buffer[]
  /** Makes the first key. It is on disk when this returns. */
  create(): Buffer
  /** Which of several is in force; the others are forgotten. */
  settle(key: Buffer): void
  /** The key to change to. It is on disk when this returns, beside the old one, until one of them is settled on. */
  next(): Buffer
}

/** Throws `MasterKeyError` for anything but 32 bytes in base64. `what` is the subject of the message. */
export function parseMasterKey(text: string, what: string): Buffer {
  const hint = 'make one with: openssl rand -base64 32'
  const trimmed = text.trim()
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(trimmed)) {
    throw new MasterKeyError(`expected ${what} to be ${MASTER_KEY_BYTES} bytes in base64, got something else; ${hint}`)
  }
  const key = Buffer.from(trimmed, 'base64')
  if (key.length === MASTER_KEY_BYTES) return key
  throw new MasterKeyError(
    `expected ${what} to be ${MASTER_KEY_BYTES} bytes in base64, got ${key.length} bytes; ${hint}`,
  )
}

/** A key that is given from outside, in base64. `next`: the one to change to. */
export function givenKey(base64: string, where: string, next?: { base64: string; where: string }): KeySource {
  const key = parseMasterKey(base64, where)
  return {
    where,
    read: () => [key],
    create: () => key,
    settle: () => undefined,
    next() {
      if (next) return parseMasterKey(next.base64, next.where)
      throw new MasterKeyError(`expected the key to change to, got none: ${where} is given from outside`)
    },
  }
}

/** A key of its own for each purpose: what one of them gives away tells nothing of the others. */
export function deriveKey(master: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', master, '', `signalbox/${purpose}`, MASTER_KEY_BYTES))
}

/** Names a master key without telling anything of it. */
export function keyIdOf(master: Buffer): string {
  return deriveKey(master, 'key-id').toString('hex').slice(0, 16)
}
