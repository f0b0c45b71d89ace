/**
 * A push service and the browser behind it (RFC 8030, 8291, 8292), on WebCrypto: it checks the VAPID token and decrypts what
 * it is sent with the browser's private key.
 */
import { webcrypto } from 'node:crypto'
import { startTwin, type Twin, type TwinReply, type TwinRequest } from './http-twin.ts'

const { subtle } = webcrypto

export interface Browser {
  /** base64url */
  p256dh: string
  auth: string
  privateKey: webcrypto.CryptoKey
}

export interface PushTwin extends Twin {
  browser: Browser
  /** What the browser read. */
  readonly shown: unknown[]
  /** The subscription as a browser's JSON.stringify gives it. */
  subscription(): string
}

export async function startPushTwin({
  vapidPublicKey,
  now,
}: {
  vapidPublicKey: string
  now: () => number
}): Promise<PushTwin> {
  const browser = await newBrowser()
  const shown: unknown[] = []
  const twin: Twin = await startTwin((request) => judge(request))

  async function judge({ method, path, headers, body }: TwinRequest): Promise<TwinReply> {
    if (method !== 'POST') return { status: 405 }
    if (path !== '/push/cxPBt5xO7mQ') return { status: 410, body: 'push subscription has unsubscribed or expired.' }
    const refusal = await vapidProblem(String(headers.authorization), vapidPublicKey, twin.url, now())
    if (refusal) return { status: 403, body: refusal }
    if (!/^\d+$/.test(String(headers['ttl']))) return { status: 400, body: 'missing TTL header' }
    if (headers['content-encoding'] !== 'aes128gcm') return { status: 400, body: 'unknown content encoding' }
    if (body.length > 4096) return { status: 413 }
    shown.push(JSON.parse(await decryptPush(body, browser)))
    return { status: 201, headers: { location: `${twin.url}/m/1` } }
  }

  const subscription = () =>
    JSON.stringify({
      endpoint: `${twin.url}/push/cxPBt5xO7mQ`,
      expirationTime: null,
      keys: { p256dh: browser.p256dh, auth: browser.auth },
    })
  return { ...twin, browser, shown, subscription }
}

async function newBrowser(): Promise<Browser> {
  const pair = await subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, true, ['deriveBits'])
  const p256dh = Buffer.from(await subtle.exportKey('raw', pair.publicKey)).toString('base64url')
  return { p256dh, auth: Buffer.alloc(16, 9).toString('base64url'), privateKey: pair.privateKey }
}

/** The browser of a published example: its keys as base64url. */
export async function browserOf(p256dh: string, auth: string, privateKey: string): Promise<Browser> {
  const point = Buffer.from(p256dh, 'base64url')
  const [x, y] = [point.toString('base64url', 1, 33), point.toString('base64url', 33)]
  const jwk = { kty: 'EC', crv: 'P-256', x, y, d: privateKey }
  return {
    p256dh,
    auth,
    privateKey: await subtle.importKey('jwk', jwk, { name: 'ECDH', namedCurve: 'P-256' }, false, ['deriveBits']),
  }
}

async function vapidProblem(header: string, publicKey: string, origin: string, now: number): Promise<string | null> {
  const [, token = '', k] = /^vapid t=([\w.-]+), k=([\w-]+)$/.exec(header) ?? []
  if (k !== publicKey) return 'the key is not that of the subscription'
  const [head = '', claims = '', signature = ''] = token.split('.')
  const key = await subtle.importKey(
    'raw',
    Buffer.from(k, 'base64url'),
    { name: 'ECDSA', namedCurve: 'P-256' },
    false,
    ['verify'],
  )
  const good = await subtle.verify(
    { name: 'ECDSA', hash: 'SHA-256' },
    key,
    Buffer.from(signature, 'base64url'),
    Buffer.from(`${head}.${claims}`),
  )
  if (!good || read(head)['alg'] !== 'ES256') return 'invalid signature'
  const { aud, exp, sub } = read(claims)
  if (aud !== origin) return 'invalid audience'
  if (typeof exp !== 'number' || exp * 1000 <= now || exp * 1000 > now + 86_400_000) return 'invalid expiry'
  return typeof sub === 'string' && /^(?:mailto|https):/.test(sub) ? null : 'invalid subject'
}

function read(part: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as Record<string, unknown>
}

/** The text in a body of one `aes128gcm` record. */
export async function decryptPush(body: Buffer, { p256dh, auth, privateKey }: Browser): Promise<string> {
  const salt = body.subarray(0, 16)
  const keyEnd = 21 + body.readUInt8(20)
  const sender = body.subarray(21, keyEnd)
  const senderKey = await subtle.importKey('raw', sender, { name: 'ECDH', namedCurve: 'P-256' }, false, [])
  const secret = await subtle.deriveBits({ name: 'ECDH', public: senderKey }, privateKey, 256)
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), Buffer.from(p256dh, 'base64url'), sender])
  const ikm = await hkdf(secret, Buffer.from(auth, 'base64url'), info, 32)
  const key = await hkdf(ikm, salt, Buffer.from('Content-Encoding: aes128gcm\0'), 16)
  const nonce = await hkdf(ikm, salt, Buffer.from('Content-Encoding: nonce\0'), 12)
  const aes = await subtle.importKey('raw', key, 'AES-GCM', false, ['decrypt'])
  const plain = Buffer.from(await subtle.decrypt({ name: 'AES-GCM', iv: nonce }, aes, body.subarray(keyEnd)))
  const end = plain.lastIndexOf(2)
  if (end < 0 || plain.subarray(end + 1).some((byte) => byte !== 0)) throw new Error('expected a last record')
  return plain.toString('utf8', 0, end)
}

async function hkdf(secret: ArrayBuffer, salt: Buffer, info: Buffer, bytes: number): Promise<ArrayBuffer> {
  const key = await subtle.importKey('raw', secret, 'HKDF', false, ['deriveBits'])
  return subtle.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt, info }, key, bytes * 8)
}
