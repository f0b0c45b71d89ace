import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createEngine, once, type Engine } from '../../src/index.ts'
import { openEngine, temporaryStore, type Bench } from '../support/engine.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { sql, waitingFor } from '../support/operator.ts'
import { ACCEPTED, createProvider } from '../support/provider.ts'
import { runningThreads } from '../support/threads.ts'
import { driverAt } from '../support/stores.ts'

/** Nothing of a stopped engine is left: no timer, no thread, no listener besides those it began with. */
function expectNothingLeft(engine: Engine, clock: ManualClock, listenersAtFirst: number): void {
  expect(engine.status).toBe('stopped')
  expect(clock.pending).toBe(0)
  expect(runningThreads()).toBe(0)
  expect(engine.events.count()).toBeLessThanOrEqual(listenersAtFirst)
}

/** Lets what is already settled run on. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve))

function acceptMany(bench: Bench, count: number): Promise<number[]> {
  const { engine, templateId } = bench
  return Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const { id } = await engine.messages.accept({ templateId, recipient: `r${i}`, variables: { name: 'x' } })
      return id
    }),
  )
}

describe('starting and stopping', () => {
  it('works in any order and any number of times, at once or one after the other, and leaves nothing behind', async () => {
    const call = fc.record({ what: fc.constantFrom('start' as const, 'stop' as const), awaited: fc.boolean() })
    const place = temporaryStore()
    await fc.assert(
      fc.asyncProperty(fc.array(call, { maxLength: 6 }), async (calls) => {
        const clock = new ManualClock()
        const engine = await createEngine({
          driver: driverAt(place, clock),
          adapters: [createProvider().adapter],
          clock,
        })
        const listeners = engine.events.count()
        const under: Promise<void>[] = []
        for (const { what, awaited } of calls) {
          const done = engine[what]()
          under.push(done)
          if (awaited) await done
        }
        await Promise.all(under)
        const stopped = calls.some(({ what }) => what === 'stop')
        const started = calls.some(({ what }) => what === 'start')
        expect(engine.status).toBe(stopped ? 'stopped' : started ? 'ok' : 'starting')
        await engine.stop()
        expectNothingLeft(engine, clock, listeners)
      }),
      { numRuns: 25 },
    )
  }, 60_000)

  it('takes messages before it starts, and refuses them with a reason once it stops', async () => {
    const bench = await openEngine({ start: false })
    const { engine, templateId } = bench
    const [id] = await acceptMany(bench, 1)
    await engine.stop()
    const late = engine.messages.accept({ templateId, recipient: 'r', variables: { name: 'x' } })
    await expect(late).rejects.toMatchObject({ reason: 'not_accepting', message: expect.stringContaining('stopped') })
    const next = await bench.reopen()
    expect(await next.messages.get(id ?? 0)).toMatchObject({ state: 'queued' })
    await next.stop()
  })

  it('leaves nothing behind when it stops with delays, retries, closed gates and jobs waiting', async () => {
    const { engine, clock, provider, templateId, place } = await openEngine()
    const listeners = engine.events.count()
    provider.answerWith({
      status: 'failed',
      category: 'rate_limited',
      scope: 'account',
      code: '429',
      detail: 'slow down',
    })
    const retry = once(engine.events, 'message:changed', (record) => record.pendingReason === 'retry')
    await engine.messages.accept({ templateId, recipient: 'r', variables: { name: 'x' } })
    await retry
    await engine.messages.accept({ templateId, recipient: 'r', variables: { name: 'x' }, delayMs: 60_000 })
    await engine.jobs.enqueue('notification', {}, { delayMs: 60_000 })
    await sql(place, "INSERT INTO rate_limit_configs VALUES ('channel:sms', 'sliding_window', 1, 60, 1);")
    await engine.settings.refresh()
    const [, limited] = await Promise.all(
      ['a', 'b'].map((recipient) => engine.messages.accept({ templateId, recipient, variables: { name: 'x' } })),
    )
    await waitingFor(engine, limited?.id ?? 0, 'rate_limit')
    expect(clock.pending).toBeGreaterThan(0)
    await engine.stop()
    expectNothingLeft(engine, clock, listeners)
  })
})

describe('stopping under load', () => {
  it('loses nothing and leaves nothing in sending when the provider answers within the deadline', async () => {
    const bench = await openEngine()
    const { engine, provider, clock } = bench
    const listeners = engine.events.count()
    provider.hold()
    const ids = await acceptMany(bench, 300)
    await provider.called(20)
    const stopped = engine.stop({ deadlineMs: 5_000 })
    await settled()
    clock.advance(4_999)
    for (const call of provider.calls) call.answer(ACCEPTED)
    await stopped
    expectNothingLeft(engine, clock, listeners)
    expect(provider.calls).toHaveLength(20)

    const next = await bench.reopen()
    const { byState, balanced, accepted } = await next.stats.conservation({ deep: true })
    expect({ balanced, accepted, sent: byState.sent, queued: byState.queued }).toEqual({
      balanced: true,
      accepted: 300,
      sent: 20,
      queued: 280,
    })
    provider.answerWith(ACCEPTED)
    await next.start()
    await provider.called(300)
    expect(new Set(provider.calls.map((call) => call.recordId))).toEqual(new Set(ids))
    await next.stop()
  })

  it('waits no longer than its deadline, and what is still with the provider then is unknown, not sent again', async () => {
    const bench = await openEngine()
    const { engine, provider, clock } = bench
    const errors: unknown[] = []
    engine.events.on('engine:error', (error) => errors.push(error))
    const listeners = engine.events.count()
    provider.hold()
    await acceptMany(bench, 50)
    await provider.called(20)
    const stopped = engine.stop({ deadlineMs: 5_000 })
    await settled()
    clock.advance(5_000)
    await stopped
    expectNothingLeft(engine, clock, listeners)

    expect(errors).toEqual([])

    const next = await bench.reopen()
    const { byState, balanced } = await next.stats.conservation({ deep: true })
    expect([balanced, byState.unknown, byState.queued]).toEqual([true, 20, 30])
    const { messages } = await next.messages.search({ status: 'unknown', limit: 20 })
    expect(messages.every(({ errorCode }) => errorCode === 'stopped')).toBe(true)
    provider.answerWith(ACCEPTED)
    await next.start()
    await provider.called(50)
    expect(new Set(provider.calls.map((call) => call.recordId)).size).toBe(50)
    await next.stop()
  })

  it('keeps exactly the messages that it acknowledged while they were coming in', async () => {
    const bench = await openEngine()
    const { engine, templateId } = bench
    const asked = Array.from({ length: 200 }, (_, i) =>
      engine.messages.accept({ templateId, recipient: `r${i}`, variables: { name: 'x' } }),
    )
    const results = await Promise.allSettled([...asked, engine.stop()])
    const acknowledged = results.flatMap((result) =>
      result.status === 'fulfilled' && result.value ? [result.value.id] : [],
    )
    const next = await bench.reopen()
    const stored = await next.messages.search({ limit: 1_000 })
    expect(stored.messages.map(({ id }) => id)).toEqual(acknowledged.toSorted((a, b) => b - a))
    expect(await next.stats.conservation({ deep: true })).toMatchObject({
      accepted: acknowledged.length,
      balanced: true,
    })
    await next.stop()
  })

  it('tells a running job, and hands it out again at the next start', async () => {
    const bench = await openEngine()
    const { engine, clock } = bench
    const { promise: running, resolve: runs } = Promise.withResolvers<void>()
    engine.jobs.handle('notification', (_job, signal) => {
      runs()
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('cut short'))))
    })
    const { id } = await engine.jobs.enqueue('notification', { text: 'disk full' })
    await running
    await engine.stop()
    expect(clock.pending).toBe(0)
    const next = await bench.reopen()
    await next.start()
    const done = once(next.events, 'job:completed')
    const attempts: number[] = []
    next.jobs.handle('notification', (job) => {
      attempts.push(job.attempt)
      return Promise.resolve()
    })
    expect(await done).toEqual({ queue: 'notification', id })
    expect(attempts).toEqual([2])
    await next.stop()
  })
})
