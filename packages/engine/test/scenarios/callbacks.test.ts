import type { RawRequest, ReportedReceipt } from '@signalbox/channels/adapter'
import { describe, expect, it } from 'vitest'
import { once } from '../../src/index.ts'
import { openEngine } from '../support/engine.ts'
import type { Outcome } from '@signalbox/channels/adapter'

const RECIPIENT = '13800000001'

function post(events: readonly ReportedReceipt[], token = 'good'): RawRequest {
  return { method: 'POST', url: '/callbacks/1', token, headers: {}, body: Buffer.from(JSON.stringify(events)) }
}

async function opened() {
  const bench = await openEngine()
  const { engine, provider, templateId, clock } = bench
  const [service] = engine.services.list()
  if (!service) throw new Error('expected a service')
  const taken = (providerId: string): Outcome => ({ status: 'accepted', providerId, final: false })
  async function send(recipient = RECIPIENT): Promise<number> {
    const { id } = await engine.messages.accept({ templateId, recipient, variables: { name: 'Ada' } })
    return id
  }
  async function sent(providerId: string, recipient = RECIPIENT): Promise<number> {
    provider.answerWith(taken(providerId))
    const event = once(engine.events, 'message:sent')
    const id = await send(recipient)
    await event
    return id
  }
  const receive = (events: readonly ReportedReceipt[], token?: string) =>
    engine.callbacks.receive(service.id, post(events, token))
  const delivered = (providerId: string, recipient = RECIPIENT): ReportedReceipt => ({
    ...{ providerId, recipient, state: 'delivered', at: clock.now() },
  })
  const stateOf = async (id: number) => (await engine.messages.get(id))?.state
  return { ...bench, engine, service, taken, send, sent, receive, delivered, stateOf }
}

describe('a receipt', () => {
  it('finds its message by the id that the provider gave it', async () => {
    const { sent, receive, delivered, stateOf } = await opened()
    const [first, second] = [await sent('p-1'), await sent('p-2')]
    expect(await receive([delivered('p-2')])).toMatchObject({ status: 200, body: 'thanks' })
    expect([await stateOf(first), await stateOf(second)]).toEqual(['sent', 'delivered'])
  })

  it('waits for the answer to the call that it belongs to', async () => {
    const { engine, provider, send, receive, delivered, taken, stateOf } = await opened()
    provider.hold()
    const id = await send()
    await provider.called(1)
    const reply = receive([delivered('p-7')])
    const end = once(engine.events, 'message:delivered')
    provider.calls[0]?.answer(taken('p-7'))
    expect(await reply).toMatchObject({ status: 200 })
    expect((await end).id).toBe(id)
    expect(await stateOf(id)).toBe('delivered')
  })

  it('asks the provider to come again when that answer does not come', async () => {
    const { provider, send, receive, delivered, taken, clock, engine, stateOf } = await opened()
    provider.hold()
    const id = await send()
    await provider.called(1)
    const listening = engine.events.count('message:changed')
    const timers = clock.pending
    const reply = receive([delivered('p-7')])
    while (clock.pending === timers) await new Promise(setImmediate)
    clock.advance(1_000)
    expect(await reply).toMatchObject({ status: 503 })
    expect(engine.events.count('message:changed')).toBe(listening)
    const sent = once(engine.events, 'message:sent')
    provider.calls[0]?.answer(taken('p-7'))
    await sent
    expect(await receive([delivered('p-7')])).toMatchObject({ status: 200 })
    expect(await stateOf(id)).toBe('delivered')
  })

  it('of what was not sent from here is answered and changes nothing', async () => {
    const { sent, receive, delivered, stateOf } = await opened()
    const id = await sent('p-1')
    const foreign = [delivered('p-9'), delivered('p-1', '13800000002')]
    const unknown: ReportedReceipt = { recordId: 4711, state: 'delivered', at: 1 }
    expect(await receive([...foreign, unknown])).toMatchObject({ status: 200 })
    expect(await stateOf(id)).toBe('sent')
  })

  it('counts only for messages of the service that it came to', async () => {
    const { engine, sent, service, delivered, stateOf, clock } = await opened()
    const id = await sent('p-1')
    const other = await engine.services.create({ ...service, name: 'other', priority: 1 })
    const both = [delivered('p-1'), { recordId: id, state: 'delivered' as const, at: clock.now() }]
    expect(await engine.callbacks.receive(other.id, post(both))).toMatchObject({ status: 200 })
    expect(await stateOf(id)).toBe('sent')
  })

  it('that is repeated is answered as before and written no second time, but for who has no right to', async () => {
    const { engine, sent, receive, delivered, stateOf, clock } = await opened()
    const id = await sent('p-1')
    const said = [delivered('p-1')]
    const changes: string[] = []
    engine.events.on('message:changed', ({ state }) => changes.push(state))
    expect(await receive(said)).toMatchObject({ status: 200 })
    const contrary = (at: number) => [{ recordId: id, state: 'failed' as const, at }]
    for (let time = 0; time < 3; time++) {
      expect(await receive(said)).toMatchObject({ status: 200 })
      expect(await receive(contrary(clock.now() + 1))).toMatchObject({ status: 200 })
    }
    expect(await receive(said, 'bad')).toMatchObject({ status: 403 })
    expect(await stateOf(id)).toBe('delivered')
    expect(changes).toEqual(['delivered'])
    clock.advance(16 * 60_000)
    expect(await receive(said)).toMatchObject({ status: 200 })
    const trace = await engine.traces.get(id)
    expect(trace?.nodes.filter(({ name }) => name === 'callback').map(({ status }) => status)).toEqual([
      'succeeded',
      'failed',
    ])
  })

  it('that is repeated after a restart is answered as before and written no second time', async () => {
    const bench = await opened()
    const { clock, sent, receive, delivered, reopen, service } = bench
    const id = await sent('p-1')
    const said = [delivered('p-1')]
    await receive(said)
    const engine = await reopen()
    const taken: unknown[] = []
    engine.events.on('message:changed', (record) => taken.push(record))
    expect(await engine.callbacks.receive(service.id, post(said))).toMatchObject({ status: 200, body: 'thanks' })
    // What is the same in another request is a receipt like any other: it moves nothing that stands so already.
    const again = [...said, { recordId: id, state: 'read' as const, at: clock.now() }]
    expect(await engine.callbacks.receive(service.id, post(again))).toMatchObject({ status: 200 })
    expect(taken).toMatchObject([{ id, state: 'read' }])
    const trace = await engine.traces.get(id)
    expect(trace?.nodes.filter(({ name }) => name === 'callback')).toHaveLength(2)
  })

  it('is refused when the adapter does not know who sends it, and finds nobody at an unknown service', async () => {
    const { engine, sent, receive, delivered, stateOf } = await opened()
    const id = await sent('p-1')
    expect(await receive([delivered('p-1')], 'bad')).toMatchObject({ status: 403 })
    expect(await engine.callbacks.receive(99, post([delivered('p-1')]))).toBeNull()
    expect(await stateOf(id)).toBe('sent')
  })

  it('still comes when its service sends nothing any more', async () => {
    const { engine, service, sent, receive, delivered, stateOf } = await opened()
    const id = await sent('p-1')
    await engine.services.update(service.id, { enabled: false })
    expect(await receive([delivered('p-1')])).toMatchObject({ status: 200 })
    expect(await stateOf(id)).toBe('delivered')
  })
})

describe('receipts that have to be fetched', () => {
  it('are fetched while the engine runs, and let go of when they are on disk', async () => {
    const { engine, provider, clock, sent, stateOf } = await opened()
    const id = await sent('p-1')
    const delayed = { recordId: id, state: 'delayed', at: clock.now(), code: '4.4.1', detail: 'timed out' } as const
    provider.mailbox.push(delayed, { recordId: id, state: 'failed', at: clock.now(), code: '5.1.1', detail: 'gone' })
    const failed = once(engine.events, 'message:failed')
    clock.advance(1_000)
    expect(await failed).toMatchObject({ id, errorCode: '5.1.1' })
    expect(await stateOf(id)).toBe('failed')
    await engine.callbacks.collect()
    expect(provider.mailbox).toEqual([])
  })

  it('are tried again after an error, which is told once', async () => {
    const { engine, provider, clock, sent, stateOf } = await opened()
    const id = await sent('p-1')
    provider.mailbox.push(new Error('no such folder'))
    await expect(engine.callbacks.collect()).rejects.toThrow('cannot be fetched: no such folder')
    await engine.callbacks.collect()
    provider.mailbox[0] = { recordId: id, state: 'delivered', at: clock.now() }
    await engine.callbacks.collect()
    expect(await stateOf(id)).toBe('delivered')
    provider.mailbox.push(new Error('no such folder'))
    await expect(engine.callbacks.collect()).rejects.toThrow('no such folder')
  })

  it('of services that send nothing any more are fetched too', async () => {
    const { engine, provider, clock, service, sent, stateOf } = await opened()
    const id = await sent('p-1')
    await engine.services.update(service.id, { enabled: false })
    provider.mailbox.push({ recordId: id, state: 'delivered', at: clock.now() })
    await engine.callbacks.collect()
    expect(await stateOf(id)).toBe('delivered')
  })
})
