/** The safe mode of WeChat's callbacks: AES-256-CBC over random bytes, length, message and appid. */
import { createDecipheriv, createHash } from 'node:crypto'

/** Hex SHA-1 of the sorted parts: `token, timestamp, nonce`, in safe mode with the cipher text. */
export function wechatSignature(...parts: string[]): string {
  return createHash('sha1').update(parts.toSorted().join('')).digest('hex')
}

/** The key of an EncodingAESKey, null when it is none. */
export function aesKey(encoded: string): Buffer | null {
  if (!/^[A-Za-z0-9+/]{43}$/.test(encoded)) return null
  return Buffer.from(`${encoded}=`, 'base64')
}

const RANDOM_BYTES = 16
const BLOCK_BYTES = 32

/** Null for what does not decrypt to the form that WeChat gives it. */
export function decryptCallback(encrypted: string, key: Buffer): { message: string; appid: string } | null {
  try {
    const decipher = createDecipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false)
    const padded = Buffer.concat([decipher.update(encrypted, 'base64'), decipher.final()])
    const plain = withoutPadding(padded)
    if (!plain || plain.length < RANDOM_BYTES + 4) return null
    const end = RANDOM_BYTES + 4 + plain.readUInt32BE(RANDOM_BYTES)
    if (end > plain.length) return null
    return {
      message: plain.subarray(RANDOM_BYTES + 4, end).toString('utf8'),
      appid: plain.subarray(end).toString('utf8'),
    }
  } catch {
    return null
  }
}

/** PKCS#7 to blocks of 32 bytes, which is not the block of AES. */
function withoutPadding(padded: Buffer): Buffer | null {
  const count = padded.at(-1) ?? 0
  if (count < 1 || count > BLOCK_BYTES || count > padded.length) return null
  const body = padded.length - count
  return padded.subarray(body).every((byte) => byte === count) ? padded.subarray(0, body) : null
}
