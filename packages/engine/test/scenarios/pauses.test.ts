import { describe, expect, it } from 'vitest'
import { once, type Engine } from '../../src/index.ts'
import { openEngine, type Bench } from '../support/engine.ts'
import { passTime } from '../support/pass-time.ts'
import { sql, waitingFor } from '../support/operator.ts'
import { ACCEPTED, DOWN } from '../support/provider.ts'

async function accept(
  { engine, templateId }: Bench,
  more: { delayMs?: number; priority?: number } = {},
): Promise<number> {
  const { id } = await engine.messages.accept({ templateId, recipient: 'r', variables: { name: 'x' }, ...more })
  return id
}

const reasonsOf = async (engine: Engine, id: number) =>
  (await engine.explain(id))?.reasons.map(({ reason, holds }) => `${reason} ${holds}`)

/** Long enough for a message to be claimed and handed over, if it were let: each turn is a commit of the store. */
async function settled(engine: Engine): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await engine.settings.set('trace.retention_days', '7')
}

describe('a paused channel', () => {
  it('sends nothing more until it is resumed, keeps the order, and uses up no attempt', async () => {
    const bench = await openEngine()
    const { engine, provider, clock } = bench
    await engine.pause({ channel: 'sms' })
    const ids = [await accept(bench), await accept(bench), await accept(bench, { priority: 9 })]
    expect(engine.paused).toEqual({ channels: [{ channel: 'sms', since: clock.now() }], queues: [] })
    clock.advance(86_400_000)
    await settled(bench.engine)
    expect(provider.calls).toEqual([])
    const last = once(engine.events, 'message:sent', ({ id }) => id === ids[1])
    await engine.resume({ channel: 'sms' })
    await last
    expect(provider.calls.map(({ recordId }) => recordId)).toEqual([ids[2], ids[0], ids[1]])
    expect(await engine.messages.get(ids[0] as number)).toMatchObject({ state: 'sent', attempt: 1 })
    expect(engine.paused).toEqual({ channels: [], queues: [] })
  })

  it('lets what is being sent go on', async () => {
    const bench = await openEngine()
    bench.provider.hold()
    const id = await accept(bench)
    await bench.provider.called(1)
    await bench.engine.pause({ channel: 'sms' })
    const sent = once(bench.engine.events, 'message:sent')
    bench.provider.calls[0]?.answer(ACCEPTED)
    expect((await sent).id).toBe(id)
  })

  it('stays paused over a restart, and says since when', async () => {
    const bench = await openEngine()
    const since = bench.clock.now()
    await bench.engine.pause({ channel: 'sms' })
    const id = await accept(bench)
    bench.clock.advance(60_000)
    const engine = await bench.reopen()
    await engine.start()
    // Of several nodes the one that was stopped has left it to whichever comes.
    await expect.poll(() => reasonsOf(engine, id)).toEqual(['paused channel'])
    expect((await engine.explain(id))?.reasons).toMatchObject([
      { reason: 'paused', holds: 'channel', since, until: null },
    ])
    await settled(bench.engine)
    expect(bench.provider.calls).toEqual([])
    const sent = once(engine.events, 'message:sent')
    await engine.resume({ channel: 'sms' })
    expect((await sent).id).toBe(id)
  })

  it('is paused and resumed by plain SQL within half a second', async () => {
    const bench = await openEngine()
    const { engine, clock, place } = bench
    const turn = async (value: string) => {
      const changed = once(engine.events, 'settings:changed')
      await sql(place, `UPDATE system_config SET value = ${value} WHERE key = 'channel.sms.paused'`)
      clock.advance(500)
      await changed
    }
    await turn("'true'")
    const id = await accept(bench)
    expect(await reasonsOf(engine, id)).toEqual(['paused channel'])
    expect(engine.paused.channels).toEqual([{ channel: 'sms', since: expect.any(Number) }])
    const sent = once(engine.events, 'message:sent')
    await turn('false')
    expect((await sent).id).toBe(id)
  })

  it('refuses a value that is neither true nor false, and stays as it was', async () => {
    const { engine, clock, place } = await openEngine()
    const refused = once(engine.events, 'settings:refused')
    await sql(place, "UPDATE system_config SET value = 'maybe' WHERE key = 'channel.sms.paused'")
    clock.advance(500)
    expect((await refused).message).toBe('expected channel.sms.paused to be true, false, 1 or 0, got "maybe"')
    expect(engine.paused.channels).toEqual([])
  })

  it('lets other channels go on', async () => {
    const bench = await openEngine()
    const { engine } = bench
    const service = { name: 'mail', channel: 'email' as const, adapter: 'test.provider', settings: {} }
    await engine.services.create({ ...service, priority: 10, enabled: true })
    const mail = await engine.templates.create({ name: 'mail', channel: 'email', subject: 's', content: 'c' })
    await engine.pause({ channel: 'sms' })
    await accept(bench)
    const sent = once(engine.events, 'message:sent')
    const { id } = await engine.messages.accept({ templateId: mail.id, recipient: 'a@b', variables: {} })
    expect((await sent).id).toBe(id)
  })

  it('is not opened by the end of a limit, nor by a change of its services', async () => {
    const bench = await openEngine()
    const { engine, provider, clock, place } = bench
    await sql(place, "INSERT INTO rate_limit_configs VALUES ('channel:sms', 'sliding_window', 1, 60, 1);")
    await engine.settings.refresh()
    await accept(bench)
    await provider.called(1)
    const id = await accept(bench)
    await waitingFor(engine, id, 'rate_limit')
    await engine.pause({ channel: 'sms' })
    expect(await reasonsOf(engine, id)).toEqual(['paused channel', 'rate_limit channel'])
    clock.advance(60_000)
    expect(await reasonsOf(engine, id)).toEqual(['paused channel'])
    await engine.services.update(engine.services.list()[0]?.id ?? 0, { priority: 20 })
    await settled(bench.engine)
    expect(provider.calls).toHaveLength(1)
    await engine.resume({ channel: 'sms' })
    await provider.called(2)
  })

  it('makes what falls due ready, where it waits with the rest', async () => {
    const bench = await openEngine()
    const { engine, clock } = bench
    const id = await accept(bench, { delayMs: 5_000 })
    await engine.pause({ channel: 'sms' })
    expect(await reasonsOf(engine, id)).toEqual(['delay message', 'paused channel'])
    const queued = once(engine.events, 'message:changed', ({ state }) => state === 'queued')
    clock.advance(5_000)
    await queued
    expect(await engine.explain(id)).toMatchObject({
      phase: 'waiting',
      rank: { ahead: 0 },
      reasons: [{ reason: 'paused' }],
    })
  })

  it('is written to the audit log, once for each change', async () => {
    const { engine, place, clock } = await openEngine()
    for (const act of ['pause', 'pause', 'resume'] as const) await engine[act]({ channel: 'sms' })
    await engine.stop()
    expect(await sql(place, 'SELECT at, action, detail FROM audit_log ORDER BY id')).toEqual([
      { at: clock.now(), action: 'setting', detail: 'channel.sms.paused: false → true' },
      { at: clock.now(), action: 'setting', detail: 'channel.sms.paused: true → false' },
    ])
  })
})

describe('a paused queue', () => {
  it('holds every channel, and those that are paused too stay so when it is resumed', async () => {
    const bench = await openEngine()
    const { engine, provider } = bench
    await engine.pause({ queue: 'message.send' })
    await engine.pause({ channel: 'sms' })
    const id = await accept(bench)
    expect(await reasonsOf(engine, id)).toEqual(['paused queue', 'paused channel'])
    await engine.resume({ queue: 'message.send' })
    await settled(bench.engine)
    expect(provider.calls).toEqual([])
    expect(await reasonsOf(engine, id)).toEqual(['paused channel'])
    await engine.resume({ channel: 'sms' })
    await provider.called(1)
  })

  it('holds what waits for a retry too, without touching its attempts', async () => {
    const bench = await openEngine()
    const { engine, provider } = bench
    provider.answerWith(DOWN)
    const id = await accept(bench)
    await waitingFor(engine, id, 'retry')
    await engine.pause({ queue: 'message.send' })
    const ready = once(engine.events, 'message:changed', ({ pendingReason }) => pendingReason === null)
    await passTime(bench, ready)
    await settled(bench.engine)
    expect(await engine.messages.get(id)).toMatchObject({ state: 'queued', attempt: 1 })
    expect(await reasonsOf(engine, id)).toEqual(['paused queue'])
  })

  it('holds jobs, with a handler and without one', async () => {
    const bench = await openEngine()
    const { engine } = bench
    const seen: unknown[] = []
    await engine.pause({ queue: 'notification' })
    engine.jobs.handle('notification', async ({ payload }) => void seen.push(payload))
    await engine.jobs.enqueue('notification', 'hello')
    await settled(bench.engine)
    expect(seen).toEqual([])
    const completed = once(engine.events, 'job:completed')
    await engine.resume({ queue: 'notification' })
    await completed
    expect(seen).toEqual(['hello'])
  })
})
