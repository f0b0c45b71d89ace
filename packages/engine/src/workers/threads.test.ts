import { describe, expect, it, onTestFinished } from 'vitest'
import { ManualClock } from '../../test/support/manual-clock.ts'
import type { TestTask } from '../../test/support/thread-tasks.ts'
import { createThreads, type Threads } from './threads.ts'

const DEADLINE_MS = 5_000

function open({ size = 1, capacity = 2 } = {}): { threads: Threads<TestTask, unknown>; clock: ManualClock } {
  const clock = new ManualClock()
  const entry = new URL('../../test/support/thread-tasks.ts', import.meta.url)
  const threads = createThreads<TestTask, unknown>({
    name: 'test',
    entry,
    size,
    capacity,
    deadlineMs: DEADLINE_MS,
    clock,
  })
  onTestFinished(() => threads.close())
  return { threads, clock }
}

const echo = (value: unknown): TestTask => ({ do: 'echo', value })

describe('threads', () => {
  it('start with their first task, give what it returns, and are used again', async () => {
    const { threads, clock } = open({ size: 2 })
    expect(threads.figures()).toMatchObject({ poolSize: 0, maxPoolSize: 2, avgTaskDurationMs: null })
    expect(await threads.run(echo({ a: [1] }))).toEqual({ a: [1] })
    expect(await threads.run(echo(2))).toBe(2)
    expect(threads.figures()).toMatchObject({ poolSize: 1, activeCount: 0, completedTasks: 2, failedTasks: 0 })
    expect(clock.pending).toBe(0)
  })

  it('are no more than their size; what comes beyond waits in order, and beyond that is refused', async () => {
    const { threads } = open({ size: 1, capacity: 2 })
    const done: number[] = []
    const tasks = [1, 2, 3].map((n) => threads.run(echo(n)).then(() => done.push(n)))
    expect(threads.figures()).toMatchObject({ activeCount: 1, queueSize: 2, queueCapacity: 2 })
    await expect(threads.run(echo(4))).rejects.toMatchObject({ reason: 'queue_full', retryAfterMs: 1000 })
    await Promise.all(tasks)
    expect(done).toEqual([1, 2, 3])
    expect(threads.figures()).toMatchObject({ poolSize: 1, completedTasks: 3 })
  })

  it('tell what a task threw as the cause, and go on', async () => {
    const { threads } = open()
    const error = await threads.run({ do: 'throw', message: 'mine' }).catch((each: unknown) => each)
    expect(error).toMatchObject({ message: 'a task of threads test failed: mine', cause: new TypeError('mine') })
    expect(await threads.run(echo(1))).toBe(1)
    expect(threads.figures()).toMatchObject({ poolSize: 1, failedTasks: 1, completedTasks: 1 })
  })

  it('end a task that takes too long with its thread, and put another in its place', async () => {
    const { threads, clock } = open()
    const spinning = threads.run({ do: 'spin' })
    const next = threads.run(echo('next'))
    clock.advance(DEADLINE_MS)
    await expect(spinning).rejects.toMatchObject({ name: 'TaskTimeoutError' })
    expect(await next).toBe('next')
    expect(threads.figures()).toMatchObject({ poolSize: 1, activeCount: 0, failedTasks: 1 })
  })

  it('end a task that is aborted, whether it runs or waits', async () => {
    const { threads, clock } = open()
    const controller = new AbortController()
    const { signal } = controller
    const running = threads.run({ do: 'spin' }, { signal })
    const waiting = threads.run(echo(1), { signal })
    const other = threads.run(echo('other'))
    controller.abort(new Error('changed my mind'))
    await expect(running).rejects.toThrow('changed my mind')
    await expect(waiting).rejects.toThrow('changed my mind')
    expect(await other).toBe('other')
    await expect(threads.run(echo(2), { signal })).rejects.toThrow('changed my mind')
    expect(clock.pending).toBe(0)
  })

  it('outlive a thread that ends by itself, and what cannot cross between threads', async () => {
    const { threads } = open()
    await expect(threads.run({ do: 'exit' })).rejects.toThrow('ended by itself with code 7')
    await expect(threads.run(echo(() => 1))).rejects.toThrow('expected a task of threads test that can cross')
    await expect(threads.run({ do: 'answer-function' })).rejects.toThrow('could not be cloned')
    expect(await threads.run(echo('still here'))).toBe('still here')
  })

  it('refuse what runs, waits and comes when they are closed, and leave no thread behind', async () => {
    const { threads, clock } = open()
    const refused = [threads.run({ do: 'spin' }), threads.run(echo(1))].map((task) =>
      expect(task).rejects.toMatchObject({ reason: 'not_accepting' }),
    )
    await threads.close()
    await Promise.all(refused)
    await expect(threads.run(echo(1))).rejects.toMatchObject({ reason: 'not_accepting' })
    expect(threads.figures()).toMatchObject({ poolSize: 0, activeCount: 0, queueSize: 0 })
    expect(clock.pending).toBe(0)
  })
})
