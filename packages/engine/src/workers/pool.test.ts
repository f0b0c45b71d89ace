import type { ThreadPoolConfig } from '@signalbox/contracts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../test/support/manual-clock.ts'
import { createPool } from './pool.ts'

const CONFIG: ThreadPoolConfig = {
  pool_name: 'sender',
  core_pool_size: 3,
  max_pool_size: 40,
  scale_up_threshold: 80,
  scale_down_threshold: 20,
  queue_capacity: 100,
}

/** A task that ends when told to. */
function held() {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let worker = ''
  const task = (name: string) => {
    worker = name
    return promise
  }
  return { task, end: resolve, fail: reject, worker: () => worker }
}

function poolOf(core = 3) {
  const clock = new ManualClock()
  const defects: { error: unknown; worker: string }[] = []
  const config = { ...CONFIG, core_pool_size: core }
  return {
    clock,
    defects,
    pool: createPool('sender', config, clock, (error, worker) => defects.push({ error, worker })),
  }
}

/** Lets everything that is already settled run on. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve))

describe('a pool', () => {
  it('names workers by the lowest free slot and uses it again', async () => {
    const { pool } = poolOf()
    const [a, b, c] = [held(), held(), held()] as const
    for (const each of [a, b, c]) pool.run(each.task)
    expect([a, b, c].map((each) => each.worker())).toEqual(['sender-1', 'sender-2', 'sender-3'])
    b.end()
    a.end()
    await settled()
    const [d, e] = [held(), held()] as const
    pool.run(d.task)
    pool.run(e.task)
    expect([d.worker(), e.worker()]).toEqual(['sender-1', 'sender-2'])
  })

  it('refuses a task when no slot is free', () => {
    const { pool } = poolOf()
    for (let i = 0; i < 3; i++) pool.run(held().task)
    expect(pool.free).toBe(0)
    expect(() => pool.run(held().task)).toThrow('expected pool sender to have a free slot, got 3 of 3 taken')
  })

  it('reports a task that fails, asynchronously or at once, and frees its slot', async () => {
    const { pool, defects } = poolOf()
    const failing = held()
    pool.run(failing.task)
    pool.run(() => {
      throw new Error('at once')
    })
    failing.fail(new Error('later'))
    await pool.idle()
    expect(defects).toEqual([
      { error: new Error('at once'), worker: 'sender-2' },
      { error: new Error('later'), worker: 'sender-1' },
    ])
    expect(pool).toMatchObject({ free: 3 })
    expect(pool.figures().completedTasks).toBe(2)
  })

  it('measures the mean of its last 256 tasks', async () => {
    const { pool, clock } = poolOf()
    expect(pool.figures().avgTaskDurationMs).toBeNull()
    const run = async (ms: number) => {
      const task = held()
      pool.run(task.task)
      clock.advance(ms)
      task.end()
      await pool.idle()
    }
    await run(100)
    await run(200)
    expect(pool.figures().avgTaskDurationMs).toBe(150)
    for (let i = 0; i < 256; i++) await run(10)
    expect(pool.figures().avgTaskDurationMs).toBe(10)
  })

  it('grows and shrinks with its queue and remembers why', () => {
    const { pool, clock } = poolOf()
    expect(pool.scale(90, clock.now())?.to).toBe(13)
    expect(pool.free).toBe(13)
    expect(pool.scale(90, clock.now())).toBeNull()
    clock.advance(5000)
    pool.scale(0, clock.now())
    expect(pool.history().map(({ from, to, reason }) => [from, to, reason])).toEqual([
      [3, 13, 'queue usage 90 % is above 80 %'],
      [13, 8, 'queue usage 0 % is below 20 %'],
    ])
    expect(pool.figures()).toMatchObject({ poolSize: 8, queueSize: 0, queueUsagePercent: 0 })
  })

  it('follows new bounds at once and cuts no task off', async () => {
    const { pool } = poolOf(10)
    const tasks = Array.from({ length: 10 }, held)
    for (const each of tasks) pool.run(each.task)
    expect(pool.configure({ ...CONFIG, core_pool_size: 2, max_pool_size: 4 })).toMatchObject({ from: 10, to: 4 })
    expect(pool).toMatchObject({ free: 0 })
    expect(pool.figures()).toMatchObject({ activeCount: 10, poolSize: 4, corePoolSize: 2 })
    for (const each of tasks.slice(0, 7)) each.end()
    await settled()
    expect(pool.free).toBe(1)
    expect(pool.configure({ ...CONFIG, core_pool_size: 2, max_pool_size: 50 })).toBeNull()
  })

  it('resolves idle at once when nothing runs, and for all who wait when the last task ends', async () => {
    const { pool } = poolOf()
    await pool.idle()
    const task = held()
    pool.run(task.task)
    let idle = 0
    const waiting = [pool.idle(), pool.idle()].map((each) => each.then(() => idle++))
    await settled()
    expect(idle).toBe(0)
    task.end()
    await Promise.all(waiting)
    expect(idle).toBe(2)
  })

  it('never runs two tasks under one name nor more than it has slots, whatever comes and goes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: 5 }), { maxLength: 40 }), async (moves) => {
        const { pool } = poolOf(4)
        const running: ReturnType<typeof held>[] = []
        for (const move of moves) {
          if (pool.free > 0 && move < 4) {
            const task = held()
            pool.run(task.task)
            running.push(task)
          } else if (running.length > 0) {
            running.splice(move % running.length, 1)[0]?.end()
            await settled()
          }
          expect(new Set(running.map((each) => each.worker())).size).toBe(running.length)
          expect(pool.figures().activeCount).toBe(running.length)
          expect(pool.free).toBe(4 - running.length)
        }
      }),
    )
  })
})
