import type { SettingsNode } from '@signalbox/contracts'
import { describe, expect, it } from 'vitest'
import {
  blankOf,
  fieldsOf,
  isFolded,
  kindOf,
  nodeAt,
  pruned,
  secretRefOf,
  titleAt,
  variantOf,
  wordsOf,
} from './schema-form.ts'

const binding: SettingsNode = {
  type: 'object',
  required: ['code'],
  properties: { code: { type: 'string', title: 'Code', zh: { title: '模板编号' } }, sign_name: { type: 'string' } },
}
const delay: SettingsNode = {
  anyOf: [
    { type: 'object', properties: { min: { type: 'number' }, max: { type: 'number' } } },
    { type: 'object', properties: { median: { type: 'number' }, p95: { type: 'number' } } },
  ],
}
const schema: SettingsNode = {
  type: 'object',
  required: ['host', 'from', 'templates'],
  properties: {
    host: { type: 'string', title: 'Host', description: 'Where', zh: { title: '主机', description: '地址' } },
    from: {
      type: 'object',
      required: ['address'],
      properties: { address: { type: 'string' }, name: { type: 'string' } },
    },
    templates: { type: 'array', title: 'Templates', items: binding },
    password: {
      secret: true,
      anyOf: [{ type: 'string' }, { type: 'object', properties: { env: { type: 'string' } } }],
    },
    base_url: { type: 'string', default: 'https://api.example.com' },
    bindings: { type: 'array', default: [], items: binding },
    delay,
  },
}

describe('the form of a schema', () => {
  it('has a field for each kind of value, and JSON for what it does not know', () => {
    const kinds = fieldsOf(schema).map(({ node }) => kindOf(node))
    expect(kinds).toEqual(['text', 'group', 'rows', 'secret', 'text', 'rows', 'variants'])
    const others: SettingsNode[] = [{ type: 'integer' }, { type: 'boolean' }, { type: 'string', enum: ['a'] }, {}]
    expect(others.map(kindOf)).toEqual(['number', 'yes_no', 'choice', 'json'])
    expect(kindOf({ type: 'array', items: { type: 'string' } })).toBe('list')
    expect(kindOf({ type: 'array', items: { secret: true } })).toBe('list')
  })

  it('folds what works as it is, but not what one came for', () => {
    expect(
      fieldsOf(schema)
        .filter(isFolded)
        .map(({ name }) => name),
    ).toEqual(['base_url'])
  })

  it('begins with what must be there', () => {
    expect(blankOf(schema)).toEqual({ from: {}, templates: [] })
  })

  it('speaks the language of the screen, English where that has no word, else the name itself', () => {
    const { host, from } = schema.properties ?? {}
    expect(wordsOf(host ?? {}, 'host', 'zh')).toEqual({ title: '主机', hint: '地址' })
    expect(wordsOf(host ?? {}, 'host', 'en')).toEqual({ title: 'Host', hint: 'Where' })
    expect(wordsOf(from ?? {}, 'reply_to', 'zh')).toEqual({ title: 'Reply to', hint: undefined })
  })

  it('names a field that stands deep', () => {
    expect(titleAt(schema, 'templates[1].code', 'en')).toBe('Templates 2 › Code')
    expect(titleAt(schema, 'templates[1].code', 'zh')).toBe('Templates 2 › 模板编号')
    expect(titleAt(schema, 'from.address', 'en')).toBe('From › Address')
    expect(nodeAt(schema, 'delay.p95')?.node).toEqual({ type: 'number' })
    expect(nodeAt(schema, 'nowhere.at.all')).toBeNull()
  })

  it('finds the variant that a value is', () => {
    expect([variantOf(delay, { min: 1, max: 2 }), variantOf(delay, { median: 1 }), variantOf(delay, {})]).toEqual([
      0, 1, 0,
    ])
  })
})

describe('what is sent', () => {
  it('leaves out what is blank and the space around words; false, 0 and an empty list stay', () => {
    const typed = {
      host: ' a ',
      port: 0,
      secure: false,
      user: ' ',
      hosts: ['a', ''],
      from: { name: '' },
      none: undefined,
    }
    expect(pruned(typed)).toEqual({ host: 'a', port: 0, secure: false, hosts: ['a'], from: {} })
  })

  it('keeps what is stored of a secret', () => {
    expect(pruned({ password: { stored: true } })).toEqual({ password: { stored: true } })
    expect(secretRefOf({ stored: true })).toEqual({ stored: true })
    expect(secretRefOf({ env: 'SECRET_X' })).toEqual({ env: 'SECRET_X' })
    expect([secretRefOf('text'), secretRefOf({}), secretRefOf(undefined)]).toEqual([null, null, null])
  })
})
