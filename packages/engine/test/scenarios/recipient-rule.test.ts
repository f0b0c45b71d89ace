import { describe, expect, it } from 'vitest'
import { once } from '../../src/index.ts'
import type { MessageRecord } from '../../src/messages/record.ts'
import { openEngine, type Bench } from '../support/engine.ts'
import { sql, waitingFor } from '../support/operator.ts'
import { DOWN } from '../support/provider.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND

/** An operator's rule, in force. */
async function rule({ engine, place, clock }: Bench, statement: string): Promise<void> {
  const changed = once(engine.events, 'settings:changed')
  await sql(place, statement)
  clock.advance(500)
  await changed
}

const oncePerMinute = (bench: Bench) =>
  rule(bench, "INSERT INTO rate_limit_configs VALUES ('recipient:sms', 'sliding_window', 1, 60, 1);")

const held = (bench: Bench, fits: (record: MessageRecord) => boolean = () => true) =>
  once(bench.engine.events, 'message:changed', (record) => record.pendingReason === 'rate_limit' && fits(record))

function send({ engine, templateId }: Bench, recipient: string, rest = {}): Promise<{ id: number }> {
  return engine.messages.accept({ templateId, recipient, variables: { name: 'x' }, ...rest })
}

/** Accepts it and resolves with what it was held as. */
async function sendHeld(bench: Bench, recipient: string, rest = {}): Promise<MessageRecord> {
  const waits = held(bench)
  await send(bench, recipient, rest)
  return waits
}

const told = ({ provider }: Bench) => provider.calls.map(({ recordId }) => recordId)

describe('the rule of recipient:sms', () => {
  it('holds the second message to a recipient alone, with its reason and time, while others pass', async () => {
    const bench = await openEngine()
    const { engine, provider, clock } = bench
    await oncePerMinute(bench)
    const first = await send(bench, '13800000001')
    await provider.called(1)
    const sentAt = clock.now()
    const second = await sendHeld(bench, '13800000001')
    const other = await send(bench, '13800000002')
    await provider.called(2)
    expect(told(bench)).toEqual([first.id, other.id])

    expect(second).toMatchObject({ state: 'queued', attempt: 0, pendingReason: 'rate_limit', dueAt: sentAt + MINUTE })
    expect((await engine.traces.get(second.id))?.waiting).toMatchObject({
      reason: 'rate_limit',
      until: sentAt + MINUTE,
      detail: 'its recipient has the next turn then, by sliding_window of recipient:sms: 1 per 60 s; others pass',
    })
    expect((await engine.explain(second.id))?.reasons).toMatchObject([{ holds: 'message', rule: { maxValue: 1 } }])
    expect((await engine.messages.search({ status: 'queued', limit: 10 })).messages).toMatchObject([{ id: second.id }])
    expect(await engine.stats.conservation({ deep: true })).toMatchObject({ accepted: 3, balanced: true })

    const sent = once(engine.events, 'message:sent', ({ id }) => id === second.id)
    clock.advance(MINUTE - 1)
    expect(provider.calls).toHaveLength(2)
    clock.advance(1)
    expect(await sent).toMatchObject({ id: second.id, attempt: 1, pendingReason: null })
  })

  it('gives each of many to one recipient a turn of its own, in order, one per minute', async () => {
    const bench = await openEngine()
    const { provider, clock } = bench
    await oncePerMinute(bench)
    const first = await send(bench, '1')
    await provider.called(1)
    const start = clock.now()
    const waiting = []
    for (let i = 0; i < 4; i++) waiting.push(await sendHeld(bench, '1'))
    expect(waiting.map(({ dueAt }) => dueAt - start)).toEqual([1, 2, 3, 4].map((n) => n * MINUTE))
    let again = 0
    bench.engine.events.on('message:changed', ({ pendingReason }) => void (again += Number(pendingReason !== null)))
    for (let n = 2; n <= 5; n++) {
      clock.advance(MINUTE)
      await provider.called(n)
    }
    expect(told(bench)).toEqual([first.id, ...waiting.map(({ id }) => id)])
    expect(again).toBe(0)
  })

  it('lets a message of higher priority go before those that wait, and none of the same', async () => {
    const bench = await openEngine()
    const { provider, clock } = bench
    await oncePerMinute(bench)
    await send(bench, '1')
    await provider.called(1)
    const start = clock.now()
    const waits = await sendHeld(bench, '1')
    const same = await sendHeld(bench, '1')
    const urgent = await sendHeld(bench, '1', { priority: 10 })
    expect([waits, same, urgent].map(({ dueAt }) => (dueAt - start) / MINUTE)).toEqual([1, 2, 1])
    for (let n = 2; n <= 4; n++) {
      clock.advance(MINUTE)
      await provider.called(n)
      // Whoever was pushed back is on disk with its new time before the next minute.
      await bench.engine.messages.search({ status: 'queued', limit: 10 })
    }
    expect(told(bench).slice(1)).toEqual([urgent.id, waits.id, same.id])
  })

  it('counts a retry as another message to the recipient, and the hold as no attempt', async () => {
    const bench = await openEngine()
    const { engine, provider, clock } = bench
    await oncePerMinute(bench)
    provider.answerWith(DOWN)
    const retry = once(engine.events, 'message:changed', (record) => record.pendingReason === 'retry')
    const { id } = await send(bench, '1')
    const { dueAt } = await retry
    const start = clock.now()
    provider.answerWith({ status: 'accepted', providerId: 'p-2', final: true })
    const waits = held(bench)
    clock.advance(dueAt - start)
    expect(await waits).toMatchObject({ id, attempt: 1, errorCode: '503', dueAt: start + MINUTE })
    const sent = once(engine.events, 'message:sent')
    clock.advance(start + MINUTE - clock.now())
    expect(await sent).toMatchObject({ id, attempt: 2 })
  })

  it('lets a held message expire at its time, taking no turn, and be cancelled', async () => {
    const bench = await openEngine()
    const { engine, provider, clock } = bench
    await oncePerMinute(bench)
    await send(bench, '1')
    await provider.called(1)
    const short = await sendHeld(bench, '1', { ttlMs: 10 * SECOND })
    expect(short.dueAt).toBe(clock.now() + 10 * SECOND)
    const cancelled = await sendHeld(bench, '1')
    expect(await engine.messages.cancel(cancelled.id)).toMatchObject({ state: 'cancelled' })
    const expired = once(engine.events, 'message:expired')
    clock.advance(10 * SECOND)
    expect(await expired).toMatchObject({ id: short.id, attempt: 0 })
    const last = await sendHeld(bench, '1')
    expect(last.dueAt).toBe(clock.now() + 50 * SECOND)
    clock.advance(50 * SECOND)
    await provider.called(2)
    expect(told(bench)[1]).toBe(last.id)
  })

  it('keeps what is held, with its time, over a restart', async () => {
    const bench = await openEngine()
    const { provider, clock } = bench
    await oncePerMinute(bench)
    await send(bench, '1')
    await provider.called(1)
    const { id, dueAt } = await sendHeld(bench, '1')
    const engine = await bench.reopen()
    await engine.start()
    expect(await engine.messages.get(id)).toMatchObject({ state: 'queued', pendingReason: 'rate_limit', dueAt })
    const sent = once(engine.events, 'message:sent')
    clock.advance(MINUTE)
    expect(await sent).toMatchObject({ id, attempt: 1 })
  })

  it('lets go at once what an old rule held when the rule is lifted or widened', async () => {
    const bench = await openEngine()
    const { engine, provider, clock } = bench
    await rule(bench, "INSERT INTO rate_limit_configs VALUES ('recipient:sms', 'sliding_window', 1, 86400, 1);")
    await send(bench, '1')
    await provider.called(1)
    const [first, second] = [await sendHeld(bench, '1'), await sendHeld(bench, '1')]
    const after = held(bench, ({ id }) => id === second.id)
    await rule(bench, "UPDATE rate_limit_configs SET max_value = 2 WHERE resource = 'recipient:sms';")
    await provider.called(2)
    expect(told(bench)[1]).toBe(first.id)
    await after
    await rule(bench, "DELETE FROM rate_limit_configs WHERE resource = 'recipient:sms';")
    await provider.called(3)
    expect(await engine.messages.get(second.id)).toMatchObject({ attempt: 1 })
    expect(clock.now()).toBeLessThan(first.dueAt - 80_000 * SECOND)
  })

  it('may differ for one recipient', async () => {
    const bench = await openEngine()
    await rule(bench, "INSERT INTO rate_limit_configs VALUES ('recipient:sms:test-phone', 'qps', 1, 60, 1);")
    await send(bench, 'anybody')
    await send(bench, 'anybody')
    await send(bench, 'test-phone')
    await bench.provider.called(3)
    expect(await sendHeld(bench, 'test-phone')).toMatchObject({ recipient: 'test-phone' })
  })
})

describe('a concurrent rule of recipient:sms', () => {
  it('calls the next in line when a place is given back, without anybody looking again and again', async () => {
    const bench = await openEngine()
    const { engine, provider } = bench
    await rule(bench, "INSERT INTO rate_limit_configs VALUES ('recipient:sms', 'concurrent', 1, 1, 1);")
    provider.hold()
    const first = await send(bench, '1')
    await provider.called(1)
    const waiting = [await sendHeld(bench, '1'), await sendHeld(bench, '1')]
    const urgent = await sendHeld(bench, '1', { priority: 10 })
    expect((await engine.explain(urgent.id))?.reasons).toMatchObject([{ holds: 'message', rule: { maxValue: 1 } }])
    for (let n = 1; n <= 4; n++) {
      await provider.called(n)
      expect(provider.calls).toHaveLength(n)
      provider.calls[n - 1]?.answer({ status: 'accepted', final: true })
    }
    expect(told(bench)).toEqual([first.id, urgent.id, ...waiting.map(({ id }) => id)])
  })

  it('leaves who waits alone while no place is given back', async () => {
    const bench = await openEngine()
    const { provider, clock } = bench
    await rule(bench, "INSERT INTO rate_limit_configs VALUES ('recipient:sms', 'concurrent', 1, 1, 1);")
    provider.hold()
    await send(bench, '1')
    await provider.called(1)
    const { dueAt } = await sendHeld(bench, '1')
    expect(dueAt - clock.now()).toBe(5 * SECOND)
  })

  it('gives each of two places to another who waits', async () => {
    const bench = await openEngine()
    const { provider } = bench
    await rule(bench, "INSERT INTO rate_limit_configs VALUES ('recipient:sms', 'concurrent', 2, 1, 1);")
    provider.hold()
    for (let i = 0; i < 2; i++) await send(bench, '1')
    await provider.called(2)
    for (let i = 0; i < 2; i++) await sendHeld(bench, '1')
    for (const call of [...provider.calls]) call.answer({ status: 'accepted', final: true })
    await provider.called(4)
    expect(new Set(told(bench)).size).toBe(4)
  })
})

describe('rules of channel, service and recipient together', () => {
  it('all must allow, and what one refuses is not taken from the others', async () => {
    const bench = await openEngine()
    const { engine, provider, clock } = bench
    await rule(
      bench,
      `INSERT INTO rate_limit_configs VALUES ('channel:sms', 'sliding_window', 2, 3600, 1);
       INSERT INTO rate_limit_configs VALUES ('service:sms', 'sliding_window', 1, 60, 1);
       INSERT INTO rate_limit_configs VALUES ('recipient:sms', 'sliding_window', 1, 60, 1);`,
    )
    await send(bench, '1')
    await provider.called(1)
    // Refused by the service again and again: the channel still has its second place for it.
    const { id } = await send(bench, '2')
    await waitingFor(engine, id, 'rate_limit')
    clock.advance(MINUTE)
    await provider.called(2)
    expect(told(bench)[1]).toBe(id)
    const third = await send(bench, '3')
    await waitingFor(engine, third.id, 'rate_limit')
    clock.advance(MINUTE)
    expect(engine.limiter.quota('channel:sms', clock.monotonic())).toMatchObject({ limit: 2, remaining: 0 })
    expect(engine.limiter.quota('service:sms', clock.monotonic())).toMatchObject({ limit: 1, remaining: 1 })
  })

  it('leave a limited service aside while another of the channel may send', async () => {
    const bench = await openEngine()
    const { engine, provider } = bench
    const second = {
      name: 'second',
      channel: 'sms',
      adapter: 'test.provider',
      settings: {},
      priority: 10,
      enabled: true,
    }
    await engine.services.create({ ...second, channel: 'sms' })
    await rule(bench, "INSERT INTO rate_limit_configs VALUES ('service:second', 'sliding_window', 1, 3600, 1);")
    for (let i = 0; i < 6; i++) await send(bench, String(i))
    await provider.called(6)
    const services = (await engine.messages.search({ limit: 10 })).messages.map(({ serviceId }) => serviceId)
    expect(services.filter((id) => id === engine.services.list()[1]?.id)).toHaveLength(1)
  })

  it('hand a concurrent place on as soon as it is given back', async () => {
    const bench = await openEngine()
    const { provider } = bench
    await rule(bench, "INSERT INTO rate_limit_configs VALUES ('channel:sms', 'concurrent', 1, 1, 1);")
    provider.hold()
    for (let i = 0; i < 4; i++) await send(bench, String(i))
    for (let n = 1; n <= 4; n++) {
      await provider.called(n)
      expect(provider.calls).toHaveLength(n)
      provider.calls[n - 1]?.answer({ status: 'accepted', final: true })
    }
  })
})
