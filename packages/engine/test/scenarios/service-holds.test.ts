/** Services that are taken out of the choice: by an operator for a while or for good, or by their provider. */
import { describe, expect, it, onTestFinished } from 'vitest'
import { createEngine, once, type NewService, type ServiceRecord } from '../../src/index.ts'
import { openEngine, temporaryStore, type Bench } from '../support/engine.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { ACCEPTED, createProvider, REMOVED, type ProviderCall } from '../support/provider.ts'
import { accept, untilNow, waitsFor } from '../support/waiting.ts'
import { driverAt } from '../support/stores.ts'

const SMS = { channel: 'sms' as const, adapter: 'test.provider', settings: {}, priority: 10, enabled: true }
const addService = ({ engine }: Bench, name: string, terms: Partial<NewService> = {}): Promise<ServiceRecord> =>
  engine.services.create({ ...SMS, name, ...terms })
const services = (calls: readonly ProviderCall[]) => calls.map(({ service }) => service)

describe('a service that is paused', () => {
  it('is asked nothing: its messages go to the others', async () => {
    const bench = await openEngine()
    await addService(bench, 'other')
    await bench.engine.services.pause(1)
    await accept(bench, 6)
    await bench.provider.called(6)
    expect(new Set(services(bench.provider.calls))).toEqual(new Set(['other']))
  })

  it('lets its messages wait where it is the only one, says so, also over a restart, and goes on when it is resumed', async () => {
    const bench = await openEngine()
    await bench.engine.services.pause(1)
    const [id] = await accept(bench)
    expect(await waitsFor(bench, id as number, 'paused')).toEqual({
      ...{ until: null, detail: 'sms is paused', holds: 'channel' },
    })
    const engine = await bench.reopen()
    await engine.start()
    await waitsFor(bench, id as number, 'paused')
    // The channel is another thing.
    await engine.pause({ channel: 'sms' })
    await engine.resume({ channel: 'sms' })
    await waitsFor(bench, id as number, 'paused')
    expect(bench.provider.calls).toHaveLength(0)
    const sent = once(engine.events, 'message:sent')
    await engine.services.resume(1)
    expect(await sent).toMatchObject({ id, attempt: 1 })
  })

  it('does not open a channel that is paused when it is resumed', async () => {
    const bench = await openEngine()
    const { engine, provider } = bench
    await engine.pause({ channel: 'sms' })
    await engine.services.pause(1)
    const [id] = await accept(bench)
    await engine.services.resume(1)
    expect(await waitsFor(bench, id as number, 'paused')).toMatchObject({ detail: 'channel sms is paused' })
    expect(provider.calls).toHaveLength(0)
  })

  it('is not stood in for by one that only keeps messages', async () => {
    const provider = createProvider()
    const keeper = createProvider()
    const adapters = [provider.adapter, { ...keeper.adapter, key: 'test.keeper', keepsOnly: true }]
    const clock = new ManualClock()
    const engine = await createEngine({ driver: driverAt(temporaryStore(), clock), adapters, clock })
    onTestFinished(() => engine.stop({ deadlineMs: 0 }))
    const real = await engine.services.create({ ...SMS, name: 'real', priority: 1 })
    await engine.services.create({ ...SMS, name: 'keeper', adapter: 'test.keeper', priority: 0 })
    const template = await engine.templates.create({ name: 'hello', channel: 'sms', content: 'Hello {{name}}' })
    await engine.services.pause(real.id)
    await engine.start()
    const [id] = await accept({ engine, templateId: template.id })
    await waitsFor({ engine }, id as number, 'paused')
    expect(keeper.calls).toHaveLength(0)
  })
})

describe('a service that is drained', () => {
  it('finishes under load what its provider has, loses nothing and sends nothing twice', async () => {
    const bench = await openEngine()
    const { engine, provider } = bench
    await addService(bench, 'other')
    provider.hold()
    await accept(bench, 30)
    // As many as there are workers, half of them with each.
    await provider.called(20)
    const drained = await engine.services.drain(1)
    expect(drained).toMatchObject({ enabled: false, disabledBecause: null })
    expect(engine.services.health(1).inFlight).toBe(10)
    let sent = 0
    engine.events.on('message:sent', () => sent++)
    provider.answerWith(ACCEPTED)
    for (const call of provider.calls.slice(0, 20)) call.answer(ACCEPTED)
    await untilNow(bench, () => sent === 30)
    expect(engine.services.health(1).inFlight).toBe(0)
    expect(services(provider.calls).filter((name) => name === 'sms')).toHaveLength(10)
    expect(new Set(provider.calls.map(({ recordId }) => recordId)).size).toBe(30)
  })

  it('keeps its connections until its provider has answered the last', async () => {
    const closed: number[] = []
    const provider = createProvider()
    const adapter = { ...provider.adapter, close: async (id: number) => void closed.push(id) }
    const clock = new ManualClock()
    const driver = driverAt(temporaryStore(), clock)
    const engine = await createEngine({ driver, adapters: [adapter], clock })
    onTestFinished(() => engine.stop({ deadlineMs: 0 }))
    const { id } = await engine.services.create({ ...SMS, name: 'sms' })
    const template = await engine.templates.create({ name: 'hello', channel: 'sms', content: 'Hello {{name}}' })
    await engine.start()
    provider.hold()
    await accept({ engine, templateId: template.id })
    await provider.called(1)
    await engine.services.update(id, { enabled: false })
    expect(closed).toEqual([])
    const sent = once(engine.events, 'message:sent')
    provider.calls[0]?.answer(ACCEPTED)
    await sent
    expect(closed).toEqual([id])
  })
})

describe('a service whose provider ends its account', () => {
  it('is disabled with what the provider said, and its messages go to another', async () => {
    const bench = await openEngine({ start: false })
    const { engine, provider } = bench
    await addService(bench, 'other')
    provider.answerWith(({ service }) => (service === 'sms' ? REMOVED : ACCEPTED))
    const ended = once(engine.events, 'service:ended')
    let times = 0
    engine.events.on('service:ended', () => times++)
    let sent = 0
    engine.events.on('message:sent', () => sent++)
    await accept(bench, 10)
    await engine.start()
    expect(await ended).toEqual({ id: 1, name: 'sms', channel: 'sms', because: '410: the bot was removed' })
    await untilNow(bench, () => sent === 10)
    expect(engine.services.get(1)).toMatchObject({ enabled: false, disabledBecause: '410: the bot was removed' })
    expect(times).toBe(1)
  })

  it('lets them wait where there is no other, and forgets why when an operator enables it again', async () => {
    const bench = await openEngine()
    const { engine, provider } = bench
    provider.answerWith(REMOVED)
    const ended = once(engine.events, 'service:ended')
    await accept(bench)
    await ended
    const [next] = await accept(bench)
    const { detail, until } = await waitsFor(bench, next as number, 'no_service')
    expect(detail).toBe('no enabled service for channel sms; sms was disabled: 410: the bot was removed')
    expect(until).toBeNull()
    const reopened = await bench.reopen()
    expect(reopened.services.get(1)).toMatchObject({ enabled: false, disabledBecause: '410: the bot was removed' })
    await reopened.start()
    provider.answerWith(ACCEPTED)
    const sent = once(reopened.events, 'message:sent', ({ id }) => id === next)
    expect(await reopened.services.update(1, { enabled: true })).toMatchObject({ enabled: true, disabledBecause: null })
    expect(await sent).toMatchObject({ attempt: 1 })
  })
})
