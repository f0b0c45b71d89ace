import type { SettingsNode } from '@signalbox/contracts'
import { describe, expect, it } from 'vitest'
import type { AnyAdapter } from './adapter.ts'
import { adapters } from './index.ts'

const ALL = adapters().map((adapter): [string, AnyAdapter] => [adapter.key, adapter])

interface Field {
  path: string
  node: SettingsNode
  /** One of several forms of a field, which the field itself describes. */
  isForm: boolean
}

function fieldsOf(node: SettingsNode, path = '', isForm = false): Field[] {
  const own = { path, node, isForm }
  if (node.secret) return [own]
  return [
    own,
    ...Object.entries(node.properties ?? {}).flatMap(([name, child]) => fieldsOf(child, `${path}.${name}`)),
    ...(node.items?.properties ? Object.entries(node.items.properties) : []).flatMap(([name, child]) =>
      fieldsOf(child, `${path}[].${name}`),
    ),
    ...(node.anyOf ?? []).flatMap((form, at) => fieldsOf(form, `${path}|${at}`, true)),
  ]
}

describe.each(ALL)('the form of %s', (_key, adapter) => {
  const schema = adapter.form?.schema ?? {}
  const fields = fieldsOf(schema)

  it('names every field in both languages and says what it means, where the name does not', () => {
    const problems = fields.flatMap(({ path, node, isForm }) => {
      const { title, description, zh } = node
      const mayBeBare = isForm || node.type === 'object' || !/^\.[a-z_]+$/.test(path)
      return [
        title && zh?.title ? [] : [`${path} has no title in one of the languages`],
        (description === undefined) === (zh?.description === undefined) ? [] : [`${path} is described in one of them`],
        mayBeBare || description ? [] : [`${path} is not described`],
        /[,;]\s/.test(zh?.description ?? '') ? [`${path} has marks of English in its Chinese`] : [],
      ].flat()
    })
    expect(problems).toEqual([])
  })

  it('takes a secret as text, as the name of a variable, or as the one that is kept, and shows none as an example', () => {
    for (const { path, node } of fields.filter((field) => field.node.secret)) {
      expect(path).toMatch(/^\.[a-z_]+$/)
      expect(node.anyOf?.map((form) => form.type ?? Object.keys(form.properties ?? {})[0])).toEqual([
        'string',
        'object',
        'object',
      ])
      expect(node).not.toHaveProperty('default')
      expect(node).not.toHaveProperty('examples')
    }
  })

  it('asks for fields that there are', () => {
    const names = Object.keys(schema.properties ?? {})
    const asked = [
      ...(schema.required ?? []),
      ...Object.entries(schema.dependentRequired ?? {}).flat(2),
      ...(schema.oneOf ?? []).flatMap(({ required }) => required ?? []),
    ]
    expect(names).toEqual(expect.arrayContaining(asked))
  })

  it('is JSON', () => {
    expect(JSON.parse(JSON.stringify(schema))).toEqual(schema)
  })
})

/** Per adapter: settings that are complete, and a field of each pair that goes only with the other. */
describe('what a form asks for', () => {
  const checkOf = (key: string) => ALL.find(([each]) => each === key)?.[1] as AnyAdapter
  const smtp = { host: 'smtp.example.com', from: { address: 'news@example.com' } }
  const twilio = { account_sid: `AC${'0'.repeat(32)}`, auth_token: 'token', from: '+15005550006' }
  const feishu = { hook: 'hook' }
  const wechat = { appid: `wx${'0'.repeat(16)}`, secret: 'secret' }

  it.each([
    ['email.smtp', smtp, { user: 'box' }, { password: 'secret' }],
    ['email.smtp', smtp, { password: 'secret' }, { user: 'box' }],
    ['sms.twilio', twilio, { api_key_sid: `SK${'0'.repeat(32)}` }, { api_key_secret: { env: 'SECRET_KEY' } }],
    ['feishu.bot', {}, { chat_id: 'oc_12345678' }, feishu],
    ['wechat.official', wechat, { callback_aes_key: 'k'.repeat(43) }, { callback_token: 't' }],
  ])('is what %s asks for: %j goes not without %j', (key, complete, one, other) => {
    const adapter = checkOf(key)
    expect(adapter.settings(complete).ok).toBe(true)
    expect(adapter.settings({ ...complete, ...one }).ok).toBe(false)
    expect(adapter.settings({ ...complete, ...one, ...other }).ok).toBe(true)
    const needed = adapter.form?.schema.dependentRequired?.[Object.keys(one)[0] ?? '']
    expect(needed).toEqual(Object.keys(other))
  })

  it('is one of from and messaging_service_sid of sms.twilio', () => {
    const adapter = checkOf('sms.twilio')
    const { from: _from, ...without } = twilio
    expect(adapter.settings(without).ok).toBe(false)
    expect(adapter.settings({ ...without, messaging_service_sid: `MG${'0'.repeat(32)}` }).ok).toBe(true)
    expect(adapter.settings({ ...twilio, messaging_service_sid: `MG${'0'.repeat(32)}` }).ok).toBe(false)
  })

  it.each([
    ['sms.aliyun', { access_key_id: 'LTAI', access_key_secret: 'k', sign_name: 'x' }, 'receipt_token', 't'.repeat(23)],
    [
      'sms.aliyun',
      { access_key_id: 'LTAI', access_key_secret: 'k', sign_name: 'x' },
      'receipt_token',
      `${'t'.repeat(24)}/`,
    ],
    ['email.smtp', smtp, 'receipt_token', 'short'],
    ['wechat.official', { ...wechat, callback_token: 't' }, 'callback_aes_key', 'k'.repeat(42)],
    ['webhook', { url: 'https://example.com/', secret: { env: 'SECRET_A' } }, 'previous_secret', 'whsec_short'],
  ])('is, of %s, no text that can be none of its secrets', (key, complete, field, secret) => {
    expect(checkOf(key).settings(complete).ok).toBe(true)
    const checked = checkOf(key).settings({ ...complete, [field]: secret })
    expect(checked).toMatchObject({
      ok: false,
      errors: [{ field, message: expect.stringMatching(/^expected/) as string }],
    })
    expect(JSON.stringify(checked)).not.toContain(secret)
  })

  it.each([
    [5, 'a number'],
    [{ env: 'SECRET_A', stored: true }, 'both'],
    [{ stored: false }, 'one that is gone'],
    ['two\nlines', 'two lines'],
    ['', 'nothing'],
  ])('is not %j for a secret: %s', (password, _what) => {
    const checked = checkOf('email.smtp').settings({ ...smtp, user: 'box', password })
    expect(checked).toMatchObject({ ok: false, errors: [{ message: expect.stringMatching(/^expected/) as string }] })
    expect(JSON.stringify(checked)).not.toContain('two')
  })
})
