import { describe, expect, it } from 'vitest'
import { once, type Engine } from '../../src/index.ts'
import { openEngine } from '../support/engine.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { sql, waitingFor } from '../support/operator.ts'

const figuresOf = (engine: Engine) => engine.pools().workers.find(({ name }) => name === 'message_sender')?.figures

describe('settings changed by plain SQL while the engine runs', () => {
  it('are in force within half a second: the size of a pool', async () => {
    const { engine, place, clock } = await openEngine()
    const changed = once(engine.events, 'settings:changed')
    await sql(
      place,
      "UPDATE thread_pool_configs SET core_pool_size = 50, max_pool_size = 200 WHERE pool_name = 'message_sender';",
    )
    clock.advance(500)
    await changed
    expect(figuresOf(engine)).toMatchObject({
      corePoolSize: 50,
      maxPoolSize: 200,
      poolSize: 50,
    })
  })

  it('are in force within half a second: a limit', async () => {
    const { engine, place, clock } = await openEngine()
    const changed = once(engine.events, 'settings:changed')
    await sql(
      place,
      "UPDATE rate_limit_configs SET max_value = 1 WHERE resource = 'api:/messages/send' AND limit_type = 'qps';",
    )
    clock.advance(500)
    await changed
    const first = await engine.limiter.take('api:/messages/send', clock.now())
    const second = await engine.limiter.take('api:/messages/send', clock.now())
    expect([first.allowed, second.allowed, second.retryAfterMs]).toEqual([true, false, 1000])
  })

  it('are refused when they make no sense, and the last good value stays', async () => {
    const { engine, place, clock } = await openEngine()
    const refused = once(engine.events, 'settings:refused')
    await sql(place, "UPDATE thread_pool_configs SET max_pool_size = 0 WHERE pool_name = 'message_sender';")
    clock.advance(500)
    expect(await refused).toMatchObject({
      table: 'thread_pool_configs',
      message: expect.stringContaining('max_pool_size'),
    })
    expect(figuresOf(engine)?.maxPoolSize).toBe(100)
  })

  it('let operators count failures by their text with the statement they know', async () => {
    const { engine, place } = await openEngine()
    await engine.stop()
    const statement =
      "SELECT error_message, COUNT(*) FROM message_records WHERE status = 'failed' GROUP BY error_message;"
    expect(await sql(place, statement)).toEqual([])
  })

  it('limit a channel without using up attempts, and say until when', async () => {
    const { engine, provider, place, clock, templateId } = await openEngine()
    const changed = once(engine.events, 'settings:changed')
    await sql(place, "INSERT INTO rate_limit_configs VALUES ('channel:sms', 'sliding_window', 1, 60, 1);")
    clock.advance(500)
    await changed
    await engine.messages.accept({ templateId, recipient: 'a', variables: { name: 'x' } })
    await provider.called(1)
    const { id } = await engine.messages.accept({ templateId, recipient: 'b', variables: { name: 'x' } })
    const limited = await waitingFor(engine, id, 'rate_limit')
    expect(limited?.until).toBe(clock.now() + 60_000)
    clock.advance(60_000)
    await provider.called(2)
    expect(await engine.messages.get(id)).toMatchObject({ attempt: 1 })
  })

  it('limit by the time that passes, also while the wall clock stands still', async () => {
    class StoppedWallClock extends ManualClock {
      override now(): number {
        return Date.UTC(2026, 0, 15, 8)
      }
    }
    const { engine, provider, place, clock, templateId } = await openEngine({ clock: new StoppedWallClock() })
    const changed = once(engine.events, 'settings:changed')
    await sql(place, "INSERT INTO rate_limit_configs VALUES ('channel:sms', 'sliding_window', 1, 60, 1);")
    clock.advance(500)
    await changed
    await engine.messages.accept({ templateId, recipient: 'a', variables: { name: 'x' } })
    await provider.called(1)
    const { id } = await engine.messages.accept({ templateId, recipient: 'b', variables: { name: 'x' } })
    await waitingFor(engine, id, 'rate_limit')
    clock.advance(60_000)
    await provider.called(2)
    expect(await engine.messages.get(id)).toMatchObject({ attempt: 1 })
  })
})
