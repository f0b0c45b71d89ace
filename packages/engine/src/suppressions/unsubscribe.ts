/**
 * Links by which a recipient takes themselves off marketing. A link is sealed (AES-256-GCM) under a key that is not in the
 * database: nobody can make one, and it shows nothing of whom it was sent to. It holds all that is needed, has no end, and
 * works when its message is long gone.
 */
import { CHANNELS, type Channel } from '@signalbox/contracts'
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { Suppressions } from './suppressions.ts'

export interface Unsubscriber {
  channel: Channel
  recipient: string
  recordId: number
}

export interface Unsubscribe {
  /** Null where there is no public address or no key to seal it with. */
  linkFor(who: Unsubscriber): string | null
  /** Whose link it is; null for anything that was not made here. */
  read(token: string): Unsubscriber | null
  /** On disk and in force when it settles; again is the same. False for anything that was not made here. */
  take(token: string): Promise<boolean>
}

export interface UnsubscribeDeps {
  /** 32 bytes, the same after a restart. */
  key: Buffer | null
  /** `https://box.example.com` */
  publicUrl: string | null
  suppressions: Pick<Suppressions, 'add'>
}

const CIPHER = 'aes-256-gcm'
const VERSION = 1
const NONCE_BYTES = 12
const TAG_BYTES = 16
/** Version and nonce; the record id in 8 bytes and the channel in one; the tag. */
const SHORTEST = 1 + NONCE_BYTES + 9 + TAG_BYTES
/** A recipient of 1,024 characters of 3 bytes, in base64. */
const LONGEST_TOKEN = 4_300

export function createUnsubscribe({ key, publicUrl, suppressions }: UnsubscribeDeps): Unsubscribe {
  function seal({ channel, recipient, recordId }: Unsubscriber, secret: Buffer): string {
    const nonce = randomBytes(NONCE_BYTES)
    const plain = Buffer.alloc(9 + Buffer.byteLength(recipient))
    plain.writeBigUInt64BE(BigInt(recordId))
    plain.writeUInt8(CHANNELS.indexOf(channel), 8)
    plain.write(recipient, 9)
    const cipher = createCipheriv(CIPHER, secret, nonce, { authTagLength: TAG_BYTES })
    const sealed = [Buffer.of(VERSION), nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]
    return Buffer.concat(sealed).toString('base64url')
  }

  function read(token: string): Unsubscriber | null {
    if (key === null || token.length > LONGEST_TOKEN || !/^[\w-]+$/.test(token)) return null
    const bytes = Buffer.from(token, 'base64url')
    // Written as it was made: of the last character some bits would mean nothing.
    if (bytes.length < SHORTEST || bytes[0] !== VERSION || bytes.toString('base64url') !== token) return null
    const decipher = createDecipheriv(CIPHER, key, bytes.subarray(1, 1 + NONCE_BYTES), { authTagLength: TAG_BYTES })
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
    try {
      const plain = Buffer.concat([decipher.update(bytes.subarray(1 + NONCE_BYTES, -TAG_BYTES)), decipher.final()])
      const channel = CHANNELS[plain.readUInt8(8)]
      const recordId = Number(plain.readBigUInt64BE())
      return channel === undefined ? null : { channel, recipient: plain.toString('utf8', 9), recordId }
    } catch {
      return null
    }
  }

  return {
    linkFor: (who) => (key === null || publicUrl === null ? null : `${publicUrl}/unsubscribe/${seal(who, key)}`),
    read,
    async take(token) {
      const who = read(token)
      if (!who) return false
      await suppressions.add({ ...who, reason: 'unsubscribe', detail: 'by the link in the message' })
      return true
    },
  }
}
