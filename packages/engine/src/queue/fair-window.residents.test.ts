import { describe, expect, it } from 'vitest'
import { accept, drain, entry, openWindow } from '../../test/support/fair-window.ts'
import { takeOne } from '../../test/support/queue-model.ts'

describe('residents of the window', () => {
  it('leave like any other, and need no entry in the store', () => {
    const { window, store } = openWindow()
    accept(window, store, [entry(1), entry(2)])
    expect(store.lanes()).toEqual([])
    expect([takeOne(window)?.id, window.isResident(1)]).toEqual([1, true])
    window.release(entry(1))
    expect([window.isResident(1), window.oldestResident]).toEqual([false, 2])
  })

  it('are not taken in when their lane has anything in the store, else they would overtake it', () => {
    const { window, store } = openWindow()
    store.add(entry(1))
    window.restore(store.lanes())
    expect(window.reserve([entry(2)])).toBe(false)
    expect(window.reserve([entry(2, 'sms/b')])).toBe(true)
  })

  it('are bounded, per lane and in all', () => {
    const { window } = openWindow()
    const many = (from: number, count: number, lane: string) =>
      Array.from({ length: count }, (_, i) => entry(from + i, lane))
    expect(window.reserve(many(1, 8_193, 'sms/a'))).toBe(false)
    expect(window.reserve(many(1, 8_192, 'sms/a'))).toBe(true)
    expect(window.reserve([entry(8_193)])).toBe(false)
    expect(window.reserve(many(10_000, 8_192, 'sms/b'))).toBe(true)
    expect(window.reserve([entry(20_000, 'email/a')])).toBe(false)
  })

  it('give their room back when they were not accepted', () => {
    const { window } = openWindow()
    const entries = Array.from({ length: 8_192 }, (_, i) => entry(i + 1))
    window.reserve(entries)
    window.unreserve(entries)
    expect(window.oldestResident).toBe(8_193)
    expect(window.reserve(entries)).toBe(true)
  })

  it('are written down oldest first and no further than asked, and not while they are being accepted', () => {
    const { window, store } = openWindow()
    accept(window, store, [entry(1), entry(2), entry(3)])
    window.reserve([entry(4)])
    expect(window.writeDown(2, 10).map(({ id }) => id)).toEqual([1, 2])
    expect(window.oldestResident).toBe(3)
    expect(window.writeDown(9, 10).map(({ id }) => id)).toEqual([3])
    expect([window.oldestResident, window.isResident(3), window.isResident(4)]).toEqual([4, false, true])
    expect(takeOne(window)?.id).toBe(1)
  })

  it('are not written down while a worker has them, and hold the mark back until they are claimed', () => {
    const { window, store } = openWindow()
    accept(window, store, [entry(1), entry(2)])
    takeOne(window)
    expect(window.writeDown(9, 10).map(({ id }) => id)).toEqual([2])
    expect(window.oldestResident).toBe(1)
    window.putBack(entry(1))
    expect(window.writeDown(9, 10).map(({ id }) => id)).toEqual([1])
    expect(window.oldestResident).toBe(3)
  })

  it('do not hide what is older and came back late', async () => {
    const { window, store } = openWindow()
    window.reserve([entry(2)])
    // Put into the store while the resident is being accepted.
    for (let id = 10; id < 1_100; id++) window.push(entry(id))
    for (let id = 10; id < 1_100; id++) store.add(entry(id))
    store.add(entry(1))
    window.push(entry(1))
    store.residents.set(2, entry(2))
    window.push(entry(2))
    expect((await drain(window, store)).map(({ id }) => id)).toContain(1)
  })

  it('are gone with a cancel', () => {
    const { window, store } = openWindow()
    accept(window, store, [entry(1), entry(2)])
    window.drop(entry(1))
    expect([window.isResident(1), window.oldestResident, window.size]).toEqual([false, 2, 1])
  })
})
