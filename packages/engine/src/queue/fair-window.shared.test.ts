import { describe, expect, it } from 'vitest'
import { drain, entry, openWindow } from '../../test/support/fair-window.ts'
import { takeOne } from '../../test/support/queue-model.ts'

const lane = { queue: 'message.send', priority: 5, lane: 'sms/a' } as const

describe('the window of one of several nodes', () => {
  it('reads what it made its own out of the store, where its records are, and only once', async () => {
    const { window, store } = openWindow()
    const entries = [entry(1), entry(2), entry(3, 'sms/b')]
    for (const each of entries) store.add(each)
    window.pushStored(entries)
    expect(window.size).toBe(3)
    expect(takeOne(window)).toBeNull()
    expect((await drain(window, store)).map(({ id }) => id)).toEqual([1, 3, 2])
    expect(store.loaded).toBe(3)
    expect(window.size).toBe(0)
  })

  it('counts what is ready by priority, without what waits behind a closed gate', () => {
    const { window } = openWindow()
    for (const each of [entry(1), entry(2, 'email/a', 9), entry(3, 'sms/a', 0)]) window.push(each)
    expect([0, 5, 6, 10].map((priority) => window.ready(priority))).toEqual([3, 2, 1, 0])
    window.close('sms')
    expect(window.ready(0)).toBe(1)
    window.open('sms')
    window.take(1)
    expect([0, 6].map((priority) => window.ready(priority))).toEqual([2, 0])
  })

  it('names what would leave last: the lowest priority first, the newest of a lane, nothing behind a closed gate', () => {
    const { window, store } = openWindow()
    const low = Array.from({ length: 2_000 }, (_, i) => entry(i + 1, 'sms/low', 1))
    const some = Array.from({ length: 10 }, (_, i) => entry(3_000 + i))
    const parked = Array.from({ length: 10 }, (_, i) => entry(4_000 + i, 'email/a', 0))
    for (const each of [...low, ...some, ...parked]) {
      store.add(each)
      window.push(each)
    }
    window.close('email')
    const lowest = { ...lane, priority: 1, lane: 'sms/low' }
    // Of which 1,024 are in memory.
    expect(window.tail(5)).toEqual([{ lane: lowest, after: 1_024, limit: 5 }])
    expect(window.tail(2_005)).toEqual([
      { lane: lowest, after: 0, limit: 2_000 },
      { lane, after: 3_004, limit: 5 },
    ])
  })

  it('goes on with what it kept when it let go of the rest', async () => {
    const { window, store } = openWindow()
    const all = Array.from({ length: 10 }, (_, i) => entry(i + 1))
    for (const each of all) {
      store.add(each)
      window.push(each)
    }
    const [tail] = window.tail(6)
    expect(tail).toEqual({ lane, after: 4, limit: 6 })
    for (const given of store.giveUp(lane, 4, 6)) window.drop(given)
    expect(window.size).toBe(4)
    expect((await drain(window, store)).map(({ id }) => id)).toEqual([1, 2, 3, 4])
  })
})
