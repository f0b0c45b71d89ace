import { describe, expect, it } from 'vitest'
import { openEngine } from '../support/engine.ts'
import { passTime } from '../support/pass-time.ts'

describe('the queue', () => {
  it('lets the highest priority leave first and keeps the order inside one', async () => {
    const { engine, provider, templateId } = await openEngine({ start: false })
    const priorities = [0, 5, 10, 5, 0, 10]
    for (const [i, priority] of priorities.entries()) {
      await engine.messages.accept({ templateId, recipient: `r${i}`, variables: { name: 'x' }, priority })
    }
    await engine.start()
    await provider.called(6)
    expect(provider.calls.map((call) => call.to)).toEqual(['r2', 'r5', 'r1', 'r3', 'r0', 'r4'])
  })

  it('takes turns among flows, so that a large batch does not starve a single message', async () => {
    const { engine, provider, templateId } = await openEngine({ start: false })
    const recipients = Array.from({ length: 3000 }, (_, i) => `batch${i}`)
    await engine.messages.acceptBatch({ templateId, recipients, variablesList: recipients.map(() => ({ name: 'x' })) })
    await engine.messages.accept({ templateId, recipient: 'single', variables: { name: 'x' } })
    await engine.start()
    await provider.called(3001)
    // Behind one turn of the batch, which is of 32 messages at most.
    expect(provider.calls.findIndex((call) => call.to === 'single')).toBeLessThanOrEqual(32)
    expect(provider.calls.filter((call) => call.to !== 'single').map((call) => call.to)).toEqual(recipients)
  })

  it('sends what was delayed when it is due, not before, across a restart', async () => {
    const bench = await openEngine()
    const { provider, templateId, clock } = bench
    await bench.engine.messages.accept({ templateId, recipient: 'later', variables: { name: 'x' }, delayMs: 3_600_000 })
    clock.advance(3_599_999)
    const engine = await bench.reopen()
    await engine.start()
    expect((await engine.messages.search({ status: 'scheduled', limit: 5 })).messages).toHaveLength(1)
    expect(provider.calls).toHaveLength(0)
    clock.advance(1)
    await provider.called(1)
  })

  it('sends what waited when it was stopped', async () => {
    const bench = await openEngine({ start: false })
    const recipients = Array.from({ length: 1500 }, (_, i) => `r${i}`)
    const variablesList = recipients.map(() => ({ name: 'x' }))
    await bench.engine.messages.acceptBatch({ templateId: bench.templateId, recipients, variablesList })
    const engine = await bench.reopen()
    await engine.start()
    // Of several nodes each takes what it has room for, and looks for more when it has room again.
    await passTime(bench, bench.provider.called(1500), 50)
    expect(new Set(bench.provider.calls.map((call) => call.to)).size).toBe(1500)
  })
})
