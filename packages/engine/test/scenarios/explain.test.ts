import { describe, expect, it } from 'vitest'
import { once } from '../../src/index.ts'
import { openEngine, type Bench } from '../support/engine.ts'
import { sql, waitingFor } from '../support/operator.ts'
import { ACCEPTED, DOWN, REJECTED, TIMED_OUT } from '../support/provider.ts'

async function accept(
  { engine, templateId }: Bench,
  more: { delayMs?: number; priority?: number } = {},
): Promise<number> {
  const { id } = await engine.messages.accept({ templateId, recipient: 'r', variables: { name: 'x' }, ...more })
  return id
}

/** One worker, which holds one message. */
async function openBusy(): Promise<Bench> {
  const bench = await openEngine()
  await sql(
    bench.place,
    "UPDATE thread_pool_configs SET core_pool_size = 1, max_pool_size = 1 WHERE pool_name = 'message_sender'",
  )
  await bench.engine.settings.refresh()
  bench.provider.hold()
  await accept(bench)
  await bench.provider.called(1)
  return bench
}

describe('why a message waits', () => {
  it('is nothing that is here when there is no such message', async () => {
    const { engine } = await openEngine()
    expect(await engine.explain(12_345)).toBeNull()
  })

  it('is the worker that is busy: its rank counts down, and the wait comes from the measured rate', async () => {
    const bench = await openBusy()
    const { engine, provider, clock } = bench
    const ids = [await accept(bench), await accept(bench), await accept(bench)]
    const last = ids[2] as number
    expect(await engine.explain(last)).toMatchObject({
      phase: 'waiting',
      detail: 'all workers are busy: 1 of 1; 2 ahead of it',
      reasons: [{ reason: 'no_worker', holds: 'queue', until: null, workers: { active: 1, size: 1 } }],
      rank: { ahead: 2, exact: true, higher: 0, turns: 0, lane: 2, held: 0 },
      // Nothing has been finished, so nothing was measured.
      waitMs: null,
    })
    const urgent = await accept(bench, { priority: 10 })
    expect(await engine.explain(last)).toMatchObject({ rank: { ahead: 3, higher: 1, lane: 2 } })
    clock.advance(400)
    provider.calls[0]?.answer(ACCEPTED)
    await provider.called(2)
    expect(provider.calls[1]?.recordId).toBe(urgent)
    expect(await engine.explain(last)).toMatchObject({ rank: { ahead: 2, higher: 0, lane: 2 }, waitMs: 3 * 400 })
  })

  it('is a place in the store, when the lane is longer than the window in memory', async () => {
    const bench = await openBusy()
    const { engine, templateId } = bench
    const to = Array.from({ length: 2_000 }, (_, i) => `r${i}`)
    const batch = { templateId, recipients: to, variablesList: to.map((name) => ({ name })) }
    const { lastId } = await engine.messages.acceptBatch(batch)
    expect(await engine.explain(lastId)).toMatchObject({ rank: { ahead: 1_999, exact: true, lane: 1_999 } })
  })

  it('is no message that was cancelled: the rank counts only what still waits', async () => {
    const bench = await openEngine()
    const { engine } = bench
    await engine.pause({ channel: 'sms' })
    const ids = [await accept(bench), await accept(bench), await accept(bench, { priority: 9 }), await accept(bench)]
    const last = ids[3] as number
    expect((await engine.explain(last))?.rank).toMatchObject({ ahead: 3, higher: 1, lane: 2 })
    await engine.messages.cancel(ids[0] as number)
    await engine.messages.cancel(ids[2] as number)
    expect((await engine.explain(last))?.rank).toMatchObject({ ahead: 1, higher: 0, lane: 1 })
    expect((await engine.stats.monitor()).queues['message.send'].queued).toBe(2)
  })

  it('is a limit: the rule that is exhausted and when it ends', async () => {
    const bench = await openEngine()
    const { engine, provider, clock, place } = bench
    await sql(place, "INSERT INTO rate_limit_configs VALUES ('channel:sms', 'sliding_window', 1, 60, 1);")
    await engine.settings.refresh()
    await accept(bench)
    await provider.called(1)
    const id = await accept(bench)
    await waitingFor(engine, id, 'rate_limit')
    const rule = { resource: 'channel:sms', type: 'sliding_window', maxValue: 1, windowSeconds: 60 }
    expect((await engine.explain(id))?.reasons).toEqual([
      {
        reason: 'rate_limit',
        holds: 'channel',
        since: null,
        until: clock.now() + 60_000,
        detail: 'sliding_window of channel:sms: 1 per 60 s',
        rule,
        workers: null,
      },
    ])
  })

  it('is the lack of a service', async () => {
    const bench = await openEngine()
    const { engine } = bench
    await engine.services.update(engine.services.list()[0]?.id ?? 0, { enabled: false })
    const id = await accept(bench)
    await waitingFor(engine, id, 'no_service')
    expect(await engine.explain(id)).toMatchObject({
      phase: 'waiting',
      detail: 'no enabled service for channel sms; 0 ahead of it',
      waitMs: null,
    })
  })

  it('is its own time, without a rank as long as that has not come', async () => {
    const bench = await openEngine()
    const id = await accept(bench, { delayMs: 60_000 })
    const until = bench.clock.now() + 60_000
    expect(await bench.engine.explain(id)).toMatchObject({
      phase: 'waiting',
      detail: 'scheduled',
      reasons: [{ reason: 'delay', holds: 'message', until }],
      rank: null,
      waitMs: null,
    })
  })

  it('is the time of its next attempt, with what the last one came to', async () => {
    const bench = await openEngine()
    bench.provider.answerWith(DOWN)
    const id = await accept(bench)
    const { until } = await waitingFor(bench.engine, id, 'retry')
    expect(await bench.engine.explain(id)).toMatchObject({
      detail: 'attempt 1 failed: unavailable',
      reasons: [{ reason: 'retry', until }],
      rank: null,
    })
  })

  it('is an engine that has not been started', async () => {
    const bench = await openEngine({ start: false })
    const id = await accept(bench)
    expect(await bench.engine.explain(id)).toMatchObject({
      phase: 'waiting',
      reasons: [{ reason: 'no_worker', detail: 'the engine does not run: no worker takes anything' }],
      rank: { ahead: 0 },
    })
  })
})

describe('what became of a message', () => {
  it('is told when it waits no more', async () => {
    const bench = await openEngine()
    const { engine, provider } = bench
    provider.hold()
    const id = await accept(bench)
    await provider.called(1)
    expect(await engine.explain(id)).toMatchObject({
      phase: 'sending',
      detail: 'attempt 1 is with the provider',
      reasons: [],
      rank: null,
    })
    const failed = once(engine.events, 'message:failed')
    provider.calls[0]?.answer(REJECTED)
    await failed
    expect(await engine.explain(id)).toMatchObject({ phase: 'ended', detail: 'failed: no such recipient', reasons: [] })
  })

  it.each([
    [ACCEPTED, 'sent' as const, 'sent'],
    [TIMED_OUT, 'unknown' as const, 'unknown: no answer'],
  ])('is told with its reason, if there is one: %o', async (outcome, state, detail) => {
    const bench = await openEngine()
    const ended = once(bench.engine.events, `message:${state}`)
    bench.provider.answerWith(outcome)
    const id = await accept(bench)
    await ended
    expect(await bench.engine.explain(id)).toMatchObject({ phase: 'ended', detail, record: { state } })
  })
})
