/** One real message by one service, outside queue and statistics. */
import { describe, expect, it } from 'vitest'
import { openEngine } from '../support/engine.ts'
import { DOWN, REMOVED } from '../support/provider.ts'

describe('a test of a service', () => {
  it('goes through that very service, also when it is paused or disabled, and is counted nowhere', async () => {
    const { engine, provider, templateId } = await openEngine()
    const second = { name: 'second', channel: 'sms', adapter: 'test.provider', settings: {}, priority: 99 } as const
    const { id } = await engine.services.create({ ...second, enabled: true, dailyQuota: 1 })
    await engine.services.pause(id)
    expect(await engine.tryService(id, { recipient: 'ada', text: 'well?' })).toEqual({
      ...{
        status: 'accepted',
        code: null,
        detail: null,
        category: null,
        providerId: 'p-1',
        durationMs: 0,
        segments: null,
      },
    })
    await engine.services.drain(id)
    await engine.tryService(id, { recipient: 'ada', templateId, variables: { name: 'Ada' } })
    await engine.tryService(id, { recipient: 'ada' })
    expect(provider.calls.map(({ service, text }) => [service, text])).toEqual([
      ['second', 'well?'],
      ['second', 'Hello Ada'],
      ['second', 'Signalbox: test of service second'],
    ])
    // A provider that drops repeats must not take one for another.
    expect(new Set(provider.calls.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(3)
    expect(engine.services.health(id)).toMatchObject({ quota: { used: 0 }, inFlight: 0, lastSentAt: null })
    expect((await engine.stats.conservation({ deep: true })).accepted).toBe(0)
  })

  it('says what the provider said, and draws no conclusion from it', async () => {
    const { engine, provider } = await openEngine()
    for (const outcome of [DOWN, REMOVED]) {
      provider.answerWith(outcome)
      const { status, code, category } = await engine.tryService(1, { recipient: 'ada' })
      expect({ status, code, category }).toEqual({
        ...{ status: 'failed', code: outcome.status === 'failed' && outcome.code },
        category: outcome.status === 'failed' && outcome.category,
      })
    }
    expect(engine.services.get(1)).toMatchObject({ enabled: true, disabledBecause: null })
    expect(engine.services.health(1)).toMatchObject({ breaker: 'closed', lastError: null })
    expect(provider.calls).toHaveLength(2)
  })

  it('is given up when the provider does not answer', async () => {
    const { engine, provider, clock } = await openEngine()
    provider.hold()
    const trying = engine.tryService(1, { recipient: 'ada' })
    await provider.called(1)
    clock.advance(10_000)
    expect(await trying).toMatchObject({ status: 'unknown', code: 'timeout', durationMs: 10_000 })
  })

  it('is refused for a recipient or a template that is not for it', async () => {
    const { engine, provider } = await openEngine()
    const mail = await engine.templates.create({ name: 'mail', channel: 'email', subject: 's', content: 'c' })
    const refused = [
      [1, { recipient: 'a b' }, 'invalid_recipient'],
      [1, { recipient: 'ada', templateId: mail.id }, 'invalid'],
      [9, { recipient: 'ada' }, 'service_not_found'],
    ] as const
    for (const [id, input, reason] of refused) {
      await expect(engine.tryService(id, input)).rejects.toMatchObject({ reason })
    }
    expect(provider.calls).toHaveLength(0)
  })
})
