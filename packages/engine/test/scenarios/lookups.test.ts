/** Asking providers what became of messages. */
import type { Found } from '@signalbox/channels/adapter'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createEngine, once, type Engine, type EngineEvents } from '../../src/index.ts'
import { openEngine, temporaryStore, type Bench } from '../support/engine.ts'
import { ManualClock } from '../support/manual-clock.ts'
import {
  ACCEPTED,
  AWAITING_RECEIPT,
  createProvider,
  DOWN,
  LOCKED_OUT,
  REJECTED,
  TIMED_OUT,
} from '../support/provider.ts'
import { nextLookAt } from '../../src/lookups/schedule.ts'
import { accept, untilNow } from '../support/waiting.ts'
import { driverAt } from '../support/stores.ts'
import { passTime } from '../support/pass-time.ts'

const FIRST = 30_000
const TERMS = { firstMs: FIRST, untilMs: 24 * 3_600_000 }
const NEVER = () => new Promise<Found>(() => undefined)
const LOOKER = { name: 'looker', channel: 'sms' as const, adapter: 'test.looker', priority: 10, enabled: true }

/** One service that can be asked, and a message whose outcome is unknown. */
async function openUnknown(settings = {}): Promise<Bench & { id: number }> {
  const bench = await openEngine({ withoutService: true })
  await bench.engine.services.create({ ...LOOKER, settings })
  bench.provider.answerWith(TIMED_OUT)
  const unknown = once(bench.engine.events, 'message:unknown')
  await accept(bench)
  const { id } = await unknown
  return Object.assign(Object.create(bench) as Bench, { id })
}

/** The engine notices a second later that something is due. */
type Looking = Pick<Bench, 'clock' | 'provider' | 'engine'>

/** No faster than the store answers: a lease that ended under a look leaves it to the next. */
async function letLook({ clock, provider, engine }: Looking, ms: number, times: number): Promise<void> {
  clock.advance(ms)
  while (provider.looks.length < times) {
    clock.advance(1_000)
    await engine.cluster.nodes()
    for (let turn = 0; turn < 20; turn++) await new Promise<void>((resolve) => setImmediate(resolve))
  }
}

const reached = <K extends keyof EngineEvents>(engine: Engine, name: K) => once(engine.events, name)
const lanes = async ({ engine }: Pick<Bench, 'engine'>, id: number) =>
  ((await engine.traces.get(id))?.nodes ?? []).map(({ name, status, lookup }) =>
    lookup ? `${name} ${status} (${lookup})` : `${name} ${status}`,
  )

describe('a message whose outcome is unknown', () => {
  it('is asked after with growing pauses, each look on its trace, and told when the next is', async () => {
    const bench = await openUnknown()
    const { engine, clock, id, provider } = bench
    const ended = clock.now()
    expect((await engine.explain(id))?.lookup).toEqual({
      ...{ asked: 0, lastAt: null, lastAnswer: null, nextAt: ended + FIRST },
    })
    await letLook(bench, FIRST - 1_000, 1)
    expect(provider.looks[0]).toMatchObject({ recordId: id, recipient: 'r0', providerId: null, at: ended })
    const looked = async (times: number) => {
      for (;;) {
        const explanation = await engine.explain(id)
        if ((explanation?.lookup?.asked ?? 0) >= times) return explanation
        clock.advance(0)
      }
    }
    const first = await looked(1)
    const { lookup } = first ?? {}
    expect(lookup).toMatchObject({ asked: 1, lastAnswer: 'unknown' })
    expect(lookup?.nextAt).toBe(nextLookAt(ended, lookup?.lastAt ?? 0, TERMS))
    expect(first?.detail).toContain('; asked the provider 1 times')
    await letLook(bench, 2 * FIRST - 1_000, 2)
    await looked(2)
    expect(await lanes(bench, id)).toEqual([
      ...['queue succeeded', 'process succeeded', 'send unknown', 'callback pending'],
      ...['callback unknown (unknown)', 'callback unknown (unknown)'],
    ])
    const node = (await engine.traces.get(id))?.nodes.at(-1)
    expect(node).toMatchObject({ serviceId: 1, errorCode: 'later', attempt: 1 })
    expect(node?.error).toBe('asked the provider what became of it: unknown: not yet')
  })

  it.each<[string, Found, 'message:sent' | 'message:delivered' | 'message:failed', object]>([
    ['sent', { status: 'accepted', providerId: 'p-9', final: true }, 'message:sent', { providerId: 'p-9' }],
    ['delivered', { status: 'delivered' }, 'message:delivered', {}],
    ['failed', REJECTED, 'message:failed', { errorCode: '550', errorMessage: 'no such recipient' }],
  ])('is %s when its provider says so, and asked after no more', async (_, found, event, expected) => {
    const bench = await openUnknown()
    const { engine, provider, id } = bench
    provider.findWith(found)
    const end = reached(engine, event)
    await letLook(bench, FIRST, 1)
    expect(await passTime(bench, end, 100)).toMatchObject({ id, attempt: 1, ...expected })
    expect(await engine.stats.conservation({ deep: true })).toMatchObject({ balanced: true })
    bench.clock.advance(48 * 3_600_000)
    await untilNow(bench, () => true)
    expect([provider.looks.length, provider.calls.length]).toEqual([1, 1])
  })

  it('is sent again when its provider is certain that it never had it, as a retry', async () => {
    const bench = await openUnknown()
    const { engine, provider, id } = bench
    provider.findWith('not_found')
    provider.answerWith(ACCEPTED)
    const sent = reached(engine, 'message:sent')
    await letLook(bench, FIRST, 1)
    expect(await passTime(bench, sent, 100)).toMatchObject({ id, attempt: 2 })
    expect(await lanes(bench, id)).toEqual([
      ...['queue succeeded', 'process succeeded', 'send unknown', 'callback failed (not_found)'],
      ...['queue succeeded', 'process succeeded', 'send succeeded', 'callback none'],
    ])
    expect(await engine.stats.conservation({ deep: true })).toMatchObject({ balanced: true })
  })

  it('fails when it never got there and no retry is left', async () => {
    const bench = await openUnknown()
    const { engine, provider, id } = bench
    provider.findWith('not_found')
    const failed = reached(engine, 'message:failed')
    for (let looks = 1; looks <= 4; looks++) await letLook(bench, FIRST, looks)
    expect(await passTime(bench, failed, 100)).toMatchObject({ id, attempt: 4, errorCode: 'not_found' })
    expect(provider.calls).toHaveLength(4)
  })

  it('is asked after when the engine comes back, also when looks were due in between', async () => {
    const bench = await openUnknown()
    const { provider, clock, id } = bench
    await letLook(bench, FIRST, 1)
    const engine = await bench.reopen()
    clock.advance(3_600_000)
    provider.findWith(ACCEPTED)
    const sent = reached(engine, 'message:sent')
    await engine.start()
    await letLook(bench, 1_000, 2)
    expect(await passTime({ clock, engine }, sent, 100)).toMatchObject({ id })
    expect(provider.looks).toHaveLength(2)
  })

  it('is asked after again when the engine ended between the look and its write', async () => {
    const bench = await openUnknown()
    const { provider, id } = bench
    provider.findWith(NEVER)
    await letLook(bench, FIRST, 1)
    const engine = await bench.reopen()
    expect((await engine.explain(id))?.lookup).toMatchObject({ asked: 0 })
    provider.findWith('not_found')
    provider.answerWith(ACCEPTED)
    const sent = reached(engine, 'message:sent')
    await engine.start()
    await letLook(bench, 1_000, 2)
    expect(await passTime(bench, sent, 100)).toMatchObject({ id, attempt: 2 })
    expect(provider.calls).toHaveLength(2)
  })

  it('keeps what a receipt said while its provider was asked', async () => {
    const bench = await openUnknown()
    const { engine, provider, id, clock } = bench
    let answer: (found: Found) => void = () => undefined
    provider.findWith(() => new Promise((resolve) => (answer = resolve)))
    const asking = engine.lookUp(id)
    await provider.looked(1)
    const delivered = reached(engine, 'message:delivered')
    await engine.messages.receipt({ recordId: id, state: 'delivered', at: clock.now() })
    await passTime(bench, delivered, 100)
    answer('not_found')
    expect(await asking).toMatchObject({ look: { answer: 'not_found' }, record: { state: 'delivered' } })
    await expect(engine.lookUp(id)).rejects.toMatchObject({ reason: 'wrong_state' })
    expect(provider.calls).toHaveLength(1)
  })

  it('is asked after at once for an operator, who is told what the provider said', async () => {
    const bench = await openUnknown()
    const { engine, provider, id, clock } = bench
    const at = clock.now()
    expect(await engine.lookUp(id)).toMatchObject({
      ...{ look: { answer: 'unknown', code: 'later' }, record: { state: 'unknown' }, nextAt: at + FIRST },
    })
    provider.findWith(ACCEPTED)
    expect(await engine.lookUp(id)).toMatchObject({
      look: { answer: 'accepted' },
      record: { state: 'sent' },
      nextAt: null,
    })
    await expect(engine.lookUp(1)).rejects.toMatchObject({ reason: 'message_not_found' })
  })

  it('is given up for the moment when its provider does not answer', async () => {
    const bench = await openUnknown()
    const { engine, provider, id, clock } = bench
    provider.findWith(NEVER)
    const asking = engine.lookUp(id)
    await provider.looked(1)
    clock.advance(10_000)
    expect(await asking).toMatchObject({ look: { answer: 'unknown', code: 'timeout' }, record: { state: 'unknown' } })
  })

  it('is not asked after while the breaker of its service is open', async () => {
    const bench = await openUnknown()
    const { engine, provider, clock } = bench
    provider.answerWith(LOCKED_OUT)
    await accept(bench)
    await provider.called(2)
    await untilNow(bench, () => engine.services.health(1).breaker === 'open')
    provider.answerWith(DOWN)
    for (let passed = 0; passed < 60; passed++) {
      clock.advance(1_000)
      await new Promise<void>((resolve) => setImmediate(resolve))
      if (engine.services.health(1).breaker !== 'open') break
      expect(provider.looks).toHaveLength(0)
    }
  })

  it('is not asked after where the provider cannot tell', async () => {
    const bench = await openEngine()
    bench.provider.answerWith(TIMED_OUT)
    const unknown = once(bench.engine.events, 'message:unknown')
    await accept(bench)
    const { id } = await unknown
    expect((await bench.engine.explain(id))?.lookup).toBeNull()
    await expect(bench.engine.lookUp(id)).rejects.toMatchObject({ reason: 'wrong_state' })
  })
})

describe('a sent message', () => {
  it('is asked after by itself only where receipts have to be fetched', async () => {
    const bench = await openEngine({ withoutService: true })
    const { engine, provider } = bench
    await engine.services.create({ ...LOOKER, settings: {}, name: 'pushes' })
    const polled = await engine.services.create({ ...LOOKER, settings: { poll: true }, name: 'polled' })
    provider.answerWith(AWAITING_RECEIPT)
    provider.findWith({ status: 'delivered' })
    await accept(bench, 6)
    await provider.called(6)
    const delivered: number[] = []
    engine.events.on('message:delivered', ({ serviceId }) => delivered.push(serviceId ?? 0))
    await letLook(bench, FIRST, 3)
    await untilNow(bench, () => delivered.length === 3)
    expect(new Set(delivered)).toEqual(new Set([polled.id]))
    bench.clock.advance(24 * 3_600_000)
    await untilNow(bench, () => true)
    expect(provider.looks).toHaveLength(3)
  })
})

describe('many messages', () => {
  it('are asked after so many at a time', async () => {
    const clock = new ManualClock()
    const provider = createProvider()
    const driver = driverAt(temporaryStore(), clock)
    const engine = await createEngine({ driver, adapters: [provider.looker], clock })
    onTestFinished(() => engine.stop({ deadlineMs: 0 }))
    await engine.services.create({ ...LOOKER, settings: {} })
    const template = await engine.templates.create({ name: 'hello', channel: 'sms', content: 'Hello {{name}}' })
    await engine.start()
    let unknown = 0
    engine.events.on('message:unknown', () => unknown++)
    provider.answerWith(TIMED_OUT)
    // The breaker must not be open.
    await engine.settings.set('service.breaker_failures', '1000')
    await engine.settings.refresh()
    await accept({ engine, templateId: template.id }, 12)
    await untilNow({ clock }, () => unknown === 12)
    provider.findWith(NEVER)
    await letLook({ clock, provider, engine }, FIRST, 5)
    for (let turn = 0; turn < 50; turn++) await new Promise<void>((resolve) => setImmediate(resolve))
    expect(provider.looks).toHaveLength(5)
  })
})
