import { describe, expect, it } from 'vitest'
import { openServer } from '../../test/support/server.ts'

const PATH = '/api/messages/templates'
const SMS = { name: 'Code', channel: 'sms', content: 'Code {{code}}' } as const

async function withMessages() {
  const server = await openServer()
  const id = await server.template(SMS)
  for (const code of ['1', '2', '3']) {
    await server.post('/api/messages/send', { template_id: id, recipient: '+8613800138000', variables: { code } })
  }
  return { server, id, at: `${PATH}/${id}` }
}

describe('beside a template', () => {
  it('stand the variables of its last messages', async () => {
    const { server, at } = await withMessages()
    const { body } = await server.call(`${at}/payloads?limit=2`)
    expect(body.data).toMatchObject([
      { variables: { code: '3' }, trace_id: expect.stringMatching(/^msg_/) },
      { variables: { code: '2' } },
    ])
    expect(await server.call(`${PATH}/999/payloads`)).toMatchObject({ status: 404 })
  })

  it('an edit is tried on its last messages before it is published', async () => {
    const { server, at } = await withMessages()
    const { body } = await server.post(`${at}/render`, { content: 'Your code: {{code}}' })
    expect(body.data).toMatchObject({ total: 3, failed: 0, changed: 3, unchanged: 0 })
    expect(body.data.differences[0]).toMatchObject({ before: 'Code 3', after: 'Your code: 3' })
    const failing = await server.post(`${at}/render`, { content: '{{code}} {{name}}', last: 2 })
    expect(failing.body.data).toMatchObject({ total: 2, failed: 2 })
    expect(failing.body.data.failures[0].message).toContain('expected variables.name to be a value')
  })

  it('a test is rendered into the sandbox, without a message', async () => {
    const { server, at } = await withMessages()
    const tested = await server.post(`${at}/test`, { content: 'Try {{code}}', variables: { code: '9' } })
    expect(tested).toMatchObject({ status: 200, body: { data: { text: 'Try 9', html: null } } })
    const kept = await server.call('/api/sandbox/messages?channel=sms')
    expect(kept.body.data).toContainEqual(expect.objectContaining({ text: 'Try 9', record_id: null, trace_id: null }))
    expect(await server.stored()).toBe(3)
    const missing = await server.post(`${at}/test`, { variables: {} })
    expect(missing).toMatchObject({ status: 422, body: { details: { error: 'missing_variable' } } })
  })

  it('a test of an edit goes to one real recipient as a message of its own, and is published by nobody', async () => {
    const { server, at } = await withMessages()
    const edit = { content: 'Try {{code}}', variables: { code: '9' }, author: 'Ann' }
    const sent = await server.post(`${at}/test-send`, { ...edit, recipient: '138 0013 8001' })
    expect(sent).toMatchObject({ status: 202, body: { data: { trace_id: expect.stringMatching(/^msg_/) } } })
    await expect
      .poll(async () => (await server.call('/api/sandbox/messages?channel=sms')).body.data)
      .toContainEqual(expect.objectContaining({ text: 'Try 9', recipient: '+8613800138001' }))
    const trace = await server.call(`/api/messages/traces/${sent.body.data.trace_id}`)
    expect(trace.body.data.message).toMatchObject({ template_version: -1, priority: 10 })
    const version = await server.call(`${at}/versions/-1`)
    expect(version.body.data).toMatchObject({ version: -1, content: 'Try {{code}}', author: 'Ann', note: null })
    expect((await server.call(`${at}/versions`)).body.data).toMatchObject([{ version: 1 }])
    expect((await server.call(at)).body.data).toMatchObject({ version: 1, content: SMS.content, has_draft: false })

    const refused = await server.post(`${at}/test-send`, { ...edit, recipient: 'nobody' })
    expect(refused).toMatchObject({ status: 422, body: { details: { error: 'invalid_recipient' } } })
    expect(await server.call(`${at}/versions/9`)).toMatchObject({ status: 404 })
    expect(await server.call(`${at}/versions/0`)).toMatchObject({ status: 422 })
  })

  it('a copy becomes a draft of its own', async () => {
    const { server, at, id } = await withMessages()
    const { status, body } = await server.post(`${at}/duplicate`, { name: 'Second' })
    expect(status).toBe(201)
    expect(body.data).toMatchObject({ name: 'Second', content: SMS.content, status: 'draft', version: 0 })
    expect(body.data.id).not.toBe(id)
  })

  it('what leaves as a file comes in again as drafts', async () => {
    const { server } = await withMessages()
    const file = await server.call(`${PATH}/export`)
    const imported = await server.post(`${PATH}/import`, file.body.data)
    expect(imported).toMatchObject({ status: 201, body: { data: [{ ...SMS, status: 'draft' }] } })
  })

  it('a file with a fault says which template and what, and nothing of it is created', async () => {
    const { server } = await withMessages()
    const before = (await server.call(PATH)).body.data.length
    const good = { ...SMS, format: 'text', subject: null }
    const { status, body } = await server.post(`${PATH}/import`, {
      format: 'signalbox.templates',
      version: 1,
      templates: [good, { ...good, content: 'Code {{' }],
    })
    expect(status).toBe(422)
    expect(body.message).toContain('templates[1].content')
    expect((await server.call(PATH)).body.data).toHaveLength(before)
    expect(await server.post(`${PATH}/import`, { templates: [] })).toMatchObject({ status: 422 })
  })

  it('MJML is compiled when it is published, and its faults carry their line', async () => {
    const server = await openServer()
    const mjml = (inner: string) =>
      `<mjml><mj-body><mj-section><mj-column>\n${inner}\n</mj-column></mj-section></mj-body></mjml>`
    const compiled = await server.post(`${PATH}/compile`, { content: mjml('<mj-text x="1">a</mj-text>') })
    expect(compiled.body.data.problems).toMatchObject([{ line: 2 }])
    const id = await server.template({
      ...SMS,
      channel: 'email',
      format: 'mjml',
      subject: 'S',
      content: mjml('<mj-text>Hi {{name}}</mj-text>'),
    })
    await server.post('/api/messages/send', { template_id: id, recipient: 'a@example.com', variables: { name: '<b>' } })
    await expect
      .poll(async () => (await server.call('/api/sandbox/messages?channel=email')).body.data[0]?.html)
      .toContain('Hi &lt;b&gt;')
    const wrong = await server.call(`${PATH}/${id}`, {
      method: 'PUT',
      body: { content: mjml('<mj-text x="1">{{name}}</mj-text>') },
    })
    expect(wrong).toMatchObject({ status: 422 })
    expect(wrong.body.message).toContain('line 2')
  })

  it('an experiment is started, read, and ended in favour of a version', async () => {
    const { server, at } = await withMessages()
    await server.call(at, { method: 'PUT', body: { content: 'Your code {{code}}', author: 'Ann', note: 'kinder' } })
    expect((await server.call(`${at}/versions`)).body.data[0]).toMatchObject({ author: 'Ann', note: 'kinder' })
    expect((await server.call(`${at}/experiment`)).body.data).toBeNull()
    const started = await server.post(`${at}/experiment`, { version: 1, by: 'Ann' })
    expect(started).toMatchObject({
      status: 201,
      body: { data: { state: 'running', share_percent: 50, a: { version: 2 }, b: { version: 1 } } },
    })
    await server.call(at, { method: 'PUT', body: { content: 'Dear {{code}}', author: 'Bob' } })
    const ended = await server.call(`${at}/experiment`)
    expect(ended.body.data).toMatchObject({ state: 'ended', stop: { kind: 'published', version: 3, by: 'Bob' } })
    await server.post(`${at}/experiment`, { version: 1 })
    const promoted = await server.post(`${at}/experiment/promote`, { version: 1 })
    expect(promoted.body.data).toMatchObject({ state: 'ended', stop: { kind: 'promoted', version: 1, by: null } })
    expect((await server.call(at)).body.data).toMatchObject({ version: 4, content: SMS.content })
  })
})
