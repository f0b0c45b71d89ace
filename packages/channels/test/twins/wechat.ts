/**
 * WeChat's server for official accounts, after its pages on `stable_token`, template messages and the server configuration.
 * Callbacks are signed by Python's hashlib and encrypted by openssl.
 */
import { execFile, spawnSync } from 'node:child_process'
import type { ManualAfter } from '../support/manual-after.ts'
import { createCourier, post, type Courier, type CourierTerms } from './courier.ts'
import { startTwin, type Twin, type TwinReply, type TwinRequest } from './http-twin.ts'
import { python } from './python.ts'
import { twinsCannotRun } from './verifier.ts'

export interface WechatTwin extends Twin {
  /** `openid client_msg_id` of each message that was sent, once each. */
  readonly sent: string[]
  /** How often a token was given out. */
  tokensGiven(): number
  /** From now on the token given out before is worth nothing. */
  endToken(): void
  /** From now on brings the end of each template message there by itself, in safe mode. */
  bring(to: string, clock: ManualAfter, keys: Pick<CallbackOptions, 'token' | 'safe'>): Courier<WechatSent>
}

export interface WechatSent {
  openid: string
  msgid: string
  /** Epoch ms; the same in every call about it. */
  at: number
}

/** As documented: 5 s for the answer, three calls in all. */
const TERMS: CourierTerms = {
  ...{ batch: 1, delayMs: 1_000, patienceMs: 5_000, againAfterMs: [0, 0] },
  isTaken: ({ status, text }) => status === 200 && (text === 'success' || text === ''),
}

export interface WechatTwinOptions {
  appid: string
  secret: string
  /** Template ids with their fields. */
  templates: Record<string, readonly string[]>
  followers: readonly string[]
}

/** Callbacks need Python and openssl. On a laptop their tests are skipped without; on CI that is a failure. */
export const callbacksCannotRun =
  twinsCannotRun || (spawnSync('openssl', ['version']).status !== 0 && process.env['CI'] !== 'true')

/** Of the first message; beyond 2^53, as seen in the wild. */
export const MSGID = '1988810812324364291'

interface Sent {
  touser?: string
  template_id?: string
  data?: Record<string, { value?: string }>
  client_msg_id?: string
}

export async function startWechatTwin(options: WechatTwinOptions): Promise<WechatTwin> {
  let given = 0
  let valid = ''
  const sent: string[] = []
  let courier: Courier<WechatSent> | null = null

  function judge({ method, path, query, body }: TwinRequest): TwinReply {
    if (method !== 'POST') return refuse(43002, 'require POST method')
    const json = JSON.parse(body.toString('utf8')) as Record<string, unknown>
    if (path === '/cgi-bin/stable_token') return giveToken(json)
    if (!['/cgi-bin/message/template/send', '/cgi-bin/message/subscribe/bizsend'].includes(path)) {
      return refuse(40066, 'invalid url')
    }
    if (query.get('access_token') !== valid || valid === '') {
      return refuse(40001, 'invalid credential, access_token is invalid or not latest rid: 6630')
    }
    return take(json, path)
  }

  function giveToken(json: Record<string, unknown>): TwinReply {
    if (json['grant_type'] !== 'client_credential') return refuse(40002, 'invalid grant_type')
    if (json['appid'] !== options.appid) return refuse(40013, 'invalid appid')
    if (json['secret'] !== options.secret) return refuse(40125, 'invalid appsecret')
    // Asked again, it gives the same while it is valid.
    if (valid === '') {
      given += 1
      valid = `${given}_`.padEnd(136, 'tokenTOKEN_-')
    }
    return { body: { access_token: valid, expires_in: 7200 } }
  }

  function take({ touser, template_id: id, data, client_msg_id: key }: Sent, path: string): TwinReply {
    const fields = options.templates[String(id)]
    if (!fields) return refuse(40037, 'invalid template_id')
    if (!touser || !options.followers.includes(touser)) return refuse(43004, 'require subscribe')
    for (const field of fields) {
      const value = data?.[field]?.value
      if (!value || (field.startsWith('thing') && Array.from(value).length > 20)) {
        return refuse(47003, `argument invalid! data.${field}.value invalid rid: 6631`)
      }
    }
    const once = `${touser} ${key ?? ''}`
    if (key === undefined || !sent.includes(once)) sent.push(once)
    const isTemplate = path.endsWith('/template/send')
    const msgid = String(BigInt(MSGID) + BigInt(sent.length - 1))
    if (isTemplate) courier?.add({ openid: touser, msgid, at: Date.now() })
    return {
      headers: { 'content-type': 'application/json' },
      body: `{"errcode":0,"errmsg":"ok"${isTemplate ? `,"msgid":${msgid}` : ''}}`,
    }
  }

  const twin = await startTwin(judge)
  return {
    ...{ ...twin, sent, tokensGiven: () => given, endToken: () => (valid = '') },
    bring(to, clock, keys) {
      const call = async ([each]: readonly WechatSent[], signal: AbortSignal) => {
        if (!each) throw new Error('expected one event in a call')
        const xml = jobFinished(each.openid, 'success', Math.floor(each.at / 1000), each.msgid)
        const nonce = each.msgid.slice(-10)
        const { url, body } = await wechatCallback(xml, { at: Date.now(), nonce, ...keys })
        return post(to + url.slice(url.indexOf('?')), body, { 'content-type': 'text/xml' }, signal)
      }
      return (courier = createCourier(TERMS, clock, call))
    },
  }
}

function refuse(errcode: number, errmsg: string): TwinReply {
  return { body: { errcode, errmsg } }
}

export interface CallbackOptions {
  token: string
  /** Epoch ms. */
  at: number
  nonce?: string
  /** The safe mode. */
  safe?: { appid: string; encodingAesKey: string }
}

/** The request that brings `xml` to `/callbacks/1`. */
export async function wechatCallback(xml: string, { token, at, nonce = '1372623149', safe }: CallbackOptions) {
  const timestamp = String(Math.floor(at / 1000))
  const query = new URLSearchParams({ signature: await sha1(token, timestamp, nonce), timestamp, nonce })
  let body = xml
  if (safe) {
    const encrypted = await encrypt(xml, safe)
    query.set('encrypt_type', 'aes')
    query.set('msg_signature', await sha1(token, timestamp, nonce, encrypted))
    body = `<xml><ToUserName><![CDATA[gh_1]]></ToUserName><Encrypt><![CDATA[${encrypted}]]></Encrypt></xml>`
  }
  return { method: 'POST', url: `/callbacks/1?${query.toString()}`, headers: {}, body: Buffer.from(body) }
}

export function jobFinished(openid: string, status: string, createTime: number, msgid = MSGID): string {
  return (
    `<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName><FromUserName><![CDATA[${openid}]]></FromUserName>` +
    `<CreateTime>${createTime}</CreateTime><MsgType><![CDATA[event]]></MsgType>` +
    `<Event><![CDATA[TEMPLATESENDJOBFINISH]]></Event><MsgID>${msgid}</MsgID><Status><![CDATA[${status}]]></Status></xml>`
  )
}

/** Hex SHA-1 of the sorted parts. */
export function sha1(...parts: string[]): Promise<string> {
  return python(
    'import hashlib, sys\nprint(hashlib.sha1("".join(sorted(sys.argv[1:])).encode()).hexdigest())',
    ...parts,
  )
}

function encrypt(
  message: string,
  { appid, encodingAesKey }: { appid: string; encodingAesKey: string },
): Promise<string> {
  const key = Buffer.from(`${encodingAesKey}=`, 'base64')
  const text = Buffer.from(message)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(text.length)
  const plain = Buffer.concat([Buffer.from('aaaabbbbccccdddd'), length, text, Buffer.from(appid)])
  const count = 32 - (plain.length % 32)
  const padded = Buffer.concat([plain, Buffer.alloc(count, count)])
  const args = ['enc', '-aes-256-cbc', '-nopad', '-K', key.toString('hex'), '-iv', key.toString('hex', 0, 16)]
  return new Promise((resolve, reject) => {
    const child = execFile('openssl', args, { encoding: 'buffer' }, (error, stdout) => {
      if (error) reject(new Error('openssl failed', { cause: error }))
      else resolve(stdout.toString('base64'))
    })
    child.stdin?.end(padded)
  })
}
