import type { InboxEntryRecord, InboxPage } from '@signalbox/engine'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createCourier } from './courier.ts'

const PAGE = 3

/** An inbox of `count` entries, of which some are gone, and a device that is brought what is in it. */
function bench({ count = 0, since = 0, gone = [] as number[] } = {}) {
  const state = { last: count, handed: [] as [since: number, upTo: number, seqs: number[]][], taken: [] as number[] }
  const writes: (() => void)[] = []
  const timers = new Map<number, () => void>()
  const failures: unknown[] = []
  let silent = 0
  let failing = false
  const entry = (seq: number) => ({ seq, ackTimeoutMs: 5_000 }) as InboxEntryRecord
  const courier = createCourier({
    since,
    async read(after): Promise<InboxPage> {
      if (failing) throw new Error('no store')
      const there = Array.from({ length: state.last }, (_, i) => i + 1).filter((seq) => !gone.includes(seq))
      const entries = there.filter((seq) => seq > after).slice(0, PAGE)
      const upTo = entries.length === PAGE ? (entries.at(-1) as number) : Math.max(state.last, after)
      return { entries: entries.map(entry), upTo, lastSeq: state.last }
    },
    hand: (from, { upTo, entries }) => state.handed.push([from, upTo, entries.map(({ seq }) => seq)]),
    taken: (upTo) =>
      new Promise((resolve) => {
        state.taken.push(upTo)
        writes.push(resolve)
      }),
    onSilence: () => (silent += 1),
    onError: (error) => failures.push(error),
    after(ms, fn) {
      const id = timers.size + 1
      timers.set(id, fn)
      expect(ms).toBe(5_000)
      return () => timers.delete(id)
    },
  })
  return {
    courier,
    state,
    failures,
    silent: () => silent,
    timers,
    fail: (now: boolean) => (failing = now),
    /** The writes that are under way are on disk. */
    written: () => {
      for (const done of writes.splice(0)) done()
    },
    put() {
      state.last += 1
      courier.wake(state.last)
    },
    /** Until nothing moves any more: everything here is promises. */
    settle: async () => {
      for (let i = 0; i < 50; i++) await Promise.resolve()
    },
  }
}

describe('the courier of a device', () => {
  it('brings one batch, and the next when that one is acknowledged', async () => {
    const { courier, state, settle } = bench({ count: 7 })
    courier.wake(7)
    await settle()
    expect(state.handed).toEqual([[0, 3, [1, 2, 3]]])
    courier.acknowledge(3)
    await settle()
    courier.acknowledge(6)
    await settle()
    expect(state.handed.slice(1)).toEqual([
      [3, 6, [4, 5, 6]],
      [6, 7, [7]],
    ])
  })

  it('says how far a device has come, over what is gone', async () => {
    const { courier, state, settle } = bench({ count: 6, gone: [1, 2, 4, 5, 6] })
    courier.wake(6)
    await settle()
    expect(state.handed).toEqual([[0, 6, [3]]])
    const nothing = bench({ count: 4, since: 2, gone: [3, 4] })
    nothing.courier.wake(4)
    await nothing.settle()
    expect(nothing.state.handed).toEqual([])
    nothing.put()
    await nothing.settle()
    // The device stands at 2 still.
    expect(nothing.state.handed).toEqual([[2, 5, [5]]])
  })

  it('writes an acknowledgement down at once, and those that come meanwhile as one', async () => {
    const { courier, state, settle, written } = bench({ count: 9 })
    courier.wake(9)
    for (const upTo of [3, 6, 9]) {
      await settle()
      courier.acknowledge(upTo)
    }
    await settle()
    expect(state.taken).toEqual([3])
    written()
    await settle()
    expect(state.taken).toEqual([3, 9])
  })

  it('takes what a device has when it comes for acknowledged', async () => {
    const { state, settle } = bench({ count: 5, since: 4 })
    await settle()
    expect(state.taken).toEqual([4])
  })

  it('takes no acknowledgement of what was not given', async () => {
    const { courier, state, settle } = bench({ count: 5 })
    courier.wake(5)
    await settle()
    expect(courier.acknowledge(4)).toBe(false)
    expect(courier.acknowledge(2)).toBe(true)
    await settle()
    // In part: the rest of the batch is with the device still.
    expect([state.taken, state.handed.length]).toEqual([[2], 1])
  })

  it('tells of a device that does not acknowledge, and not of one that has', async () => {
    const { courier, settle, timers, silent } = bench({ count: 5 })
    courier.wake(5)
    await settle()
    courier.acknowledge(3)
    await settle()
    expect(timers.size).toBe(1)
    for (const ring of timers.values()) ring()
    expect(silent()).toBe(1)
    courier.close()
    expect(timers.size).toBe(0)
  })

  it('tells of a store that cannot be read', async () => {
    const { courier, settle, failures, fail } = bench({ count: 5 })
    fail(true)
    courier.wake(5)
    await settle()
    expect(failures).toHaveLength(1)
  })

  it('brings everything once and in order, whatever comes when', async () => {
    const step = fc.constantFrom('put', 'ack', 'written', 'settle')
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.nat(10), async (steps, count) => {
        const { courier, state, settle, written, put } = bench({ count })
        courier.wake(1)
        const acknowledge = () => courier.acknowledge(state.handed.at(-1)?.[1] ?? 0)
        for (const each of steps) {
          if (each === 'put') put()
          if (each === 'ack') acknowledge()
          if (each === 'written') written()
          if (each === 'settle') await settle()
        }
        for (let i = 0; i <= state.last; i++) {
          await settle()
          acknowledge()
          written()
        }
        await settle()
        expect(state.handed.flatMap(([, , seqs]) => seqs)).toEqual(Array.from({ length: state.last }, (_, i) => i + 1))
        expect(state.handed.every(([from], i) => from === (state.handed[i - 1]?.[1] ?? 0))).toBe(true)
        if (state.last > 0) expect(state.taken.at(-1)).toBe(state.last)
      }),
    )
  })
})
