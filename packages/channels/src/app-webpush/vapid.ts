/** RFC 8292: who sends, told to the push service by a token signed for it alone. */
import { createECDH, createPrivateKey, sign, type KeyObject } from 'node:crypto'
import { CURVE } from './encrypt.ts'

/** At most a day; half of one leaves room for clocks. */
const VALID_S = 12 * 3600

/** Null when the two keys do not belong together or are none. Both base64url: 65 bytes uncompressed, and 32 bytes. */
export function vapidKey(publicKey: string, privateKey: string): KeyObject | null {
  try {
    const d = Buffer.from(privateKey, 'base64url')
    const ecdh = createECDH(CURVE)
    ecdh.setPrivateKey(d)
    const point = ecdh.getPublicKey()
    if (d.length !== 32 || !point.equals(Buffer.from(publicKey, 'base64url'))) return null
    const x = point.toString('base64url', 1, 33)
    const y = point.toString('base64url', 33)
    return createPrivateKey({ format: 'jwk', key: { kty: 'EC', crv: 'P-256', x, y, d: d.toString('base64url') } })
  } catch {
    return null
  }
}

export interface VapidClaims {
  /** Origin of the push service. */
  audience: string
  /** `mailto:` or `https:`. */
  subject: string
  /** Epoch ms. */
  now: number
}

/** The value of `Authorization`. */
export function vapidHeader(key: KeyObject, publicKey: string, { audience, subject, now }: VapidClaims): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const exp = Math.floor(now / 1000) + VALID_S
  const signed = `${part({ typ: 'JWT', alg: 'ES256' })}.${part({ aud: audience, exp, sub: subject })}`
  // JOSE wants the two numbers of the signature side by side, not DER.
  const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')
  return `vapid t=${signed}.${signature}, k=${publicKey}`
}
