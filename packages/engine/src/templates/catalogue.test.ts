import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { ManualClock } from '../../test/support/manual-clock.ts'
import { mjmlInline } from '../../test/support/mjml-inline.ts'
import { renderInline } from '../../test/support/render-inline.ts'
import { MemoryTemplateStore } from '../../test/support/memory-templates.ts'
import { createEvents } from '../events.ts'
import { checkVariables, createTemplateCatalogue, renderContent, type TemplateCatalogue } from './catalogue.ts'
import { createTemplates, type Templates } from './templates.ts'

let store: MemoryTemplateStore
let templates: Templates
let catalogue: TemplateCatalogue
const events = createEvents()

beforeEach(() => {
  store = new MemoryTemplateStore()
  templates = createTemplates({
    store,
    events,
    clock: new ManualClock(),
    render: renderInline,
    mjml: mjmlInline,
    lastPayloads: async () => [],
  })
  catalogue = createTemplateCatalogue({ store, events, capacity: 3 })
  return () => catalogue.close()
})

const sms = (content: string) => templates.create({ name: 'Code', channel: 'sms', content })

describe('the catalogue', () => {
  it('answers without a promise and without the store once it has read a template', async () => {
    const { id } = await sms('Code {{code}}')
    const first = await catalogue.active(id)
    const reads = store.reads
    expect(catalogue.active(id)).toBe(first)
    await catalogue.published(id, 1)
    expect(catalogue.published(id, 1)).toMatchObject({ templateId: id, version: 1, channel: 'sms' })
    expect(store.reads).toBe(reads + 1)
  })

  it('follows each publication at once and still gives older versions', async () => {
    const { id } = await sms('Old {{code}}')
    await catalogue.active(id)
    await templates.update(id, { content: 'New {{code}}' })
    const now = await catalogue.active(id)
    expect(renderContent(now, { code: '1' }).text).toBe('New 1')
    expect(renderContent(await catalogue.published(id, 1), { code: '1' }).text).toBe('Old 1')
  })

  it('does not keep what was read before a change that came meanwhile', async () => {
    const { id } = await sms('Old {{code}}')
    const reading = Promise.withResolvers<void>()
    const { version } = store
    store.version = async (...args) => {
      const read = await version.apply(store, args)
      await reading.promise
      return read
    }
    const beforeTheChange = catalogue.active(id)
    await templates.update(id, { content: 'New {{code}}' })
    reading.resolve()
    expect(await beforeTheChange).toMatchObject({ version: 1 })
    expect(await catalogue.active(id)).toMatchObject({ version: 2 })
  })

  it('keeps drafts and archived templates out of force, but sends what was accepted before', async () => {
    const draft = await templates.create({ name: 'Draft', channel: 'sms', content: 'x', status: 'draft' })
    await expect(catalogue.active(draft.id)).rejects.toMatchObject({ reason: 'template_not_active' })
    const { id } = await sms('x')
    await catalogue.active(id)
    store.referenced.add(id)
    await templates.remove(id)
    await expect(catalogue.active(id)).rejects.toMatchObject({ reason: 'template_not_active' })
    expect(await catalogue.published(id, 1)).toMatchObject({ version: 1 })
  })

  it('knows neither unknown templates nor unknown versions', async () => {
    await expect(catalogue.active(404)).rejects.toMatchObject({ reason: 'template_not_found' })
    const { id } = await sms('x')
    await expect(catalogue.published(id, 2)).rejects.toMatchObject({ reason: 'template_not_found' })
  })

  it('forgets the template that was not used for longest', async () => {
    const created = [await sms('a'), await sms('b'), await sms('c'), await sms('d')]
    const [a, b, c, d] = created.map((each) => each.id) as [number, number, number, number]
    for (const id of [a, b, c, a, d]) await catalogue.active(id)
    expect(catalogue.active(a)).not.toBeInstanceOf(Promise)
    expect(catalogue.active(b)).toBeInstanceOf(Promise)
  })
})

it('stops listening when it is closed', () => {
  catalogue.close()
  expect(events.count()).toBe(0)
})

describe('checkVariables', () => {
  const compiled = async (content: string) => catalogue.active((await sms(content)).id)

  it('turns numbers and booleans into texts', async () => {
    expect(checkVariables(await compiled('{{a}}{{b}}{{c}}'), { a: 'x', b: 1.5, c: false })).toEqual({
      a: 'x',
      b: '1.5',
      c: 'false',
    })
  })

  it('names everything missing and everything unknown', async () => {
    const template = await compiled('{{a}}{{b}}')
    expect(() => checkVariables(template, { b: '1', d: '2' })).toThrow(
      expect.objectContaining({
        reason: 'missing_variable',
        message:
          'expected variables.a to be a value, got nothing; expected variables.d to be a variable of the template, got "2"',
      }),
    )
    expect(() => checkVariables(template, { a: '', b: '', c: '' })).toThrow(
      expect.objectContaining({ reason: 'unknown_variable' }),
    )
  })

  it('gives each variable of any name as a text of its own, whatever it was', async () => {
    const template = await compiled('{{a}}{{b}}{{__proto__}}{{constructor}}')
    const value = fc.oneof(fc.string(), fc.double(), fc.boolean())
    fc.assert(
      fc.property(fc.record({ a: value, b: value, ['__proto__']: value, constructor: value }), (given) => {
        const names = [...template.variables]
        expect(new Map(Object.entries(checkVariables(template, given)))).toEqual(
          new Map(names.map((name) => [name, String(Object.getOwnPropertyDescriptor(given, name)?.value)])),
        )
      }),
    )
  })

  it('takes __proto__ and toString for names like any other', async () => {
    const template = await compiled('{{__proto__}}{{toString}}')
    expect(() => checkVariables(template, {})).toThrow(expect.objectContaining({ reason: 'missing_variable' }))
    const given = JSON.parse('{"__proto__":"a","toString":"b"}') as Record<string, string>
    expect(renderContent(template, checkVariables(template, given)).text).toBe('ab')
  })
})

describe('renderContent', () => {
  it('escapes html bodies as html and subjects as headers', async () => {
    const { id } = await templates.create({
      name: 'Mail',
      channel: 'email',
      format: 'html',
      subject: 'Hi {{name}}',
      content: '<p>{{name}}</p>',
    })
    expect(renderContent(await catalogue.active(id), { name: '<b>\r\n' })).toEqual({
      templateId: id,
      templateVersion: 1,
      templateName: 'Mail',
      subject: 'Hi <b>',
      text: '<p>&lt;b&gt;\r\n</p>',
      html: '<p>&lt;b&gt;\r\n</p>',
    })
  })
})
