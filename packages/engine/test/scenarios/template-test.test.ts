import { describe, expect, it } from 'vitest'
import { openEngine } from '../support/engine.ts'

describe('a test of an edit', () => {
  it('reaches its one recipient with the text of the edit, while everybody else gets what is in force', async () => {
    const { engine, provider, templateId } = await openEngine()
    const test = await engine.templates.keepTest({ templateId, content: 'Try {{code}}' }, 'ann')
    const { id } = await engine.messages.accept({
      ...{ templateId, templateVersion: test, recipient: 'ada', variables: { code: '7' } },
    })
    await engine.messages.accept({ templateId, recipient: 'bob', variables: { name: 'Bob' } })
    await provider.called(2)
    expect(Object.fromEntries(provider.calls.map(({ to, text }) => [to, text]))).toEqual({
      ada: 'Try 7',
      bob: 'Hello Bob',
    })
    expect(test).toBe(-1)
    expect(await engine.messages.get(id)).toMatchObject({ templateVersion: -1 })
    expect(await engine.templates.version(templateId, -1)).toMatchObject({ content: 'Try {{code}}', author: 'ann' })
    expect(await engine.templates.versions(templateId)).toMatchObject([{ version: 1 }])
    expect(await engine.templates.get(templateId)).toMatchObject({ version: 1, content: 'Hello {{name}}' })
  })

  it('needs no published version, and its text stays with its message after a restart', async () => {
    const { engine, reopen } = await openEngine({ start: false })
    const { id } = await engine.templates.create({ name: 'new', channel: 'sms', content: 'One', status: 'draft' })
    const templateVersion = await engine.templates.keepTest({ templateId: id })
    const message = await engine.messages.accept({ templateId: id, templateVersion, recipient: 'ada', variables: {} })
    await engine.templates.update(id, { content: 'Two' })
    const again = await reopen()
    expect(await again.templates.remove(id)).toBe('archived')
    const stored = await again.messages.get(message.id)
    expect(await again.templates.version(id, stored?.templateVersion ?? 0)).toMatchObject({ content: 'One' })
  })

  it('is kept once while the text is the same, and is checked like any other', async () => {
    const { engine, templateId } = await openEngine({ start: false })
    const reasonOf = (call: Promise<unknown>) => call.catch((error: unknown) => (error as { reason: string }).reason)
    const keep = (content: string) => engine.templates.keepTest({ templateId, content })
    expect([await keep('a'), await keep('a'), await keep('b'), await keep('a')]).toEqual([-1, -1, -2, -3])
    expect(await reasonOf(keep('{{'))).toBe('invalid')
    const test = { templateId, templateVersion: -1, recipient: 'ada' }
    expect(await reasonOf(engine.messages.accept({ ...test, variables: { x: '1' } }))).toBe('unknown_variable')
    expect(await reasonOf(engine.templates.rollback(templateId, -1))).toBe('not_found')
  })

  it('is no real message by which an edit is tried', async () => {
    const { engine, templateId } = await openEngine({ start: false })
    const templateVersion = await engine.templates.keepTest({ templateId, content: 'Try {{code}}' })
    await engine.messages.accept({ templateId, templateVersion, recipient: 'ada', variables: { code: '7' } })
    await engine.messages.accept({ templateId, recipient: 'ada', variables: { name: 'Ada' } })
    expect(await engine.templates.payloads(templateId, 10)).toMatchObject([{ variables: { name: 'Ada' } }])
  })
})
