import { describe, expect, it } from 'vitest'
import { once } from '../../src/index.ts'
import { openEngine } from '../support/engine.ts'
import { ACCEPTED, AWAITING_RECEIPT, REJECTED, TIMED_OUT } from '../support/provider.ts'

describe('statistics', () => {
  it('count what ended, by channel and day, and add up with the records', async () => {
    const { engine, provider, templateId } = await openEngine()
    const outcomes = [ACCEPTED, AWAITING_RECEIPT, REJECTED, TIMED_OUT]
    provider.answerWith((call) => outcomes[Number(call.to)] ?? ACCEPTED)
    for (let i = 0; i < 4; i++) {
      const ended = once(engine.events, 'message:changed', (record) => record.finishedAt !== null)
      await engine.messages.accept({ templateId, recipient: String(i), variables: { name: 'x' } })
      await ended
    }
    const { total, byChannel, daily } = await engine.stats.overview()
    expect(total).toMatchObject({ accepted: 4, sent: 4, success: 2, failed: 1, unknown: 1, successRate: 66.67 })
    expect(byChannel).toMatchObject({ sms: { sent: 4, success: 2, failed: 1 } })
    expect(daily).toHaveLength(1)
    expect(await engine.stats.conservation({ deep: true })).toMatchObject({
      accepted: 4,
      balanced: true,
      offendingIds: [],
    })
  })

  it('correct the minute in which a message ended when its receipt says otherwise', async () => {
    const { engine, provider, templateId, clock } = await openEngine()
    provider.answerWith(AWAITING_RECEIPT)
    const sent = once(engine.events, 'message:sent')
    const { id } = await engine.messages.accept({ templateId, recipient: 'r', variables: { name: 'x' } })
    await sent
    clock.advance(30 * 60_000)
    await engine.messages.receipt({
      recordId: id,
      state: 'failed',
      at: clock.now(),
      code: 'UNDELIV',
      detail: 'phone off',
    })
    const { total } = await engine.stats.overview()
    expect(total).toMatchObject({ sent: 1, success: 0, failed: 1, successRate: 0 })
    expect(await engine.messages.get(id)).toMatchObject({ state: 'failed', errorCode: 'UNDELIV' })
    const { messages } = await engine.stats.realtime()
    expect(messages).toMatchObject([{ status: 'failed', channel: 'sms', count: 1 }])
  })

  it('give the wall today, the last hour, seven days and what is in the pools, with nothing shown as null, not 0', async () => {
    const { engine } = await openEngine()
    const figures = await engine.stats.monitor()
    expect(figures.ranges.today).toMatchObject({ current: { successRate: null }, baseline: null, usual: { weeks: 0 } })
    expect(figures.trend).toHaveLength(7)
    expect(figures.lastHour.sent).toHaveLength(60)
    expect(figures.pools.message_sender).toMatchObject({ activeCount: 0, poolSize: 20, maxPoolSize: 100 })
  })

  it('refuse a range that runs backwards', async () => {
    const { engine } = await openEngine()
    await expect(engine.stats.overview({ from: '2026-02-02', to: '2026-02-01' })).rejects.toMatchObject({
      reason: 'invalid',
    })
  })
})
