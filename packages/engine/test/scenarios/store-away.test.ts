import { describe, expect, it, vi } from 'vitest'
import type { Store } from '../../src/driver.ts'
import { EngineError, once } from '../../src/index.ts'
import { openEngine } from '../support/engine.ts'
import { sql } from '../support/operator.ts'
import { passTime } from '../support/pass-time.ts'
import { ACCEPTED, REJECTED } from '../support/provider.ts'

/** A store that does not answer these questions while it is away. */
function mayBeAway(...questions: readonly string[]) {
  let away = false
  const asked = vi.fn<(question: string) => void>()
  const answered = <P extends object>(port: P, name: string): P =>
    new Proxy(port, {
      get(target, key) {
        const ask = target[key as keyof P] as unknown
        const question = `${name}.${String(key)}`
        if (typeof ask !== 'function' || !questions.includes(question)) return ask
        return async (...args: unknown[]): Promise<unknown> => {
          if (!away) return ask.apply(target, args)
          asked(question)
          throw new EngineError('not_accepting', 'expected the store to answer, got nothing', { retryAfterMs: 1_000 })
        }
      },
    })
  const between = (store: Store): Store => ({
    ...store,
    templates: answered(store.templates, 'templates'),
    messages: answered(store.messages, 'messages'),
    queue: answered(store.queue, 'queue'),
    bulk: answered(store.bulk, 'bulk'),
  })
  return { between, asked, goes: () => (away = true), comesBack: () => (away = false) }
}

const RECIPIENT = '13800000001'
const PER_RECIPIENT = "INSERT INTO rate_limit_configs VALUES ('recipient:sms', 'sliding_window', 100, 60, 1);"

/** A message that had failed once and waits again, and an engine that has not read anything of it. */
async function waiting(question: string, rule?: string) {
  const store = mayBeAway(question)
  const bench = await openEngine({ between: store.between })
  const { provider, templateId, place } = bench
  if (rule) await sql(place, rule)
  provider.answerWith(REJECTED)
  const failed = once(bench.engine.events, 'message:failed')
  const { id } = await bench.engine.messages.accept({ templateId, recipient: RECIPIENT, variables: { name: 'x' } })
  await failed
  await (await bench.reopen()).messages.retry(id)
  provider.answerWith(ACCEPTED)
  store.goes()
  const engine = await bench.reopen()
  await engine.start()
  return { ...store, bench, engine, id }
}

describe('while the store does not answer', () => {
  it.each([
    ['its place in the queue', 'queue.load', undefined],
    ['its template', 'templates.version', undefined],
    ['its recipient', 'messages.get', PER_RECIPIENT],
  ])('a message waits for %s, and leaves in its next attempt when it does', async (_, question, rule) => {
    const { bench, engine, id, asked, comesBack } = await waiting(question, rule)
    await vi.waitFor(() => expect(asked).toHaveBeenCalledTimes(1), 10_000)
    for (const times of [2, 3]) {
      bench.clock.advance(1_000)
      await vi.waitFor(() => expect(asked).toHaveBeenCalledTimes(times), 10_000)
    }
    comesBack()
    bench.clock.advance(1_000)
    await bench.provider.called(2)
    await vi.waitFor(
      async () => expect(await engine.messages.get(id)).toMatchObject({ state: 'sent', attempt: 2 }),
      10_000,
    )
    expect(await engine.stats.conservation({ deep: true })).toMatchObject({ accepted: 1, balanced: true })
  })

  it('an engine that stops does not wait for it, and its message has not failed', async () => {
    const { bench, engine, id, asked, comesBack } = await waiting('templates.version')
    await vi.waitFor(() => expect(asked).toHaveBeenCalled(), 10_000)
    await engine.stop({ deadlineMs: 0 })
    comesBack()
    const next = await bench.reopen()
    expect((await next.messages.get(id))?.state).not.toBe('failed')
  })

  describe('a bulk action', () => {
    /** Three messages that wait, and an action that cancels them. */
    async function cancelling() {
      const store = mayBeAway('messages.refs', 'bulk.get', 'bulk.step', 'bulk.end')
      const bench = await openEngine({ withoutService: true, between: store.between })
      const { engine, templateId } = bench
      for (let i = 0; i < 3; i++) {
        await engine.messages.accept({ templateId, recipient: `1380000000${i}`, variables: { name: 'x' } })
      }
      const { count, before } = await engine.bulk.preview('cancel', {})
      store.goes()
      const { id } = await engine.bulk.start({ action: 'cancel', filter: {}, count, before })
      await vi.waitFor(() => expect(store.asked).toHaveBeenCalled(), 10_000)
      const over = once(engine.events, 'bulk:changed', ({ state }) => state !== 'running')
      const passed = passTime(bench, over, 500)
      return { ...store, engine, id, over: async () => (await passed, over) }
    }

    it('goes on by itself', async () => {
      const { comesBack, over } = await cancelling()
      comesBack()
      expect(await over()).toMatchObject({ state: 'done', moved: 3, skipped: 0 })
    })

    it('that is stopped meanwhile is stopped once the store is back', async () => {
      const { comesBack, over, engine, id, asked } = await cancelling()
      engine.bulk.stop(id).catch(() => undefined)
      await vi.waitFor(() => expect(asked).toHaveBeenCalledWith('bulk.end'), 10_000)
      comesBack()
      expect(await over()).toMatchObject({ state: 'stopped', moved: 0 })
    })
  })
})
