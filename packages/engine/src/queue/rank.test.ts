import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { QueueModel, takeOne } from '../../test/support/queue-model.ts'
import { createFairWindow, type FairWindow } from './fair-window.ts'
import { rankOf, type Rank } from './rank.ts'
import type { Entry } from './store.ts'

interface Open {
  window: FairWindow
  store: QueueModel
  /** As the store counts: exactly. */
  rank(entry: Entry): Rank | null
  put(entry: Entry): void
}

function open(): Open {
  const store = new QueueModel()
  const window = createFairWindow({
    store,
    onReady: () => undefined,
    onError: (error) => {
      throw error
    },
  })
  return {
    window,
    store,
    put(entry) {
      store.add(entry)
      window.push(entry)
    },
    rank(entry) {
      const place = window.placeOf(entry)
      if (place.kind === 'taken') return null
      const between =
        place.kind === 'store'
          ? store.ids(entry).filter((id) => id > place.after && id < entry.id).length - place.known
          : 0
      return rankOf(entry, { ahead: place.ahead + between, exact: true }, window.turns())
    },
  }
}

function entry(id: number, lane = 'sms/a', priority = 5): Entry {
  return { queue: 'message.send', priority, lane, id }
}

/** What really leaves before it, with every answer of the store let through. */
async function leaveBefore({ window, store }: Open, wanted: Entry): Promise<number> {
  for (let count = 0; ; count++) {
    await store.settle()
    const next = takeOne(window)
    if (!next) throw new Error(`expected ${wanted.id} to leave, got an empty queue`)
    store.remove(next)
    window.release(next)
    if (next.id === wanted.id) return count
  }
}

describe('the rank of what waits', () => {
  it('names what is before it: of higher priority, by the turns of other lanes, and in its own lane', () => {
    const queue = open()
    for (let id = 1; id <= 10; id++) queue.put(entry(id, 'sms/batch'))
    for (let id = 11; id <= 13; id++) queue.put(entry(id, 'sms/api'))
    queue.put(entry(14, 'email/a', 9))
    queue.put(entry(15, 'email/a', 1))
    const expected = { ahead: 6, exact: true, higher: 1, turns: 3, lane: 2, held: 0 }
    expect(queue.rank(entry(13, 'sms/api'))).toEqual(expected)
    expect(queue.rank(entry(15, 'email/a', 1))).toMatchObject({ ahead: 14, higher: 14, lane: 0 })
  })

  it('counts down with each that leaves', () => {
    const queue = open()
    for (let id = 1; id <= 5; id++) queue.put(entry(id))
    const seen = [4, 3, 2, 1, 0].map((ahead) => {
      const rank = queue.rank(entry(5))
      const next = takeOne(queue.window)
      if (next) queue.window.release(next)
      return [ahead, rank?.ahead]
    })
    expect(seen.map(([, rank]) => rank)).toEqual([4, 3, 2, 1, 0])
  })

  it('is none for one that a worker has in hand', () => {
    const queue = open()
    queue.put(entry(1))
    takeOne(queue.window)
    expect(queue.rank(entry(1))).toBeNull()
  })

  it('leaves out what other closed gates hold, says how many they are, and that they may come first', () => {
    const queue = open()
    for (let id = 1; id <= 3; id++) queue.put(entry(id, 'email/a', 9))
    for (let id = 4; id <= 5; id++) queue.put(entry(id))
    queue.window.close('email')
    expect(queue.rank(entry(5))).toEqual({ ahead: 1, exact: false, higher: 0, turns: 0, lane: 1, held: 3 })
  })

  it('behind its own closed gate is what it would be if that opened', () => {
    const queue = open()
    for (let id = 1; id <= 3; id++) queue.put(entry(id, 'sms/a', 9))
    for (let id = 4; id <= 5; id++) queue.put(entry(id))
    queue.window.close('sms')
    expect(takeOne(queue.window)).toBeNull()
    expect(queue.rank(entry(5))).toMatchObject({ ahead: 4, exact: true, higher: 3, lane: 1 })
  })

  it('is exact for what stands in the store alone, far behind the window', async () => {
    const queue = open()
    for (let id = 1; id <= 3_000; id++) queue.put(entry(id, 'sms/batch'))
    for (let id = 3_001; id <= 3_010; id++) queue.put(entry(id, 'sms/api'))
    const wanted = entry(2_900, 'sms/batch')
    expect(queue.rank(wanted)).toMatchObject({ ahead: 2_909, exact: true, turns: 10, lane: 2_899 })
    expect(await leaveBefore(queue, wanted)).toBe(2_909)
  })

  it('is what really leaves before it, whatever waits, was taken before, and is behind its gate', async () => {
    const one = fc.record({
      lane: fc.constantFrom('sms/a', 'sms/b', 'sms/c', 'email/a'),
      priority: fc.constantFrom(3, 5, 8),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.array(one, { minLength: 1, maxLength: 60 }),
        fc.nat(20),
        fc.boolean(),
        fc.nat(),
        async (waiting, takenBefore, closedInBetween, pick) => {
          const queue = open()
          const entries = waiting.map(({ lane, priority }, i) => entry(i + 1, lane, priority))
          for (const each of entries) queue.put(each)
          const gone = new Set<number>()
          const take = () => {
            const next = takeOne(queue.window)
            if (!next) return
            queue.store.remove(next)
            queue.window.release(next)
            gone.add(next.id)
          }
          if (closedInBetween) queue.window.close('sms')
          for (let i = 0; i < takenBefore; i++) take()
          const left = entries.filter(({ id }) => !gone.has(id))
          const wanted = left[pick % Math.max(1, left.length)]
          if (!wanted) return
          const rank = queue.rank(wanted)
          const exact = rank?.exact ?? false
          queue.window.open('sms')
          const really = await leaveBefore(queue, wanted)
          if (exact) expect(rank?.ahead).toBe(really)
          else expect(rank?.ahead).toBeLessThanOrEqual(really)
        },
      ),
      { numRuns: 500 },
    )
  })
})
