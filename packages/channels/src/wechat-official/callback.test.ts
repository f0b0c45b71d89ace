import { beforeEach, describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { KEPT, recordingContext } from '../../test/support/context.ts'
import { callbacksCannotRun, jobFinished, MSGID, sha1, wechatCallback } from '../../test/twins/wechat.ts'
import { vector } from '../../test/vectors.ts'
import type { RawRequest } from '../adapter.ts'
import { aesKey, decryptCallback, wechatSignature } from './crypto.ts'
import { wechatOfficial, type WechatAdapter } from './wechat-official.ts'
import { flatXml } from './xml.ts'

const APPID = 'wxb11529c136998cb6'
const AES_KEY = 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG'
const OPENID = 'o6_bmjrPTlm6_2sgVt7hMZOPfL2M'
const NOW = Date.UTC(2026, 0, 15, 8)
const CREATED = NOW / 1000 - 2
const SAFE = { appid: APPID, encodingAesKey: AES_KEY }

let adapter: WechatAdapter
beforeEach(() => {
  adapter = wechatOfficial()
})

function read(request: RawRequest, { safe = true, now = NOW } = {}) {
  const checked = adapter.settings({
    appid: APPID,
    secret: KEPT,
    callback_token: KEPT,
    ...(safe ? { callback_aes_key: KEPT } : {}),
  })
  if (!checked.ok || !adapter.parseReceipt) throw new Error('expected settings and receipts')
  const secrets = { callback_token: 'pamtest', callback_aes_key: AES_KEY }
  return adapter.parseReceipt(request, checked.value, recordingContext('wechat', { now: () => now, secrets }))
}

const plain = (xml: string, nonce?: string) =>
  wechatCallback(xml, { token: 'pamtest', at: NOW, ...(nonce ? { nonce } : {}) })
const safe = (xml: string, options: { appid?: string; encodingAesKey?: string } = {}) =>
  wechatCallback(xml, { token: 'pamtest', at: NOW, safe: { ...SAFE, ...options } })

const DELIVERED = { providerId: MSGID, recipient: OPENID, at: CREATED * 1000, state: 'delivered' }
const SUCCESS = jobFinished(OPENID, 'success', CREATED)

describe('the cryptography of WeChat', () => {
  it('is that of the published vectors', () => {
    const mode = vector('wechat.official safe mode')
    const key = aesKey(String(mode.input['encoding_aes_key']))
    expect(key && decryptCallback(String(mode.input['encrypted']), key)).toEqual(mode.expected)

    const { input, expected } = vector('wechat.official message signature')
    const [token, timestamp, nonce, encrypted] = ['token', 'timestamp', 'nonce', 'encrypted'].map((name) =>
      String(input[name]),
    ) as [string, string, string, string]
    expect(wechatSignature(token, timestamp, nonce, encrypted)).toBe(expected['signature'])
    const other = aesKey(String(input['encoding_aes_key']))
    const { message, appid } = expected
    expect(other && decryptCallback(encrypted, other)).toEqual({ message, appid })

    const simple = vector('wechat.official signature')
    expect(wechatSignature(...['token', 'timestamp', 'nonce'].map((name) => String(simple.input[name])))).toBe(
      simple.expected['signature'],
    )
  })

  it('reads nothing out of what was not encrypted with the key', () => {
    const key = aesKey(AES_KEY)
    if (!key) throw new Error('expected a key')
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(decryptCallback(Buffer.from(bytes).toString('base64'), key)).toBeNull()
      }),
    )
  })
})

describe.skipIf(callbacksCannotRun)('the address of the callbacks', () => {
  it('says back what WeChat tries it with', async () => {
    const timestamp = String(NOW / 1000)
    const signature = await sha1('pamtest', timestamp, '7')
    const get = (query: Record<string, string>) =>
      read({
        method: 'GET',
        url: `/callbacks/1?${new URLSearchParams(query).toString()}`,
        headers: {},
        body: Buffer.alloc(0),
      })
    const good = { signature, timestamp, nonce: '7', echostr: '5929283489562874' }
    expect(await get(good)).toMatchObject({ auth: 'signature', reply: { status: 200, body: '5929283489562874' } })
    expect(await get({ ...good, nonce: '8' })).toMatchObject({ auth: 'rejected', reply: { status: 403 } })
    // It is no mirror for whoever knows a signature.
    expect(await get({ ...good, echostr: '<script>' })).toMatchObject({ auth: 'rejected' })
  })
})

describe.skipIf(callbacksCannotRun)('a receipt of WeChat', () => {
  it('is read in the safe mode, with the id of the message digit by digit', async () => {
    expect(await read(await safe(SUCCESS))).toEqual({
      auth: 'signature',
      events: [DELIVERED],
      reply: { status: 200, type: 'text/plain; charset=utf-8', body: 'success' },
    })
  })

  it.each([
    ['failed:user block', 'user_block'],
    ['failed: system failed', 'system_failed'],
  ])('says why a message was not delivered: %s', async (status, code) => {
    expect(await read(await safe(jobFinished(OPENID, status, CREATED)))).toMatchObject({
      events: [{ state: 'failed', code, detail: `WeChat: ${status}` }],
    })
  })

  it('is advisory in the plain mode, whose signature does not cover the body', async () => {
    expect(await read(await plain(SUCCESS), { safe: false })).toMatchObject({ auth: 'secret_url', events: [DELIVERED] })
  })

  it('is not taken in the plain mode where the safe one is set', async () => {
    expect(await read(await plain(SUCCESS))).toMatchObject({ auth: 'rejected', events: [] })
  })

  it('is not taken with a signature or a body that was changed', async () => {
    const request = await safe(SUCCESS)
    const changed = Buffer.from(request.body.toString('utf8').replace('<Encrypt><![CDATA[', '<Encrypt><![CDATA[A'))
    expect(await read({ ...request, body: changed })).toMatchObject({ auth: 'rejected' })
    const url = request.url.replace(/msg_signature=./, 'msg_signature=x')
    expect(await read({ ...(await safe(SUCCESS)), url })).toMatchObject({ auth: 'rejected' })
  })

  it('is not taken when it is for another account', async () => {
    expect(await read(await safe(SUCCESS, { appid: 'wx0000000000000000' }))).toMatchObject({ auth: 'rejected' })
  })

  it('is not taken more than five minutes after it was signed', async () => {
    const request = await safe(SUCCESS)
    expect(await read(request, { now: NOW + 299_000 })).toMatchObject({ auth: 'signature' })
    expect(await read(request, { now: NOW + 301_000 })).toMatchObject({ auth: 'rejected' })
  })

  it('may come again, but no other body may come under its nonce', async () => {
    const request = await plain(SUCCESS)
    expect(await read(request, { safe: false })).toMatchObject({ events: [DELIVERED] })
    expect(await read(request, { safe: false })).toMatchObject({ events: [DELIVERED] })
    const forged = { ...request, body: Buffer.from(jobFinished('o_somebody_else_entirely', 'success', CREATED)) }
    expect(await read(forged, { safe: false })).toMatchObject({ auth: 'rejected', events: [] })
    expect(await read(await plain(SUCCESS, '42'), { safe: false })).toMatchObject({ events: [DELIVERED] })
  })

  it('is nothing else that WeChat tells, which is taken all the same', async () => {
    const viewed = SUCCESS.replace('TEMPLATESENDJOBFINISH', 'VIEW')
    const told = await read(await safe(viewed))
    expect(told).toEqual({ auth: 'signature', events: [], reply: expect.objectContaining({ body: 'success' }) })
  })

  it('tells who follows the account and who gave it up, and what people write', async () => {
    const at = CREATED * 1000
    // A nonce is for one body: each is read by an adapter that has seen none.
    const readAnew = async (xml: string) => {
      adapter = wechatOfficial()
      return read(await safe(xml))
    }
    const event = (name: string) => readAnew(SUCCESS.replace('TEMPLATESENDJOBFINISH', name))
    expect(await event('subscribe')).toMatchObject({ events: [], followings: [{ from: OPENID, follows: true, at }] })
    expect(await event('unsubscribe')).toMatchObject({ followings: [{ from: OPENID, follows: false, at }] })
    const text = `<xml><ToUserName><![CDATA[gh_1]]></ToUserName><FromUserName><![CDATA[${OPENID}]]></FromUserName><CreateTime>${CREATED}</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[退订]]></Content><MsgId>1234567890123456</MsgId></xml>`
    expect(await readAnew(text)).toMatchObject({ events: [], replies: [{ from: OPENID, text: '退订', at }] })
  })
})

describe('the XML of WeChat', () => {
  it('is a flat map of plain values and CDATA', () => {
    expect(flatXml('<xml>\n<A><![CDATA[a <b> ]] &amp; c]]></A><B> 7 </B></xml>')).toEqual(
      new Map([
        ['A', 'a <b> ]] &amp; c'],
        ['B', '7'],
      ]),
    )
  })

  it.each([
    '<!DOCTYPE xml [<!ENTITY x SYSTEM "file:///etc/passwd">]><xml><A>&x;</A></xml>',
    '<xml><!ENTITY x "y"><A>&x;</A></xml>',
    '<a><A>7</A></a>',
    'hello',
    '',
  ])('is not %s', (text) => {
    expect(flatXml(text)).toBeNull()
  })

  it('keeps the first of two values of one name', () => {
    expect(flatXml('<xml><A>1</A><A>2</A></xml>')?.get('A')).toBe('1')
  })
})
