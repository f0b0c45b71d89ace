import { describe, expect, it } from 'vitest'
import { EngineError, once, traceIdOf } from '../../src/index.ts'
import { AWAITING_RECEIPT, DOWN, REJECTED, TIMED_OUT } from '../support/provider.ts'
import { openEngine } from '../support/engine.ts'

const to = (templateId: number, recipient = '13800000001') => ({ templateId, recipient, variables: { name: 'Ada' } })

describe('a message', () => {
  it('goes all the way to sent, with its variables filled in and its four nodes traced', async () => {
    const { engine, provider, templateId } = await openEngine()
    const sent = once(engine.events, 'message:sent')
    const { id, traceId } = await engine.messages.accept(to(templateId))
    expect(traceId).toBe(traceIdOf(id))
    const record = await sent
    expect(record).toMatchObject({ id, state: 'sent', attempt: 1, fence: 1, providerId: 'p-1' })
    expect(provider.calls).toMatchObject([{ to: '13800000001', text: 'Hello Ada', idempotencyKey: traceId }])
    const trace = await engine.traces.get(id)
    expect(trace?.nodes.map((node) => [node.name, node.status])).toEqual([
      ['queue', 'succeeded'],
      ['process', 'succeeded'],
      ['send', 'succeeded'],
      ['callback', 'none'],
    ])
  })

  it('is on disk as sending before the provider is asked', async () => {
    const { engine, provider, templateId } = await openEngine()
    provider.hold()
    const { id } = await engine.messages.accept(to(templateId))
    await provider.called(1)
    expect(await engine.messages.get(id)).toMatchObject({ state: 'sending', attempt: 1, fence: 1 })
    const trace = await engine.traces.get(id)
    expect(trace?.nodes.at(-1)).toMatchObject({ name: 'send', status: 'running', finishedAt: null })
    const sent = once(engine.events, 'message:sent')
    provider.calls[0]?.answer(AWAITING_RECEIPT)
    await sent
  })

  it('moves on to delivered and read by its receipts, and never back', async () => {
    const { engine, provider, templateId, clock } = await openEngine()
    provider.answerWith(AWAITING_RECEIPT)
    const sent = once(engine.events, 'message:sent')
    const { id } = await engine.messages.accept(to(templateId))
    await sent
    expect((await engine.traces.get(id))?.nodes.at(-1)).toMatchObject({ name: 'callback', status: 'pending' })
    const read = once(engine.events, 'message:read')
    provider.receipt({ recordId: id, state: 'read', at: clock.now() + 5 })
    await read
    await engine.messages.receipt({ recordId: id, state: 'delivered', at: clock.now() + 3 })
    expect(await engine.messages.get(id)).toMatchObject({ state: 'read' })
  })

  it('keeps a receipt that comes before the answer to the call itself', async () => {
    const { engine, provider, templateId, clock } = await openEngine()
    provider.hold()
    const { id } = await engine.messages.accept(to(templateId))
    await provider.called(1)
    await engine.messages.receipt({ recordId: id, state: 'delivered', at: clock.now() })
    const delivered = once(engine.events, 'message:delivered')
    provider.calls[0]?.answer(AWAITING_RECEIPT)
    expect(await delivered).toMatchObject({ id, state: 'delivered' })
  })

  it('is tried again after a failure that may pass, with growing waits, and ends as a dead letter that can be replayed', async () => {
    const { engine, provider, templateId, clock } = await openEngine()
    provider.answerWith(DOWN)
    const failed = once(engine.events, 'message:failed')
    const off = engine.events.on('message:changed', (record) => {
      if (record.pendingReason === 'retry') clock.advance(10 * 60_000)
    })
    const { id } = await engine.messages.accept(to(templateId))
    expect(await failed).toMatchObject({ attempt: 4, errorCode: '503', errorMessage: 'unavailable' })
    off()
    expect(provider.calls).toHaveLength(4)
    const trace = await engine.traces.get(id)
    expect(trace?.nodes.filter((node) => node.name === 'send').map((node) => node.attempt)).toEqual([1, 2, 3, 4])

    provider.answerWith(AWAITING_RECEIPT)
    const sent = once(engine.events, 'message:sent')
    await engine.messages.retry(id)
    expect(await sent).toMatchObject({ id, attempt: 5, errorCode: null })
  })

  it('is not tried again after a rejection', async () => {
    const { engine, provider, templateId } = await openEngine()
    provider.answerWith(REJECTED)
    const failed = once(engine.events, 'message:failed')
    await engine.messages.accept(to(templateId))
    expect(await failed).toMatchObject({ attempt: 1, errorCode: '550' })
    expect(provider.calls).toHaveLength(1)
  })

  it('waits for its retry as queued, and says why', async () => {
    const { engine, provider, templateId } = await openEngine()
    provider.answerWith(DOWN)
    const waiting = once(engine.events, 'message:changed', (record) => record.pendingReason === 'retry')
    const { id } = await engine.messages.accept(to(templateId))
    const { dueAt } = await waiting
    const trace = await engine.traces.get(id)
    expect(trace?.waiting).toMatchObject({
      reason: 'retry',
      until: dueAt,
      detail: expect.stringContaining('unavailable'),
    })
    expect(trace?.nodes.at(-1)).toMatchObject({ name: 'queue', attempt: 2, status: 'waiting' })
    expect((await engine.messages.search({ status: 'queued', limit: 10 })).messages).toMatchObject([{ id }])
  })

  it('becomes unknown, not failed and not resent, when its provider may have taken it', async () => {
    const { engine, provider, templateId } = await openEngine()
    provider.answerWith(TIMED_OUT)
    const unknown = once(engine.events, 'message:unknown')
    const { id } = await engine.messages.accept(to(templateId))
    expect(await unknown).toMatchObject({ errorCode: 'timeout', attempt: 1 })
    expect(provider.calls).toHaveLength(1)
    expect(await engine.messages.resolve(id, 'sent', 'the recipient has it')).toMatchObject({ state: 'sent' })
    await expect(engine.messages.resolve(id, 'failed')).rejects.toMatchObject({ reason: 'wrong_state' })
  })

  it('is given up as unknown when the provider does not answer in time, and a late answer still resolves it', async () => {
    const { engine, provider, templateId, clock } = await openEngine()
    provider.hold()
    const unknown = once(engine.events, 'message:unknown')
    const { id } = await engine.messages.accept(to(templateId))
    await provider.called(1)
    clock.advance(engine.settings.values.providerTimeoutMs)
    await unknown
    const sent = once(engine.events, 'message:sent')
    provider.calls[0]?.answer(AWAITING_RECEIPT)
    expect(await sent).toMatchObject({ id, providerId: 'p-1', errorCode: null })
  })

  it('waits for a service without using an attempt, and leaves as soon as there is one', async () => {
    const { engine, templateId } = await openEngine()
    const [service] = engine.services.list()
    if (!service) throw new Error('expected a service')
    await engine.services.update(service.id, { enabled: false })
    const { id } = await engine.messages.accept(to(templateId))
    const sent = once(engine.events, 'message:sent')
    await engine.services.update(service.id, { enabled: true })
    expect(await sent).toMatchObject({ id, attempt: 1 })
  })

  it('expires when its time is over before it can be sent', async () => {
    const { engine, provider, templateId, clock } = await openEngine({ start: false })
    const { id } = await engine.messages.accept({ ...to(templateId), ttlMs: 1000 })
    clock.advance(1000)
    const expired = once(engine.events, 'message:expired')
    await engine.start()
    expect(await expired).toMatchObject({ id, errorCode: 'expired' })
    expect(provider.calls).toHaveLength(0)
  })

  it('is given its time to live again when it is replayed after it expired', async () => {
    const { engine, templateId, clock } = await openEngine({ start: false })
    const { id } = await engine.messages.accept({ ...to(templateId), ttlMs: 1000 })
    clock.advance(5000)
    const expired = once(engine.events, 'message:expired')
    await engine.start()
    await expired
    const sent = once(engine.events, 'message:sent')
    expect(await engine.messages.retry(id)).toMatchObject({ state: 'queued', expiresAt: clock.now() + 1000 })
    expect(await sent).toMatchObject({ id, attempt: 1 })
  })

  it('can be cancelled while it waits, and not once it is on its way', async () => {
    const { engine, provider, templateId, clock } = await openEngine()
    const { id } = await engine.messages.accept({ ...to(templateId), delayMs: 60_000 })
    expect(await engine.messages.cancel(id)).toMatchObject({ state: 'cancelled' })
    clock.advance(60_000)
    const sent = once(engine.events, 'message:sent')
    const second = await engine.messages.accept(to(templateId))
    await sent
    expect(provider.calls.map((call) => call.recordId)).toEqual([second.id])
    await expect(engine.messages.cancel(second.id)).rejects.toMatchObject({ reason: 'wrong_state' })
    await expect(engine.messages.cancel(12345)).rejects.toMatchObject({ reason: 'message_not_found' })
  })
})

describe('accepting', () => {
  it('refuses what it cannot send, says what is wrong, and stores nothing', async () => {
    const { engine, templateId } = await openEngine()
    const refusals: [Parameters<typeof engine.messages.accept>[0], string][] = [
      [{ ...to(999) }, 'template_not_found'],
      [{ ...to(templateId), variables: {} }, 'missing_variable'],
      [{ ...to(templateId), variables: { name: 'a', nam: 'b' } }, 'unknown_variable'],
      [{ ...to(templateId, 'two words') }, 'invalid_recipient'],
      [{ ...to(templateId), priority: 11 }, 'invalid'],
    ]
    for (const [input, reason] of refusals) {
      await expect(engine.messages.accept(input)).rejects.toMatchObject({ reason })
    }
    expect((await engine.messages.search({ limit: 10 })).messages).toEqual([])
    expect(await engine.stats.conservation({ deep: true })).toMatchObject({ accepted: 0, balanced: true })
  })

  it('takes a batch whole or not at all, and names every bad entry by its place', async () => {
    const { engine, templateId } = await openEngine()
    const batch = { templateId, recipients: ['1', '2 2', '3'], variablesList: [{ name: 'a' }, { name: 'b' }, {}] }
    const refusal = await engine.messages.acceptBatch(batch).catch((error: unknown) => error)
    expect(refusal).toBeInstanceOf(EngineError)
    expect((refusal as EngineError).issues.map((issue) => issue.path)).toEqual([
      'recipients[1]',
      'variables_list[2].name',
    ])
    expect((await engine.messages.search({ limit: 10 })).messages).toEqual([])
  })

  it('answers a repeated idempotency key with the first reply, and another body with a refusal', async () => {
    const { engine, templateId } = await openEngine({ start: false })
    const idempotency = { key: 'order-1', bodyHash: 'a' }
    const first = await engine.messages.accept({ ...to(templateId), idempotency })
    const again = await engine.messages.accept({ ...to(templateId), idempotency })
    expect(again).toEqual({ ...first, repeated: true })
    const other = { ...to(templateId), idempotency: { ...idempotency, bodyHash: 'b' } }
    await expect(engine.messages.accept(other)).rejects.toMatchObject({ reason: 'idempotency_mismatch' })
    expect((await engine.messages.search({ limit: 10 })).messages).toHaveLength(1)
  })

  it('accepts one message when the same key is used twice at once', async () => {
    const { engine, templateId } = await openEngine({ start: false })
    const input = { ...to(templateId), idempotency: { key: 'k', bodyHash: 'a' } }
    const [first, second] = await Promise.all([engine.messages.accept(input), engine.messages.accept(input)])
    expect(second?.id).toBe(first?.id)
    expect((await engine.messages.search({ limit: 10 })).messages).toHaveLength(1)
  })

  it('sees no more than the backlog it was told to hold', async () => {
    const { engine, templateId } = await openEngine({ start: false })
    await engine.settings.set('queue.max_backlog', '1000')
    const recipients = Array.from({ length: 1000 }, (_, i) => String(i))
    await engine.messages.acceptBatch({ templateId, recipients, variablesList: recipients.map((name) => ({ name })) })
    await expect(engine.messages.accept(to(templateId))).rejects.toMatchObject({
      reason: 'queue_full',
      retryAfterMs: 1000,
    })
  })
})
