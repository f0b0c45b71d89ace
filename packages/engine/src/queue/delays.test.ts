import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../test/support/manual-clock.ts'
import { createDelays, type Delays } from './delays.ts'
import type { Entry, QueueStore } from './store.ts'

/** Lets what is already settled run on. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve))

interface Bench {
  clock: ManualClock
  delays: Delays
  /** Ids in the order in which they fell due, and when. */
  due: { id: number; at: number }[]
  errors: unknown[]
  /** A thing waits in the store and the delays are told, as after a write. */
  add(id: number, dueAt: number): void
  /** As another node does: nobody tells. */
  addElsewhere(id: number, dueAt: number): void
  remove(id: number): void
  /** Calls of `promote` so far. */
  promotions(): number
  /** From now on `promote` waits until `answer` is called; null: answers at once. */
  hold(): { answer(): void }
  failNext(error: Error): void
}

function open(shared: { promotes: boolean } | null = null): Bench {
  const clock = new ManualClock()
  const waiting = new Map<number, number>()
  const due: Bench['due'] = []
  const errors: unknown[] = []
  let promotions = 0
  let held: Promise<void> | null = null
  let failure: Error | null = null
  const store: Pick<QueueStore, 'promote' | 'delayed' | 'wake' | 'hasten'> = {
    wake: async () => 0,
    hasten: async () => false,
    delayed: async () => [{ queue: 'message.send', count: waiting.size }],
    async promote(now, limit) {
      promotions += 1
      if (failure) {
        const error = failure
        failure = null
        throw error
      }
      const byTime = [...waiting].sort(([, a], [, b]) => a - b)
      const ready = byTime.filter(([, at]) => at <= now).slice(0, limit)
      for (const [id] of ready) waiting.delete(id)
      const nextDueAt = waiting.size > 0 ? Math.min(...waiting.values()) : null
      await held
      const entries = ready.map(([id]): Entry => ({ queue: 'message.send', priority: 5, lane: 'sms/api', id }))
      return { entries, records: [], nextDueAt }
    },
  }
  const delays = createDelays({
    store,
    clock,
    shared,
    onDue: (entries) => due.push(...entries.map(({ id }) => ({ id, at: clock.now() }))),
    onError: (error) => errors.push(error),
  })
  return {
    clock,
    delays,
    due,
    errors,
    add(id, dueAt) {
      waiting.set(id, dueAt)
      delays.added(dueAt)
    },
    addElsewhere: (id, dueAt) => void waiting.set(id, dueAt),
    remove(id) {
      waiting.delete(id)
      delays.removed()
    },
    promotions: () => promotions,
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>()
      held = promise
      return {
        answer() {
          held = null
          resolve()
        },
      }
    },
    failNext(error) {
      failure = error
    },
  }
}

describe('delays', () => {
  it('let things go when they are due, not before, in order of their times', async () => {
    const { clock, delays, due, add } = open()
    await delays.start()
    const t0 = clock.now()
    add(1, t0 + 3_000)
    add(2, t0 + 1_000)
    for (const ms of [999, 1, 1_999, 1]) {
      clock.advance(ms)
      await settled()
    }
    expect(due).toEqual([
      { id: 2, at: t0 + 1_000 },
      { id: 1, at: t0 + 3_000 },
    ])
    expect(delays.size).toBe(0)
  })

  it('find at start what waited before, also what fell due meanwhile', async () => {
    const { clock, delays, due, add } = open()
    add(1, clock.now() - 1)
    add(2, clock.now() + 5_000)
    expect(due).toEqual([])
    await delays.start()
    expect(due.map(({ id }) => id)).toEqual([1])
    expect(delays.size).toBe(1)
    clock.advance(5_000)
    await settled()
    expect(due.map(({ id }) => id)).toEqual([1, 2])
  })

  it('keep one timer, however many wait', async () => {
    const { clock, delays, add, promotions } = open()
    await delays.start()
    for (let id = 1; id <= 1_000; id++) add(id, clock.now() + 10_000 + (id % 7))
    expect(clock.pending).toBe(1)
    expect(promotions()).toBe(1)
  })

  it('move a million that fall due at once in bounded steps, one after the other', async () => {
    const { clock, delays, due, add, promotions } = open()
    await delays.start()
    for (let id = 1; id <= 1_200; id++) add(id, clock.now() + 1_000)
    clock.advance(1_000)
    await settled()
    expect(due).toHaveLength(500)
    for (let step = 0; step < 2; step++) {
      clock.advance(0)
      await settled()
    }
    expect(due).toHaveLength(1_200)
    expect(promotions()).toBe(4)
    expect(delays.size).toBe(0)
  })

  it('count what was called off', async () => {
    const { clock, delays, add, remove } = open()
    await delays.start()
    add(1, clock.now() + 1_000)
    add(2, clock.now() + 2_000)
    remove(1)
    expect(delays.size).toBe(1)
  })

  it('do not forget what was added while the store was answering, however long it took', async () => {
    const { clock, delays, due, add, hold } = open()
    await delays.start()
    add(1, clock.now() + 1_000)
    const { answer } = hold()
    clock.advance(1_000)
    add(2, clock.now() + 500)
    clock.advance(200)
    answer()
    await settled()
    clock.advance(300)
    await settled()
    expect(due.map(({ id }) => id)).toEqual([1, 2])
  })

  it('notice within a minute that the clock was put forward', async () => {
    const { clock, delays, due, add } = open()
    await delays.start()
    add(1, clock.now() + 7_200_000)
    clock.step(7_200_000)
    clock.advance(60_000)
    await settled()
    expect(due.map(({ id }) => id)).toEqual([1])
  })

  it('wait as long as they must when the clock is put back', async () => {
    const { clock, delays, due, add } = open()
    await delays.start()
    add(1, clock.now() + 1_000)
    clock.step(-3_600_000)
    for (let minute = 0; minute < 60; minute++) {
      clock.advance(60_000)
      await settled()
    }
    expect(due).toEqual([])
    clock.advance(1_000)
    await settled()
    expect(due.map(({ id }) => id)).toEqual([1])
  })

  it('report a store that fails, and try again after a second', async () => {
    const { clock, delays, due, errors, add, failNext } = open()
    await delays.start()
    add(1, clock.now() + 1_000)
    const failure = new Error('busy')
    failNext(failure)
    clock.advance(1_000)
    await settled()
    expect([due, errors]).toEqual([[], [failure]])
    clock.advance(1_000)
    await settled()
    expect(due.map(({ id }) => id)).toEqual([1])
  })

  it('leave no timer behind when they stop, also in the middle of an answer', async () => {
    const { clock, delays, add, hold } = open()
    await delays.start()
    add(1, clock.now() + 1_000)
    add(2, clock.now() + 2_000)
    const { answer } = hold()
    clock.advance(1_000)
    add(3, clock.now() + 500)
    delays.stop()
    answer()
    await settled()
    add(4, clock.now() + 500)
    expect(clock.pending).toBe(0)
  })

  describe('of several nodes', () => {
    it('let go what another node put there, a second later at most', async () => {
      const { clock, delays, due, addElsewhere } = open({ promotes: true })
      await delays.start()
      addElsewhere(1, clock.now() + 300)
      for (let i = 0; i < 2; i++) {
        clock.advance(999)
        await settled()
      }
      expect(due.map(({ id }) => id)).toEqual([1])
    })

    it('are left alone where nothing is sent, and counted all the same', async () => {
      const { clock, delays, due, add, addElsewhere, promotions } = open({ promotes: false })
      await delays.start()
      add(1, clock.now() + 10)
      addElsewhere(2, clock.now() + 10)
      clock.advance(120_000)
      await settled()
      expect(promotions()).toBe(0)
      expect(due).toEqual([])
      expect(delays.size).toBe(1)
      await delays.recount()
      expect(delays.size).toBe(2)
    })
  })
})
