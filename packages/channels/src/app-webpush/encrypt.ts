/** RFC 8291: a push message that only the browser can read, in one record of `aes128gcm` (RFC 8188). */
import { createCipheriv, createECDH, hkdfSync, randomBytes } from 'node:crypto'

export interface PushKeys {
  /** The browser's public key: 65 bytes, uncompressed. */
  p256dh: Buffer
  /** 16 bytes. */
  auth: Buffer
}

/** Made anew for each message; given only to reproduce a published example. */
export interface SenderKeys {
  privateKey: Buffer
  salt: Buffer
}

export const CURVE = 'prime256v1'
const RECORD_BYTES = 4096
const HEADER_BYTES = 86
const TAG_BYTES = 16
/** Push services need to take bodies of 4,096 bytes and no more. */
export const PUSH_MAX_BYTES = RECORD_BYTES - HEADER_BYTES - TAG_BYTES - 1
/** Ends the last record. */
const LAST = Buffer.of(2)

/** Throws for a `p256dh` that is no point of the curve. */
export function encryptPush(message: Uint8Array, { p256dh, auth }: PushKeys, sender?: SenderKeys): Buffer {
  const ecdh = createECDH(CURVE)
  if (sender) ecdh.setPrivateKey(sender.privateKey)
  else ecdh.generateKeys()
  const salt = sender?.salt ?? randomBytes(16)
  const own = ecdh.getPublicKey()

  const info = Buffer.concat([Buffer.from('WebPush: info\0'), p256dh, own])
  const ikm = hkdf(ecdh.computeSecret(p256dh), auth, info, 32)
  const key = hkdf(ikm, salt, Buffer.from('Content-Encoding: aes128gcm\0'), 16)
  const nonce = hkdf(ikm, salt, Buffer.from('Content-Encoding: nonce\0'), 12)

  const cipher = createCipheriv('aes-128-gcm', key, nonce)
  const sealed = [cipher.update(message), cipher.update(LAST), cipher.final(), cipher.getAuthTag()]
  const header = Buffer.alloc(5)
  header.writeUInt32BE(RECORD_BYTES)
  header.writeUInt8(own.length, 4)
  return Buffer.concat([salt, header, own, ...sealed])
}

function hkdf(secret: Buffer, salt: Buffer, info: Buffer, length: number): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, salt, info, length))
}
