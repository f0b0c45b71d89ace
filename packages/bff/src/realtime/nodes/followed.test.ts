import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../../../engine/test/support/manual-clock.ts'
import { localBus, type LocalBus } from '../../../test/support/local-bus.ts'
import { createFollowed, TOUCHED_TOPIC } from './followed.ts'

function open(bus: LocalBus, clock: ManualClock, lease: number) {
  const state = { ids: [] as number[], lists: false, touched: [] as number[], others: 0 }
  const followed = createFollowed({
    ...{ bus, clock, lease },
    follows: () => state,
    onTouched(ids, others) {
      state.touched.push(...ids)
      if (others) state.others += 1
    },
  })
  return { ...followed, state }
}

function two() {
  const bus = localBus()
  const clock = new ManualClock()
  return { bus, clock, here: open(bus, clock, 1), there: open(bus, clock, 2) }
}

describe('what is followed at one node and moves at another', () => {
  it('is told, and nothing else is', () => {
    const { clock, here, there } = two()
    here.state.ids = [7, 8]
    here.changed()
    clock.advance(250)
    for (const id of [6, 7, 9, 7]) there.note(id)
    clock.advance(250)
    expect(here.state).toMatchObject({ touched: [7], others: 0 })
    expect(there.state).toMatchObject({ touched: [], others: 0 })
  })

  it('also says that others moved, where new ones are counted', () => {
    const { clock, here, there } = two()
    here.state.lists = true
    here.changed()
    clock.advance(250)
    for (let id = 0; id < 10_000; id++) there.note(id)
    clock.advance(250)
    expect(here.state).toMatchObject({ touched: [], others: 1 })
  })

  it('costs nothing when nobody follows anything, or not any more', () => {
    const { bus, clock, here, there } = two()
    const touched = () => bus.said.filter(([topic]) => topic === TOUCHED_TOPIC).length
    there.note(7)
    clock.advance(1_000)
    expect(bus.said).toEqual([])
    here.state.ids = [7]
    here.changed()
    clock.advance(250)
    here.state.ids = []
    here.changed()
    clock.advance(250)
    there.note(7)
    clock.advance(1_000)
    expect(touched()).toBe(0)
    expect(clock.pending).toBe(0)
  })

  it('is told to nodes that come later, and forgotten of those that are gone', () => {
    const { bus, clock, here } = two()
    here.state.ids = [7]
    here.changed()
    clock.advance(250)
    const late = open(bus, clock, 3)
    clock.advance(5_000)
    late.note(7)
    clock.advance(250)
    expect(here.state.touched).toEqual([7])
    here.close()
    clock.advance(20_000)
    const before = bus.said.length
    late.note(7)
    clock.advance(250)
    expect(bus.said.length).toBe(before)
  })
})
