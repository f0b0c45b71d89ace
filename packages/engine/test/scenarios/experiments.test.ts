import { describe, expect, it } from 'vitest'
import { openEngine } from '../support/engine.ts'
import { sql } from '../support/stores.ts'
import { ACCEPTED, REJECTED } from '../support/provider.ts'

async function withTwoVersions() {
  const bench = await openEngine({ start: false })
  const { engine, templateId } = bench
  await engine.templates.update(templateId, { content: 'Hi {{name}}' })
  const send = async (n: number) =>
    engine.messages.acceptBatch({
      templateId,
      recipients: Array.from({ length: n }, (_, i) => `user-${i}`),
      variablesList: Array.from({ length: n }, () => ({ name: 'Ada' })),
    })
  return { ...bench, send }
}

const shareOf = (share: number) => ({ version: 1, shareB: share, planned: 50, by: 'ann' })

describe('an experiment with two versions', () => {
  it('gives each recipient the same version every time, stores it with the message and counts it', async () => {
    const { engine, templateId, send } = await withTwoVersions()
    await send(10)
    await engine.experiments.start({ templateId, ...shareOf(30) })
    await send(200)
    await send(200)
    const { messages } = await engine.messages.search({ templateId, limit: 400 })
    const versions = new Map<string, Set<number>>()
    for (const { recipient, templateVersion } of messages) {
      versions.set(recipient, (versions.get(recipient) ?? new Set()).add(templateVersion))
    }
    expect(Math.max(...[...versions.values()].map((each) => each.size))).toBe(1)
    const inB = messages.filter((each) => each.templateVersion === 1).length
    const report = await engine.experiments.get(templateId)
    expect(report).toMatchObject({ state: 'running', startedBy: 'ann', finding: 'collecting' })
    expect(report?.b.accepted).toBe(inB)
    expect(report?.a.accepted).toBe(400 - inB)
    expect(inB).toBeGreaterThan(60)
    expect(inB).toBeLessThan(180)
  })

  it('follows its messages to their end, and keeps the figures when it is over', async () => {
    const { engine, templateId, send } = await withTwoVersions()
    await engine.experiments.start({ templateId, ...shareOf(50) })
    await send(60)
    const { messages } = await engine.messages.search({ templateId, limit: 20 })
    for (const { id } of messages) await engine.messages.cancel(id)
    await engine.start()
    await expect
      .poll(async () => {
        const report = await engine.experiments.get(templateId)
        return (report?.a.succeeded ?? 0) + (report?.b.succeeded ?? 0)
      })
      .toBe(40)
    const ended = await engine.experiments.end(templateId, 'ann')
    expect(ended).toMatchObject({ state: 'ended', stop: { kind: 'ended', by: 'ann' } })
    expect(ended.a.accepted + ended.b.accepted).toBe(60)
    await send(20)
    const later = await engine.messages.search({ templateId, limit: 20 })
    expect(later.messages.map((each) => each.templateVersion)).toEqual(Array.from({ length: 20 }, () => 2))
    const again = await engine.experiments.start({ templateId, ...shareOf(50) })
    expect(again.a.accepted + again.b.accepted).toBe(0)
  })

  it('publishes the winner anew, and asks for versions that can be compared', async () => {
    const { engine, templateId } = await withTwoVersions()
    const reasonOf = (call: Promise<unknown>) => call.catch((error: unknown) => (error as { reason: string }).reason)
    expect(await reasonOf(engine.experiments.start({ templateId, ...shareOf(50), version: 2 }))).toBe('invalid')
    expect(await reasonOf(engine.experiments.start({ templateId, ...shareOf(50), version: 9 }))).toBe('invalid')
    expect(await reasonOf(engine.experiments.end(templateId))).toBe('not_found')
    await engine.experiments.start({ templateId, ...shareOf(50) })
    expect(await reasonOf(engine.experiments.start({ templateId, ...shareOf(50) }))).toBe('wrong_state')
    await engine.experiments.promote(templateId, 1, 'ann')
    expect(await engine.templates.versions(templateId)).toMatchObject([
      { version: 3, content: 'Hello {{name}}', author: 'ann', note: 'winner of the experiment: version 1' },
      { version: 2 },
      { version: 1 },
    ])
    expect(await engine.experiments.get(templateId)).toMatchObject({ state: 'ended' })
  })
  it('ends with the next version that is published: everybody gets what is in force', async () => {
    const { engine, templateId, send } = await withTwoVersions()
    await engine.experiments.start({ templateId, ...shareOf(50) })
    await send(20)
    await engine.templates.update(templateId, { content: 'Dear {{name}}', author: 'bob' })
    expect(await engine.experiments.get(templateId)).toMatchObject({
      state: 'ended',
      stop: { kind: 'published', version: 3, by: 'bob' },
    })
    await send(20)
    const { messages } = await engine.messages.search({ templateId, limit: 20 })
    expect(new Set(messages.map((each) => each.templateVersion))).toEqual(new Set([3]))
    const report = await engine.experiments.get(templateId)
    expect((report?.a.accepted ?? 0) + (report?.b.accepted ?? 0)).toBe(20)
  })

  it('goes on while a draft is saved, and ends when the template is archived', async () => {
    const { engine, templateId, send } = await withTwoVersions()
    await engine.experiments.start({ templateId, ...shareOf(50) })
    await engine.templates.update(templateId, { content: 'Dear {{name}}', publish: false })
    expect(await engine.experiments.get(templateId)).toMatchObject({ state: 'running', stop: null })
    await send(1)
    expect(await engine.templates.remove(templateId)).toBe('archived')
    expect(await engine.experiments.get(templateId)).toMatchObject({ state: 'ended', stop: { kind: 'archived' } })
  })

  it('stops itself once a version clearly fails more often, and gives everybody the other one', async () => {
    const { engine, provider, clock, templateId, send } = await withTwoVersions()
    provider.answerWith((call) => (call.text.startsWith('Hello') ? REJECTED : ACCEPTED))
    await engine.start()
    await engine.experiments.start({ templateId, ...shareOf(50) })
    const changes: number[] = []
    engine.events.on('template:changed', ({ id }) => changes.push(id))
    await send(300)
    await provider.called(300)
    const ended = async () => {
      const report = await engine.experiments.get(templateId)
      return (report?.a.ended ?? 0) + (report?.b.ended ?? 0)
    }
    await expect.poll(ended).toBe(300)
    expect(await engine.experiments.get(templateId)).toMatchObject({ state: 'running' })

    clock.advance(10_000)
    await expect.poll(() => engine.experiments.get(templateId)).toMatchObject({ state: 'stopped', shareB: 0 })
    expect(changes).toEqual([templateId])
    const stopped = await engine.experiments.get(templateId)
    expect(stopped?.stop).toEqual({
      kind: 'failing',
      bad: { version: 1, failed: stopped?.b.ended, ended: stopped?.b.ended },
      good: { version: 2, failed: 0, ended: stopped?.a.ended },
    })
    await send(60)
    const { messages } = await engine.messages.search({ templateId, limit: 60 })
    expect(new Set(messages.map((each) => each.templateVersion))).toEqual(new Set([2]))
    expect(await engine.templates.get(templateId)).toMatchObject({ version: 2 })

    await engine.experiments.promote(templateId, 2, 'ann')
    expect(await engine.experiments.get(templateId)).toMatchObject({
      state: 'ended',
      stop: { kind: 'promoted', version: 2, by: 'ann' },
    })
  })

  it('is judged by one engine at a time', async () => {
    const { engine, place, clock, provider, templateId, send } = await withTwoVersions()
    provider.answerWith((call) => (call.text.startsWith('Hi') ? REJECTED : ACCEPTED))
    await engine.start()
    await engine.experiments.start({ templateId, ...shareOf(50) })
    await send(400)
    await provider.called(400)
    await engine.stats.conservation({ deep: true })
    const another = `'another', 1, ${clock.now() + 60_000}`
    await sql(place, `INSERT INTO locks (key, owner, fence, lease_until) VALUES ('experiments', ${another})`)
    await engine.experiments.evaluate()
    expect(await engine.experiments.get(templateId)).toMatchObject({ state: 'running' })
    await sql(place, "UPDATE locks SET owner = '', lease_until = 0 WHERE key = 'experiments'")
    await engine.experiments.evaluate()
    expect(await engine.experiments.get(templateId)).toMatchObject({ state: 'stopped' })
  })

  it('runs on while both versions fail alike, however often it is judged', async () => {
    const { engine, provider, clock, templateId, send } = await withTwoVersions()
    provider.answerWith((call) => (Number(call.to.slice('user-'.length)) % 4 === 0 ? REJECTED : ACCEPTED))
    await engine.start()
    await engine.experiments.start({ templateId, ...shareOf(50) })
    await send(400)
    await provider.called(400)
    for (let i = 0; i < 20; i++) {
      clock.advance(10_000)
      await engine.experiments.evaluate()
    }
    expect(await engine.experiments.get(templateId)).toMatchObject({ state: 'running', shareB: 50 })
  })
})
