import { describe, expect, it } from 'vitest'
import type { Store } from '../../src/driver.ts'
import { once } from '../../src/index.ts'
import { openEngine } from '../support/engine.ts'
import { sql } from '../support/operator.ts'
import { passTime } from '../support/pass-time.ts'

/** A store that answers what puts something off only once that is due and ready again: its worker hears of it last. */
function answersLate(store: Store): Store {
  const { queue, jobs, messages } = store
  let dueAgain = Promise.withResolvers<void>()
  function late<A extends unknown[], R>(putOff: (...args: A) => Promise<R>) {
    return async (...args: A): Promise<R> => {
      dueAgain = Promise.withResolvers()
      const answer = await putOff(...args)
      await dueAgain.promise
      return answer
    }
  }
  return {
    ...store,
    jobs: { ...jobs, fail: late(jobs.fail.bind(jobs)) },
    messages: { ...messages, hold: late(messages.hold.bind(messages)) },
    queue: {
      ...queue,
      async promote(now, limit) {
        const due = await queue.promote(now, limit)
        // In a turn of its own: what is due is in the queue before anybody hears the late answer.
        if (due.entries.length > 0) setImmediate(dueAgain.resolve)
        return due
      },
    },
  }
}

const HOUR_MS = 3_600_000
const ONE_PER_RECIPIENT = "INSERT INTO rate_limit_configs VALUES ('recipient:sms', 'sliding_window', 1, 60, 1);"

describe('what was put off and is due before its worker has heard of it', () => {
  it('is a job: it is tried again', async () => {
    const bench = await openEngine({ between: answersLate })
    const { engine, templateId } = bench
    let attempts = 0
    engine.jobs.handle('notification', () =>
      ++attempts === 1 ? Promise.reject(new Error('nobody listens')) : Promise.resolve(),
    )
    // For its sake the engine looks now and then at what is due.
    const later = { scheduledAt: bench.clock.now() + 1_000 * HOUR_MS }
    await engine.messages.accept({ templateId, recipient: '13800000009', variables: { name: 'x' }, ...later })
    const completed = once(engine.events, 'job:completed')
    await engine.jobs.enqueue('notification', {})
    await passTime(bench, completed)
    expect(attempts).toBe(2)
  })

  it('is a message that its recipient made wait: it is sent', async () => {
    const bench = await openEngine({ between: answersLate })
    const { place, templateId, clock, provider } = bench
    await sql(place, ONE_PER_RECIPIENT)
    const engine = await bench.reopen()
    await engine.start()
    const message = { templateId, recipient: '13800000001', variables: { name: 'x' } }
    const later = { scheduledAt: clock.now() + 1_000 * HOUR_MS }
    await engine.messages.accept({ ...message, recipient: '13800000009', ...later })
    const sent: number[] = []
    const both = once(engine.events, 'message:sent', ({ id }) => sent.push(id) === 2)
    const ids = [await engine.messages.accept(message), await engine.messages.accept(message)].map(({ id }) => id)
    await passTime(bench, both)
    expect(sent).toEqual(ids)
    expect(provider.calls).toHaveLength(2)
  })
})
