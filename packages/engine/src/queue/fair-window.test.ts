import { describe, expect, it } from 'vitest'
import { drain, entry, openWindow } from '../../test/support/fair-window.ts'
import { takeOne } from '../../test/support/queue-model.ts'
import type { FairWindow } from './fair-window.ts'
import type { Entry } from './store.ts'

describe('the window of the queue', () => {
  it('hands out thousands that were in the store, in order, and asks for no more at once than it needs', async () => {
    const { window, store, onReady } = openWindow()
    for (let id = 1; id <= 5_000; id++) store.add(entry(id))
    window.restore(store.lanes())
    expect(window.size).toBe(5_000)
    expect(takeOne(window)).toBeNull()
    await store.settle()
    expect(onReady).toHaveBeenCalled()
    expect(store.loaded).toBe(512)
    expect((await drain(window, store)).map(({ id }) => id)).toEqual(Array.from({ length: 5_000 }, (_, i) => i + 1))
    expect(window.size).toBe(0)
  })

  it('keeps a bounded number of a large lane in memory, whatever is pushed', async () => {
    const { window, store } = openWindow()
    for (let id = 1; id <= 5_000; id++) {
      store.add(entry(id))
      window.push(entry(id))
    }
    expect(store.loaded).toBe(0)
    expect((await drain(window, store)).map(({ id }) => id)).toEqual(Array.from({ length: 5_000 }, (_, i) => i + 1))
  })

  it('gives each lane of a priority its turn, so that a large one starves nobody', () => {
    const { window } = openWindow()
    for (let id = 1; id <= 6; id++) window.push(entry(id, 'sms/batch'))
    window.push(entry(7, 'sms/api'))
    window.push(entry(8, 'email/api'))
    const order = Array.from({ length: 8 }, () => takeOne(window)?.id)
    expect(order).toEqual([1, 7, 8, 2, 3, 4, 5, 6])
  })

  it('gives several of one lane in a turn when several are asked for, and then the next lane its own', () => {
    const { window } = openWindow()
    for (let id = 1; id <= 5; id++) window.push(entry(id, 'sms/a'))
    for (let id = 6; id <= 7; id++) window.push(entry(id, 'sms/b'))
    const turns = Array.from({ length: 4 }, () => window.take(3).map(({ id }) => id))
    expect(turns).toEqual([[1, 2, 3], [6, 7], [4, 5], []])
    expect(window.size).toBe(0)
  })

  it('shares its memory among many lanes, and hands out all of each', async () => {
    const { window, store } = openWindow()
    const ids = Array.from({ length: 100_000 }, (_, i) => i + 1)
    for (const id of ids) store.add(entry(id, `sms/${id % 100}`))
    window.restore(store.lanes())
    await store.settle()
    // A hundredth of 16,384 each.
    expect(store.loaded).toBe(16_300)
    for (const id of ids) window.push(entry(100_000 + id, `sms/${id % 100}`))
    expect(ids.filter((id) => window.holds(100_000 + id))).toEqual([])
  })

  it('takes what is pushed into the store instead when its memory is full', async () => {
    const { window, store } = openWindow()
    const ids = Array.from({ length: 20_000 }, (_, i) => i + 1)
    for (const id of ids) {
      const each = entry(id, `sms/${Math.floor(id / 1_000)}`)
      store.add(each)
      window.push(each)
    }
    expect(ids.filter((id) => window.holds(id))).toHaveLength(16_384)
    expect((await drain(window, store)).map(({ id }) => id).toSorted((a, b) => a - b)).toEqual(ids)
  })

  it('takes nothing behind a closed gate, costs those no turn, and gives them their place when it opens', () => {
    const { window } = openWindow()
    for (const id of [1, 2]) window.push(entry(id, 'sms/a', 10))
    window.push(entry(3, 'email/a', 0))
    window.close('sms')
    expect(window.isClosed('sms')).toBe(true)
    expect([takeOne(window)?.id, takeOne(window)]).toEqual([3, null])
    expect(window.size).toBe(2)
    window.open('sms')
    expect([takeOne(window)?.id, takeOne(window)?.id, takeOne(window)]).toEqual([1, 2, null])
  })

  it('does not hand out again what was taken and not yet claimed, though the store still has it', async () => {
    const { window, store } = openWindow()
    for (let id = 1; id <= 3; id++) store.add(entry(id))
    window.restore(store.lanes())
    await store.settle()
    const taken = takeOne(window) as Entry
    window.push(taken)
    expect((await drain(window, store)).map(({ id }) => id)).toEqual([2, 3])
  })

  it('does not hand it out again either when the store is read from an older place on', async () => {
    const { window, store } = openWindow()
    for (let id = 2; id <= 700; id++) store.add(entry(id))
    window.restore(store.lanes())
    await store.settle()
    const taken = Array.from({ length: 400 }, () => takeOne(window)?.id)
    store.add(entry(1))
    window.push(entry(1))
    const rest = (await drain(window, store)).map(({ id }) => id)
    expect(new Set([...rest, ...taken]).size).toBe(700)
    expect(rest).toHaveLength(300)
  })

  it.each([
    ['pushed', (window: FairWindow, put: Entry) => window.push(put)],
    ['found in the store', (window: FairWindow, put: Entry) => window.pushStored([put])],
  ])('hands out again what is %s anew while its worker still has it, once that lets go of it', async (_, comes) => {
    const { window, store, onReady } = openWindow()
    store.add(entry(1))
    window.push(entry(1))
    const taken = takeOne(window) as Entry
    // Put off, and due again, before its worker has heard of the first.
    comes(window, taken)
    expect([window.size, takeOne(window)]).toEqual([0, null])
    window.release(taken)
    expect(window.size).toBe(1)
    expect(onReady).toHaveBeenCalled()
    expect((await drain(window, store)).map(({ id }) => id)).toEqual([1])
    expect(window.size).toBe(0)
  })

  it.each([
    ['given back', (window: FairWindow, had: Entry) => window.putBack(had), [1]],
    ['cancelled', (window: FairWindow, had: Entry) => (window.drop(had), window.release(had)), []],
  ])('counts it once when it is %s', (_, ends, left) => {
    const { window } = openWindow()
    window.push(entry(1))
    const taken = takeOne(window) as Entry
    window.push(taken)
    ends(window, taken)
    expect(window.size).toBe(left.length)
    for (const id of left) {
      const next = takeOne(window) as Entry
      expect(next.id).toBe(id)
      window.release(next)
    }
    expect([window.size, takeOne(window)]).toEqual([0, null])
  })

  it('puts what several workers give back in the order it had, whoever gives back first', () => {
    const { window } = openWindow()
    for (let id = 1; id <= 5; id++) window.push(entry(id))
    const taken = Array.from({ length: 4 }, () => takeOne(window) as Entry)
    for (const each of taken) window.putBack(each)
    expect(window.size).toBe(5)
    expect(Array.from({ length: 5 }, () => takeOne(window)?.id)).toEqual([1, 2, 3, 4, 5])
  })

  it('counts what was cancelled no longer, in memory and in the store, and asks for more in its place', async () => {
    const { window, store } = openWindow()
    for (let id = 1; id <= 1_200; id++) {
      store.add(entry(id))
      window.push(entry(id))
    }
    const cancel = (id: number) => {
      store.remove(entry(id))
      window.drop(entry(id))
    }
    cancel(3)
    cancel(1_100)
    expect(window.size).toBe(1_198)
    for (let id = 1; id <= 1_024; id++) cancel(id)
    expect([window.size, takeOne(window)]).toEqual([175, null])
    expect((await drain(window, store)).map(({ id }) => id)).toEqual(
      Array.from({ length: 176 }, (_, i) => 1_025 + i).filter((id) => id !== 1_100),
    )
  })

  it('leaves nothing behind in the store when one is cancelled that an answer on its way still names', async () => {
    // Two full answers and one more: a count that is one too low would end with the second.
    const { window, store } = openWindow()
    for (let id = 1; id <= 1_025; id++) store.add(entry(id))
    window.restore(store.lanes())
    store.remove(entry(5))
    window.drop(entry(5))
    expect((await drain(window, store)).map(({ id }) => id)).toContain(1_025)
  })

  it('leaves nothing behind when a late answer names many that were claimed meanwhile', async () => {
    const { window, store } = openWindow()
    for (let id = 2; id <= 1_200; id++) store.add(entry(id))
    window.restore(store.lanes())
    await store.settle()
    const taken = Array.from({ length: 512 }, () => takeOne(window) as Entry)
    // One falls due while the store is asked for more: it is asked again from there …
    store.add(entry(1))
    window.push(entry(1))
    await store.settleOnce()
    taken.push(takeOne(window) as Entry)
    // … and its answer comes when they have been claimed.
    for (const each of taken) {
      store.remove(each)
      window.release(each)
    }
    expect((await drain(window, store)).map(({ id }) => id)).toContain(1_200)
  })

  it('finds what comes back late while the store is being asked for more', async () => {
    const { window, store } = openWindow()
    for (let id = 2; id <= 700; id++) store.add(entry(id))
    window.restore(store.lanes())
    // A retry of an old message falls due between the question and its answer.
    store.add(entry(1))
    window.push(entry(1))
    expect((await drain(window, store)).map(({ id }) => id)).toContain(1)
  })
})
