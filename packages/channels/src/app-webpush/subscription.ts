/**
 * The recipient of a push message: a browser's subscription, as its `JSON.stringify` gives it, or in our own spelling
 * `<endpoint>#<p256dh>.<auth>`, which is the canonical one.
 *
 * The endpoint is an address that a user's browser gave us: only hosts of known push services are called.
 */
import { ECDH } from 'node:crypto'
import { z } from 'zod'
import { isLoopback } from '../http/base-url.ts'
import { CURVE, type PushKeys } from './encrypt.ts'

export interface Subscription extends PushKeys {
  endpoint: URL
}

export interface PushHosts {
  /** `fcm.googleapis.com`, `*.push.apple.com` … */
  hosts: readonly string[]
  allow_loopback: boolean
}

type Checked = { ok: true; to: Subscription; canonical: string } | { ok: false; reason: string }

const jsonSchema = z.object({
  endpoint: z.string(),
  keys: z.object({ p256dh: z.string(), auth: z.string() }),
})
const OWN = /^([^#\s]+)#([A-Za-z0-9_-]+=?)\.([A-Za-z0-9_-]+={0,2})$/

export function checkSubscription(raw: unknown, allowed: PushHosts): Checked {
  const parts = typeof raw === 'string' ? partsOf(raw) : null
  if (!parts) return refused('a push subscription with endpoint, p256dh and auth', 'something else')
  const endpoint = URL.parse(parts.endpoint)
  if (!endpoint || !mayPush(endpoint, allowed)) {
    return refused(`an endpoint at ${allowed.hosts.join(', ')} over https`, endpoint?.host ?? 'no address')
  }
  const p256dh = Buffer.from(parts.p256dh, 'base64url')
  if (!isPoint(p256dh)) return refused('p256dh to be a public key of 65 bytes', `${p256dh.length} bytes`)
  const auth = Buffer.from(parts.auth, 'base64url')
  if (auth.length !== 16) return refused('auth to be 16 bytes', `${auth.length} bytes`)
  const canonical = `${endpoint.href}#${p256dh.toString('base64url')}.${auth.toString('base64url')}`
  return { ok: true, to: { endpoint, p256dh, auth }, canonical }
}

function partsOf(raw: string): { endpoint: string; p256dh: string; auth: string } | null {
  const [, endpoint, p256dh, auth] = OWN.exec(raw) ?? []
  if (endpoint !== undefined && p256dh !== undefined && auth !== undefined) return { endpoint, p256dh, auth }
  try {
    const parsed = jsonSchema.safeParse(JSON.parse(raw))
    return parsed.success ? { endpoint: parsed.data.endpoint, ...parsed.data.keys } : null
  } catch {
    return null
  }
}

function mayPush(url: URL, { hosts, allow_loopback }: PushHosts): boolean {
  if (url.username || url.password || url.hash) return false
  if (isLoopback(url.hostname)) return allow_loopback && (url.protocol === 'http:' || url.protocol === 'https:')
  if (url.protocol !== 'https:' || url.port !== '') return false
  return hosts.some((host) => (host.startsWith('*.') ? url.hostname.endsWith(host.slice(1)) : url.hostname === host))
}

function isPoint(key: Buffer): boolean {
  if (key.length !== 65 || key[0] !== 4) return false
  try {
    ECDH.convertKey(key, CURVE)
    return true
  } catch {
    return false
  }
}

function refused(expected: string, got: string): Checked {
  return { ok: false, reason: `expected ${expected}, got ${got}` }
}
