import { describe, expect, it } from 'vitest'
import { openEngine, type Bench } from '../support/engine.ts'

async function withMessages(names: readonly string[]): Promise<Bench> {
  const bench = await openEngine({ start: false })
  const { engine, templateId } = bench
  await engine.messages.acceptBatch({
    templateId,
    recipients: names.map((_, i) => String(i)),
    variablesList: names.map((name) => ({ name })),
  })
  return bench
}

describe('before a template is published', () => {
  it('its last real payloads are rendered in a thread, with the draft and with what is in force', async () => {
    const { engine, templateId } = await withMessages(['Ada', 'Bob', 'Eve'])
    const same = await engine.templates.renderMany({ templateId }, { last: 10 })
    expect(same).toMatchObject({ total: 3, failed: 0, changed: 0, unchanged: 3 })
    const changed = await engine.templates.renderMany({ templateId, content: 'Hi {{name}}' }, { last: 2 })
    expect(changed).toMatchObject({ total: 2, failed: 0, changed: 2 })
    expect(changed.differences).toMatchObject([
      { field: 'content', at: 1, before: 'Hello Eve', after: 'Hi Eve' },
      { before: 'Hello Bob', after: 'Hi Bob' },
    ])
    const failing = await engine.templates.renderMany({ templateId, content: 'Hi {{name}} {{code}}' }, { last: 10 })
    expect(failing).toMatchObject({ total: 3, failed: 3 })
    expect(await engine.templates.get(templateId)).toMatchObject({ version: 1, hasDraft: false })
    expect(engine.pools().threads.find(({ name }) => name === 'render')).toMatchObject({
      ...{ completedTasks: 3, failedTasks: 0, activeCount: 0 },
    })
  })

  it('a wrong draft, a template that is not there and too many payloads are refused', async () => {
    const { engine, templateId } = await withMessages(['Ada'])
    const { templates } = engine
    const reasonOf = (call: Promise<unknown>) => call.catch((error: unknown) => (error as { reason: string }).reason)
    expect(await reasonOf(templates.renderMany({ templateId: 99 }, { last: 1 }))).toBe('template_not_found')
    expect(await reasonOf(templates.renderMany({ templateId, content: '{{' }, { last: 1 }))).toBe('invalid')
    expect(await reasonOf(templates.renderMany({ templateId }, { last: 10_001 }))).toBe('invalid')
    const payloads = Array.from({ length: 10_001 }, (_, recordId) => ({ recordId, variables: {} }))
    expect(await reasonOf(templates.renderMany({ templateId }, payloads))).toBe('invalid')
    await engine.stop()
    expect(await reasonOf(templates.renderMany({ templateId }, payloads.slice(0, 1)))).toBe('not_accepting')
  })

  it('many long ones leave the event loop free', async () => {
    const { engine, templateId } = await withMessages(['Ada'])
    const long = 'x'.repeat(50_000)
    const payloads = Array.from({ length: 2_000 }, (_, recordId) => ({ recordId, variables: { name: long } }))
    let turns = 0
    let over = false
    const count = () => {
      turns += 1
      if (!over) setImmediate(count)
    }
    setImmediate(count)
    const report = await engine.templates.renderMany({ templateId, content: 'Hi {{name}}' }, payloads)
    over = true
    expect(report).toMatchObject({ total: 2_000, changed: 2_000 })
    // In the main thread each of the four batches would take one turn.
    expect(turns).toBeGreaterThan(50)
  })
})
