import type { CreateTemplate } from '@signalbox/contracts'
import { beforeEach, describe, expect, it } from 'vitest'
import { ManualClock } from '../../test/support/manual-clock.ts'
import { mjmlInline } from '../../test/support/mjml-inline.ts'
import { renderInline } from '../../test/support/render-inline.ts'
import { MemoryTemplateStore } from '../../test/support/memory-templates.ts'
import type { EngineError } from '../errors.ts'
import { createEvents } from '../events.ts'
import { createTemplates, type Templates } from './templates.ts'

const SMS: CreateTemplate = { name: 'Code', channel: 'sms', content: 'Your code is {{code}}' }
const EMAIL: CreateTemplate = {
  name: 'Welcome',
  channel: 'email',
  format: 'html',
  subject: 'Welcome, {{name}}',
  content: '<p>{{name}}: {{link}}</p>',
}

let store: MemoryTemplateStore
let templates: Templates
let changed: number[]

beforeEach(() => {
  store = new MemoryTemplateStore()
  const events = createEvents()
  changed = []
  events.on('template:changed', ({ id }) => changed.push(id))
  templates = createTemplates({
    store,
    events,
    clock: new ManualClock(),
    render: renderInline,
    mjml: mjmlInline,
    lastPayloads: async () => [],
  })
})

async function refusal(promise: Promise<unknown>): Promise<EngineError> {
  return promise.then(
    () => Promise.reject(new Error('it was taken')),
    (error: EngineError) => error,
  )
}

describe('creating a template', () => {
  it('makes it active with version 1 and takes the variables from subject and content', async () => {
    const template = await templates.create(EMAIL)
    expect(template).toMatchObject({ status: 'active', version: 1, hasDraft: false, variables: ['name', 'link'] })
    expect(await templates.versions(template.id)).toMatchObject([{ version: 1, subject: 'Welcome, {{name}}' }])
    expect(changed).toEqual([template.id])
  })

  it('keeps a draft out of force', async () => {
    expect(await templates.create({ ...SMS, status: 'draft' })).toMatchObject({ status: 'draft', version: 0 })
  })

  it('takes it for a notice, and changes what it is for at once, without a new version', async () => {
    const { id, purpose } = await templates.create(SMS)
    expect(purpose).toBe('notice')
    expect(await templates.update(id, { purpose: 'marketing' })).toMatchObject({ purpose: 'marketing', version: 1 })
    expect(await templates.update(id, { name: 'Codes' })).toMatchObject({ purpose: 'marketing' })
    expect(await templates.duplicate(id)).toMatchObject({ purpose: 'marketing' })
    expect(await templates.create({ ...SMS, purpose: 'otp' })).toMatchObject({ purpose: 'otp' })
  })

  it('asks nobody for the link to unsubscribe in marketing by e-mail, and elsewhere takes it for a name like any other', async () => {
    const content = '<p>{{name}}: {{link}} <a href="{{unsubscribe_url}}">bye</a></p>'
    const { id, variables } = await templates.create({ ...EMAIL, content, purpose: 'marketing' })
    expect(variables).toEqual(['name', 'link'])
    const shown = await templates.rendered({ templateId: id }, { name: 'Ada', link: 'x' })
    expect(shown.html).toContain('<a href="https://example.com/unsubscribe">bye</a>')
    const declared = templates.update(id, { variables: ['name', 'link', 'unsubscribe_url'] })
    expect(await refusal(declared)).toMatchObject({ reason: 'invalid', issues: [{ path: 'variables[2]' }] })
    expect(await templates.create({ ...EMAIL, content })).toMatchObject({
      variables: ['name', 'link', 'unsubscribe_url'],
    })
    const sms = { ...SMS, content: '{{unsubscribe_url}}', purpose: 'marketing' } as const
    expect(await templates.create(sms)).toMatchObject({ variables: ['unsubscribe_url'] })
  })

  it('publishes a version that asks for the link when it is for marketing no more', async () => {
    const content = 'Bye: {{unsubscribe_url}}'
    const { id } = await templates.create({ ...EMAIL, subject: 'Hi', format: 'text', content, purpose: 'marketing' })
    const changed = await templates.update(id, { purpose: 'notice' })
    expect(changed).toMatchObject({ version: 2, variables: ['unsubscribe_url'], hasDraft: false })
  })

  it('keeps variables in the order in which they were declared', async () => {
    expect(await templates.create({ ...EMAIL, variables: ['link', 'name'] })).toMatchObject({
      variables: ['link', 'name'],
    })
  })

  it.each<[string, CreateTemplate, string[]]>([
    ['a declared variable that is not used', { ...SMS, variables: ['code', 'name'] }, ['variables[1]']],
    ['a used variable that is not declared', { ...SMS, variables: [] }, ['variables']],
    ['a variable declared twice', { ...SMS, variables: ['code', 'code'] }, ['variables[1]']],
    [
      'broken placeholders in subject and content',
      { ...EMAIL, subject: '{{', content: '{{ 1 }}' },
      ['subject', 'content'],
    ],
    ['an e-mail without a subject', { ...EMAIL, subject: null }, ['subject']],
    ['an e-mail with a blank subject', { ...EMAIL, subject: '  ' }, ['subject']],
    ['a subject of two lines', { ...EMAIL, subject: 'a\nb {{name}}' }, ['subject']],
    ['an SMS with a subject', { ...SMS, subject: 'Code' }, ['subject']],
    ['html outside e-mail', { ...SMS, format: 'html' }, ['format']],
    ['empty content', { ...SMS, content: '' }, ['content']],
    ['content above the limit', { ...SMS, content: 'x'.repeat(100_001) }, ['content']],
    [
      'more than 100 variables',
      { ...SMS, content: Array.from({ length: 101 }, (_, i) => `{{v${i}}}`).join('') },
      ['variables'],
    ],
  ])('refuses %s, and stores nothing', async (_what, input, paths) => {
    const error = await refusal(templates.create(input))
    expect(error.reason).toBe('invalid')
    expect(error.issues.map((each) => each.path)).toEqual(paths)
    expect(await templates.list()).toEqual([])
    expect(changed).toEqual([])
  })

  it('says where a placeholder is broken', async () => {
    const error = await refusal(templates.create({ ...SMS, content: 'Your code\nis {{code}' }))
    expect(error.message).toBe(
      'expected content to be text with {{name}} placeholders (line 2, column 4), got "{{code}"',
    )
  })

  it.each(['app', 'wechat', 'feishu'] as const)('takes a subject as the title on %s, or none', async (channel) => {
    expect((await templates.create({ ...SMS, channel, subject: 'Code' })).subject).toBe('Code')
    expect((await templates.create({ ...SMS, channel, subject: '' })).subject).toBeNull()
  })
})

describe('editing a template', () => {
  it('publishes what an active template sends as the next version', async () => {
    const { id } = await templates.create(SMS)
    expect(await templates.update(id, { content: 'Code: {{pin}}', note: 'shorter' })).toMatchObject({
      version: 2,
      variables: ['pin'],
      hasDraft: false,
    })
    expect(await templates.versions(id)).toMatchObject([{ version: 2, note: 'shorter' }, { version: 1 }])
  })

  it('keeps a draft beside the version in force with publish: false, and publishes it later', async () => {
    const { id } = await templates.create(SMS)
    expect(await templates.update(id, { content: 'Code: {{code}}', publish: false })).toMatchObject({
      version: 1,
      hasDraft: true,
      content: 'Code: {{code}}',
    })
    expect(await templates.publish(id, { note: 'ready', author: 'ann' })).toMatchObject({ version: 2, hasDraft: false })
  })

  it('sees that a draft was edited back to the version in force', async () => {
    const { id } = await templates.create(SMS)
    await templates.update(id, { content: 'Other {{code}}', publish: false })
    expect(await templates.update(id, { content: SMS.content })).toMatchObject({ version: 1, hasDraft: false })
  })

  it('renames without a new version', async () => {
    const { id } = await templates.create(SMS)
    expect(await templates.update(id, { name: 'Login code' })).toMatchObject({ version: 1, name: 'Login code' })
  })

  it('puts a draft in force with publish: true', async () => {
    const { id } = await templates.create({ ...SMS, status: 'draft' })
    expect(await templates.update(id, { name: 'Pin', publish: true })).toMatchObject({ status: 'active', version: 1 })
  })

  it('refuses a stale revision and changes nothing', async () => {
    const { id, revision } = await templates.create(SMS)
    await templates.update(id, { name: 'Second', revision })
    const error = await refusal(templates.update(id, { name: 'Third', revision }))
    expect(error.reason).toBe('conflict')
    expect((await templates.get(id)).name).toBe('Second')
  })

  it('lets one of two edits at the same time through and tells the other', async () => {
    const { id } = await templates.create(SMS)
    const results = await Promise.allSettled([templates.update(id, { name: 'A' }), templates.update(id, { name: 'B' })])
    expect(results.map((each) => each.status)).toEqual(['fulfilled', 'rejected'])
  })

  it('refuses an edit that would leave variables and content apart', async () => {
    const { id } = await templates.create(SMS)
    expect((await refusal(templates.update(id, { variables: ['pin'] }))).reason).toBe('invalid')
  })

  it('rolls back by publishing the old version again', async () => {
    const { id } = await templates.create(SMS)
    await templates.update(id, { content: 'Wrong {{code}}' })
    expect(await templates.rollback(id, 1)).toMatchObject({ version: 3, content: SMS.content })
    expect((await templates.versions(id))[0]).toMatchObject({ version: 3, note: 'rollback to version 1' })
    expect((await refusal(templates.rollback(id, 9))).reason).toBe('not_found')
  })

  it.each(['get', 'publish', 'remove', 'versions'] as const)(
    'answers %s of an unknown id with template_not_found',
    async (call) => {
      expect((await refusal(templates[call](404))).reason).toBe('template_not_found')
    },
  )
})

describe('removing a template', () => {
  it('removes one that no message refers to', async () => {
    const { id } = await templates.create(SMS)
    expect(await templates.remove(id)).toBe('removed')
    expect(await templates.list()).toEqual([])
  })

  it('archives one that messages refer to; it takes no edits until it is published again', async () => {
    const { id } = await templates.create(SMS)
    store.referenced.add(id)
    expect(await templates.remove(id)).toBe('archived')
    expect(await templates.remove(id)).toBe('archived')
    expect((await refusal(templates.update(id, { name: 'x' }))).reason).toBe('wrong_state')
    expect(await templates.publish(id)).toMatchObject({ status: 'active', version: 2 })
  })
})

it('lists by channel and status', async () => {
  await templates.create(SMS)
  await templates.create({ ...SMS, status: 'draft', name: 'Draft' })
  await templates.create(EMAIL)
  const names = async (filter: Parameters<Templates['list']>[0]) =>
    (await templates.list(filter)).map((each) => each.name)
  expect(await names({})).toEqual(['Code', 'Draft', 'Welcome'])
  expect(await names({ channel: 'sms' })).toEqual(['Code', 'Draft'])
  expect(await names({ channel: 'sms', status: 'active' })).toEqual(['Code'])
})
