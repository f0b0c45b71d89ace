/** TC3-HMAC-SHA256, Tencent Cloud's request signature (V3, POST with JSON). */
import { createHash, createHmac } from 'node:crypto'

export interface Tc3Request {
  service: string
  host: string
  contentType: string
  /** Unix seconds; the day in the key is that of UTC. */
  timestamp: number
  /** The very bytes that are sent. */
  body: string
}

const sha256 = (text: string) => createHash('sha256').update(text, 'utf8').digest('hex')
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text, 'utf8').digest()
const SIGNED = 'content-type;host'

export function signTc3(
  { service, host, contentType, timestamp, body }: Tc3Request,
  key: { id: string; secret: string },
): { authorization: string; signature: string } {
  const canonical = ['POST', '/', '', `content-type:${contentType}`, `host:${host}`, '', SIGNED, sha256(body)].join(
    '\n',
  )
  const day = new Date(timestamp * 1000).toISOString().slice(0, 10)
  const scope = `${day}/${service}/tc3_request`
  const toSign = `TC3-HMAC-SHA256\n${timestamp}\n${scope}\n${sha256(canonical)}`
  const signing = hmac(hmac(hmac(`TC3${key.secret}`, day), service), 'tc3_request')
  const signature = hmac(signing, toSign).toString('hex')
  const authorization = `TC3-HMAC-SHA256 Credential=${key.id}/${scope}, SignedHeaders=${SIGNED}, Signature=${signature}`
  return { authorization, signature }
}
