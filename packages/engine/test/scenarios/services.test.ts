import { describe, expect, it, onTestFinished } from 'vitest'
import { createEngine, once, type NewService } from '../../src/index.ts'
import { accept, untilNow, waitsFor } from '../support/waiting.ts'
import { openEngine, temporaryStore, type Bench } from '../support/engine.ts'
import { ManualClock } from '../support/manual-clock.ts'
import {
  ACCEPTED,
  createProvider,
  DOWN,
  LOCKED_OUT,
  REJECTED,
  TIMED_OUT,
  type ProviderCall,
} from '../support/provider.ts'
import { driverAt, storesOf, testDriver } from '../support/stores.ts'

const HOUR = 3_600_000

type Terms = Partial<NewService>

async function addService({ engine }: Bench, name: string, terms: Terms = {}): Promise<void> {
  const service = { name, channel: 'sms' as const, adapter: 'test.provider', settings: {}, priority: 10, enabled: true }
  await engine.services.create({ ...service, ...terms })
}

async function firstService({ engine }: Bench, terms: Terms): Promise<number> {
  const [service] = engine.services.list()
  await engine.services.update(service?.id ?? 0, terms)
  return service?.id ?? 0
}

const services = (calls: readonly ProviderCall[]) => calls.map(({ service }) => service)

describe('the services of a channel', () => {
  it('share its messages by their weight', async () => {
    const bench = await openEngine()
    await addService(bench, 'strong', { weight: 3 })
    await accept(bench, 40)
    await bench.provider.called(40)
    expect(services(bench.provider.calls).filter((name) => name === 'strong')).toHaveLength(30)
  })

  it('hand a message over to another at once when one is certain not to have sent it', async () => {
    const bench = await openEngine({ start: false })
    const { engine, provider } = bench
    await addService(bench, 'other')
    provider.answerWith(({ service }) => (service === 'sms' ? LOCKED_OUT : ACCEPTED))
    await accept(bench, 20)
    let sent = 0
    engine.events.on('message:sent', () => sent++)
    await engine.start()
    // No time passes: nobody waits for a retry.
    await untilNow(bench, () => sent === 20)
    const [first] = engine.services.list()
    expect(engine.services.health(first?.id ?? 0)).toMatchObject({ breaker: 'open', waiting: { reason: 'no_service' } })
  })

  it('hand over only what was certainly not sent: what may have been stays where it was', async () => {
    const bench = await openEngine({ start: false })
    const { engine, provider } = bench
    await engine.settings.set('service.breaker_failures', '1000')
    await addService(bench, 'other')
    const isOdd = (to: string) => Number(to.slice(1)) % 2 === 1
    provider.answerWith(({ service, to }) => (service === 'other' ? ACCEPTED : isOdd(to) ? DOWN : TIMED_OUT))
    await accept(bench, 60)
    const ended = { sent: 0, unknown: 0 }
    engine.events.on('message:sent', () => ended.sent++)
    engine.events.on('message:unknown', () => ended.unknown++)
    await engine.start()
    await untilNow(bench, () => ended.sent + ended.unknown === 60)
    const ways = new Map<number, string[]>()
    for (const { recordId, service } of provider.calls) {
      ways.set(recordId, [...(ways.get(recordId) ?? []), service])
    }
    expect(ended.unknown).toBeGreaterThan(0)
    expect([...ways.values()].filter((way) => way.length > 1).every((way) => way.at(-1) === 'other')).toBe(true)
    for (const { recordId, to } of provider.calls.filter(({ service }) => service === 'sms')) {
      expect(ways.get(recordId)?.length === 1).toBe(!isOdd(to))
    }
  })

  it.each([10, 1])(
    'hand over to one of priority %i when the one of 10 turned a message down, not to that again',
    async (priority) => {
      const bench = await openEngine()
      const { engine, provider } = bench
      await engine.settings.set('service.breaker_failures', '1000')
      await addService(bench, 'other', { priority })
      provider.answerWith(({ service }) => (service === 'sms' ? DOWN : ACCEPTED))
      const attempts: number[] = []
      engine.events.on('message:sent', ({ attempt }) => attempts.push(attempt))
      await accept(bench, 40)
      await untilNow(bench, () => attempts.length === 40)
      expect(attempts).toContain(2)
      expect(Math.max(...attempts)).toBe(2)
    },
  )

  it('are used by priority: the lower ones only while none of the higher may be asked', async () => {
    const bench = await openEngine()
    await addService(bench, 'spare', { priority: 1 })
    await firstService(bench, { dailyQuota: 3 })
    const bySms = () => services(bench.provider.calls).filter((name) => name === 'sms').length
    let sent = 5
    await accept(bench, sent)
    await bench.provider.called(sent)
    // One of several nodes asks for its share of a quota, and the lower ones stand in until it is told.
    if (storesOf(testDriver).nodes === 'one') expect(bySms()).toBe(3)
    while (bySms() < 3) {
      await accept(bench, 1)
      await bench.provider.called(++sent)
    }
    await accept(bench, 2)
    await bench.provider.called(sent + 2)
    expect(bySms()).toBe(3)
  })

  it('are never stood in for by one that only keeps messages, unless an operator puts it on top', async () => {
    const provider = createProvider()
    const keeper = createProvider()
    const adapters = [provider.adapter, { ...keeper.adapter, key: 'test.keeper', keepsOnly: true }]
    const clock = new ManualClock()
    const engine = await createEngine({ driver: driverAt(temporaryStore(), clock), adapters, clock })
    onTestFinished(() => engine.stop({ deadlineMs: 0 }))
    const common = { channel: 'sms' as const, settings: {}, enabled: true }
    await engine.services.create({ ...common, name: 'real', adapter: 'test.provider', priority: 1, dailyQuota: 1 })
    const kept = await engine.services.create({ ...common, name: 'keeper', adapter: 'test.keeper', priority: 0 })
    const template = await engine.templates.create({ name: 'hello', channel: 'sms', content: 'Hello {{name}}' })
    await engine.start()
    const bench = { engine, templateId: template.id }
    const [, second] = await accept(bench, 2)
    await waitsFor(bench, second as number, 'no_quota')
    await provider.called(1)
    expect([provider.calls.length, keeper.calls.length]).toEqual([1, 0])
    await engine.services.update(kept.id, { priority: 2 })
    await keeper.called(1)
  })

  it('hold what is beyond their quota until their next day, with the time, and use up no attempt', async () => {
    const bench = await openEngine({ start: false })
    const { engine, provider, clock } = bench
    await firstService(bench, { dailyQuota: 2, quotaResetAt: '10:00', quotaTimeZone: 'UTC' })
    const ids = await accept(bench, 3)
    await engine.start()
    await provider.called(2)
    const { until, detail } = await waitsFor(bench, ids[2] as number, 'no_quota')
    // The clock of the tests begins at 08:00 UTC.
    expect([until, detail]).toEqual([clock.now() + 2 * HOUR, 'sms: its quota of 2 messages a day is used up'])
    expect((await engine.messages.get(ids[2] as number))?.attempt).toBe(0)
    const sent = once(engine.events, 'message:sent')
    clock.advance(2 * HOUR)
    expect((await sent).attempt).toBe(1)
  })

  it('never send more than their quota, whatever workers there are, and know it after a restart', async () => {
    const bench = await openEngine()
    await firstService(bench, { dailyQuota: 25 })
    await accept(bench, 40)
    await bench.provider.called(25)
    const engine = await bench.reopen()
    await engine.start()
    expect(engine.services.health(1).quota).toMatchObject({ used: 25, left: 0 })
    expect(bench.provider.calls).toHaveLength(25)
  })

  it('give the place of a message that was refused to the next', async () => {
    const bench = await openEngine()
    const { provider } = bench
    await firstService(bench, { dailyQuota: 1 })
    provider.answerWith(({ to }) => (to === 'r0' ? REJECTED : ACCEPTED))
    await accept(bench, 2)
    await provider.called(2)
    expect(provider.calls.map(({ to }) => to)).toEqual(['r0', 'r1'])
  })

  it('leave their interval between two messages', async () => {
    const bench = await openEngine()
    const { provider, clock } = bench
    await firstService(bench, { sendingIntervalMs: 1_000 })
    const [, second] = await accept(bench, 2)
    await provider.called(1)
    expect((await waitsFor(bench, second as number, 'rate_limit')).detail).toBe('sms: one message every 1000 ms')
    expect(provider.calls).toHaveLength(1)
    clock.advance(1_000)
    await provider.called(2)
  })

  it('are asked no more when they are down, cost the messages that wait no attempt, and go on after one that tries', async () => {
    const bench = await openEngine({ start: false })
    const { engine, provider, clock } = bench
    provider.answerWith(DOWN)
    await accept(bench, 5)
    await engine.start()
    await provider.called(5)
    provider.hold()
    const [waiting] = await accept(bench)
    const { detail } = await waitsFor(bench, waiting as number, 'no_service')
    expect(detail).toBe('sms is not asked: it failed again and again, the last time with 503')
    expect((await engine.messages.get(waiting as number))?.attempt).toBe(0)
    clock.advance(10_000)
    await provider.called(6)
    // Nobody but the one that tries is asked.
    const [another] = await accept(bench)
    await waitsFor(bench, another as number, 'no_service')
    expect(provider.calls).toHaveLength(6)
    provider.answerWith(ACCEPTED)
    provider.calls[5]?.answer(ACCEPTED)
    await untilNow(bench, () => provider.calls.length === 5 + 7)
    expect(engine.services.health(1).breaker).toBe('closed')
  })

  it('are asked again at once when an operator has changed them', async () => {
    const bench = await openEngine()
    const { provider } = bench
    provider.answerWith(LOCKED_OUT)
    const [id] = await accept(bench)
    await provider.called(1)
    provider.answerWith(ACCEPTED)
    await waitsFor(bench, id as number, 'retry')
    const [next] = await accept(bench)
    await waitsFor(bench, next as number, 'no_service')
    const serviceId = await firstService(bench, { settings: {} })
    await provider.called(2)
    expect(bench.engine.services.health(serviceId)).toMatchObject({ breaker: 'closed', waiting: null })
  })
})
