/** ACS3-HMAC-SHA256, Aliyun's request signature (V3, RPC style). */
import { createHash, createHmac } from 'node:crypto'

export interface AcsRequest {
  method: string
  host: string
  query: Readonly<Record<string, string>>
  /** Lower-case names, `host` and every `x-acs-*`. */
  headers: Readonly<Record<string, string>>
  body: string
}

const sha256 = (text: string) => createHash('sha256').update(text, 'utf8').digest('hex')

/** RFC 3986: what `encodeURIComponent` leaves beyond the unreserved is encoded too. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
}

/** Sorted by name; these very characters are signed and sent. */
export function canonicalQuery(query: Readonly<Record<string, string>>): string {
  return Object.entries(query)
    .map(([name, value]): [string, string] => [encode(name), encode(value)])
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}

/** What identifies a request, an action of a version at an instant; `nonce` only once. */
export function acsHeaders(
  host: string,
  call: { action: string; version: string; at: number; nonce: string; body: string; token?: string },
): Record<string, string> {
  return {
    host,
    'x-acs-action': call.action,
    'x-acs-version': call.version,
    'x-acs-date': new Date(call.at).toISOString().replace(/\.\d{3}Z$/, 'Z'),
    'x-acs-signature-nonce': call.nonce,
    'x-acs-content-sha256': sha256(call.body),
    ...(call.token === undefined ? {} : { 'x-acs-security-token': call.token }),
  }
}

export function signAcs(
  { method, query, headers }: AcsRequest,
  key: { id: string; secret: string },
): { authorization: string; signature: string; canonicalHash: string } {
  const names = Object.keys(headers).sort()
  const canonical = [
    method,
    '/',
    canonicalQuery(query),
    names.map((name) => `${name}:${headers[name] ?? ''}\n`).join(''),
    names.join(';'),
    headers['x-acs-content-sha256'] ?? '',
  ].join('\n')
  const canonicalHash = sha256(canonical)
  const signature = createHmac('sha256', key.secret).update(`ACS3-HMAC-SHA256\n${canonicalHash}`).digest('hex')
  const authorization = `ACS3-HMAC-SHA256 Credential=${key.id},SignedHeaders=${names.join(';')},Signature=${signature}`
  return { authorization, signature, canonicalHash }
}
