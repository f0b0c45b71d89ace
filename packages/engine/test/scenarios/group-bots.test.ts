/** Services of one channel that do not take the same recipients: each bot has its own group. */
import { describe, expect, it } from 'vitest'
import { once, type NewService } from '../../src/index.ts'
import { openEngine, type Bench } from '../support/engine.ts'
import { ACCEPTED, REMOVED } from '../support/provider.ts'
import { accept, untilNow, waitsFor } from '../support/waiting.ts'

/** A bot for each of the groups, and none but them on the channel. */
async function openBots(groups: readonly string[], terms: Partial<NewService> = {}): Promise<Bench> {
  const bench = await openEngine({ withoutService: true })
  for (const group of groups) {
    await bench.engine.services.create({
      ...{
        name: `bot of ${group}`,
        channel: 'sms',
        adapter: 'test.bot',
        settings: { group },
        priority: 10,
        enabled: true,
      },
      ...(group === groups[0] ? terms : {}),
    })
  }
  return bench
}

const services = ({ provider }: Bench) => provider.calls.map(({ service, to }) => [service, to])

describe('messages for groups', () => {
  it('go through the bot of their group, whoever else is free', async () => {
    const bench = await openBots(['a', 'b', 'c', 'd'])
    await accept(bench, 20, (i) => 'abcd'[i % 4] as string)
    await bench.provider.called(20)
    for (const [service, to] of services(bench)) expect(service).toBe(`bot of ${to}`)
  })

  it('are refused when no bot takes them, in the words of the first', async () => {
    const bench = await openBots(['a', 'b'])
    await expect(accept(bench, 1, () => 'z')).rejects.toMatchObject({
      reason: 'invalid_recipient',
      message: 'recipient: expected a, got "z"',
    })
  })

  it('wait alone, with the reason of their own bot, and go at once when it may send again', async () => {
    const bench = await openBots(['a', 'b'], { dailyQuota: 1 })
    const { engine, provider } = bench
    await accept(bench, 1, () => 'a')
    await provider.called(1)
    const [second] = await accept(bench, 1, () => 'a')
    const waits = await waitsFor(bench, second as number, 'no_quota')
    expect(waits).toMatchObject({ detail: 'bot of a: its quota of 1 messages a day is used up', holds: 'message' })
    await accept(bench, 3, () => 'b')
    await provider.called(4)
    expect((await engine.messages.get(second as number))?.attempt).toBe(0)
    const sent = once(engine.events, 'message:sent', ({ id }) => id === second)
    await engine.services.update(1, { dailyQuota: 2 })
    await untilNow(bench, () => provider.calls.length === 5)
    expect(await sent).toMatchObject({ attempt: 1, serviceId: 1 })
  })

  it('keep the interval of their bot, each with a time of its own', async () => {
    const bench = await openBots(['a', 'b'], { sendingIntervalMs: 1_000 })
    const { clock, provider } = bench
    const ids = await accept(bench, 4, () => 'a')
    const begun = clock.now()
    const waits = await Promise.all(ids.slice(1).map((id) => waitsFor(bench, id, 'rate_limit')))
    expect(waits.map(({ until }) => (until ?? 0) - begun).toSorted((a, b) => a - b)).toEqual([1_000, 2_000, 3_000])
    expect(waits[0]?.detail).toBe('bot of a: one message every 1000 ms')
    for (let sent = 1; sent <= 4; sent++) {
      await provider.called(sent)
      expect(provider.calls).toHaveLength(sent)
      clock.advance(1_000)
    }
  })

  it('go at once when an operator takes that interval away', async () => {
    const bench = await openBots(['a', 'b'], { sendingIntervalMs: 3_600_000 })
    const { engine, provider } = bench
    const ids = await accept(bench, 20, () => 'a')
    await Promise.all(ids.slice(1).map((id) => waitsFor(bench, id, 'rate_limit')))
    expect(provider.calls).toHaveLength(1)
    await engine.services.update(1, { sendingIntervalMs: 0 })
    await untilNow(bench, () => provider.calls.length === 20)
    expect(new Set(provider.calls.map(({ recordId }) => recordId)).size).toBe(20)
  })

  it('wait while their bot is paused, over a restart too, and go on when it is resumed', async () => {
    const bench = await openBots(['a', 'b'])
    await bench.engine.services.pause(1)
    const [waiting, other] = await accept(bench, 2, (i) => 'ab'[i] as string)
    expect(await waitsFor(bench, waiting as number, 'paused')).toEqual({
      ...{ until: null, detail: 'bot of a is paused', holds: 'message' },
    })
    await bench.provider.called(1)
    const engine = await bench.reopen()
    await engine.start()
    await waitsFor(bench, waiting as number, 'paused')
    expect((await engine.messages.get(other as number))?.state).toBe('sent')
    await engine.services.resume(1)
    await untilNow(bench, () => bench.provider.calls.length === 2)
    expect(services(bench)).toEqual([
      ['bot of b', 'b'],
      ['bot of a', 'a'],
    ])
  })

  it('wait with no service when their bot was removed, and go when it is back', async () => {
    const bench = await openBots(['a', 'b'])
    const { engine, provider } = bench
    provider.answerWith(({ service }) => (service === 'bot of a' ? REMOVED : ACCEPTED))
    const ended = once(engine.events, 'service:ended')
    const [first] = await accept(bench, 1, () => 'a')
    await ended
    await waitsFor(bench, first as number, 'retry')
    bench.clock.advance(60_000)
    const { detail, until } = await waitsFor(bench, first as number, 'no_service')
    expect([detail, until]).toEqual([
      'no enabled service for channel sms takes this recipient; bot of a was disabled: 410: the bot was removed',
      null,
    ])
    expect((await engine.messages.get(first as number))?.attempt).toBe(1)
    provider.answerWith(ACCEPTED)
    const sent = once(engine.events, 'message:sent', ({ id }) => id === first)
    await engine.services.update(1, { enabled: true })
    await untilNow(bench, () => provider.calls.length === 2)
    expect(await sent).toMatchObject({ attempt: 2 })
  })

  it('fail when there is no bot for them any more, enabled or not', async () => {
    const bench = await openBots(['a', 'b'])
    const { engine } = bench
    await engine.services.pause(1)
    const [id] = await accept(bench, 1, () => 'a')
    await waitsFor(bench, id as number, 'paused')
    const failed = once(engine.events, 'message:failed')
    await engine.services.update(1, { settings: { group: 'other' } })
    await untilNow(bench, () => true)
    expect(await failed).toMatchObject({ id, errorCode: 'invalid_recipient' })
  })

  it('have the backlog of one bot taken up by none of the others', async () => {
    const bench = await openBots(['a', 'b'])
    const { engine, provider, clock } = bench
    await engine.services.pause(1)
    const held = await accept(bench, 300, () => 'a')
    await waitsFor(bench, held.at(-1) as number, 'paused')
    await accept(bench, 10, () => 'b')
    await provider.called(10)
    await engine.services.resume(1)
    while (provider.calls.length < 310) {
      clock.advance(10)
      await new Promise<void>((resolve) => setImmediate(resolve))
    }
    expect(new Set(provider.calls.map(({ recordId }) => recordId)).size).toBe(310)
  })
})
