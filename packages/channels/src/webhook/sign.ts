/** Standard Webhooks: who sent this, and that nobody changed it. */
import { createHmac } from 'node:crypto'

const PREFIX = 'whsec_'

/** The bytes of a secret `whsec_` + base64 of 24 to 64 bytes, null for anything else. */
export function webhookKey(secret: string): Buffer | null {
  if (!secret.startsWith(PREFIX) || !/^[A-Za-z0-9+/]+={0,2}$/.test(secret.slice(PREFIX.length))) return null
  const key = Buffer.from(secret.slice(PREFIX.length), 'base64')
  return key.length >= 24 && key.length <= 64 ? key : null
}

/** One signature per key, so that a receiver may hold the old or the new secret. `at` is seconds. */
export function webhookSignature(keys: readonly Buffer[], id: string, at: number, body: string): string {
  const signed = `${id}.${at}.${body}`
  return keys.map((key) => `v1,${createHmac('sha256', key).update(signed).digest('base64')}`).join(' ')
}
