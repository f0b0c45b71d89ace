import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { QueueModel, takeOne } from '../../test/support/queue-model.ts'
import { createFairWindow, type FairWindow } from './fair-window.ts'
import { gateOf } from './lane.ts'
import type { Entry } from './store.ts'

const GATES = ['sms', 'email']
const LANES = ['sms/a', 'sms/b', 'email/a']

function open(): { window: FairWindow; store: QueueModel; onReady: () => void } {
  const store = new QueueModel()
  const onReady = vi.fn<() => void>()
  const window = createFairWindow({
    store,
    onReady,
    onError: (error) => {
      throw error
    },
  })
  return { window, store, onReady }
}

function entry(id: number, lane = 'sms/a', priority = 5): Entry {
  return { queue: 'message.send', priority, lane, id }
}

/** As accepting does: resident where there is room, else with an entry in the store. */
function accept(window: FairWindow, store: QueueModel, entries: readonly Entry[]): void {
  const resident = window.reserve(entries)
  for (const each of entries) {
    if (resident) store.residents.set(each.id, each)
    else store.add(each)
    window.push(each)
  }
}

/** Takes until nothing is left and gives what could be claimed, with every answer of the store let through. */
async function drain(window: FairWindow, store: QueueModel): Promise<Entry[]> {
  const taken: Entry[] = []
  for (;;) {
    await store.settle()
    const next = takeOne(window)
    if (!next) return taken
    if (store.remove(next)) taken.push(next)
    window.release(next)
  }
}

describe('the window of the queue', () => {
  it('hands out thousands that were in the store, in order, and asks for no more at once than it needs', async () => {
    const { window, store, onReady } = open()
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
    const { window, store } = open()
    for (let id = 1; id <= 5_000; id++) {
      store.add(entry(id))
      window.push(entry(id))
    }
    expect(store.loaded).toBe(0)
    expect((await drain(window, store)).map(({ id }) => id)).toEqual(Array.from({ length: 5_000 }, (_, i) => i + 1))
  })

  it('gives each lane of a priority its turn, so that a large one starves nobody', () => {
    const { window } = open()
    for (let id = 1; id <= 6; id++) window.push(entry(id, 'sms/batch'))
    window.push(entry(7, 'sms/api'))
    window.push(entry(8, 'email/api'))
    const order = Array.from({ length: 8 }, () => takeOne(window)?.id)
    expect(order).toEqual([1, 7, 8, 2, 3, 4, 5, 6])
  })

  it('gives several of one lane in a turn when several are asked for, and then the next lane its own', () => {
    const { window } = open()
    for (let id = 1; id <= 5; id++) window.push(entry(id, 'sms/a'))
    for (let id = 6; id <= 7; id++) window.push(entry(id, 'sms/b'))
    const turns = Array.from({ length: 4 }, () => window.take(3).map(({ id }) => id))
    expect(turns).toEqual([[1, 2, 3], [6, 7], [4, 5], []])
    expect(window.size).toBe(0)
  })

  it('shares its memory among many lanes, and hands out all of each', async () => {
    const { window, store } = open()
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
    const { window, store } = open()
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
    const { window } = open()
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
    const { window, store } = open()
    for (let id = 1; id <= 3; id++) store.add(entry(id))
    window.restore(store.lanes())
    await store.settle()
    const taken = takeOne(window) as Entry
    window.push(taken)
    expect((await drain(window, store)).map(({ id }) => id)).toEqual([2, 3])
  })

  it('does not hand it out again either when the store is read from an older place on', async () => {
    const { window, store } = open()
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

  it('puts what several workers give back in the order it had, whoever gives back first', () => {
    const { window } = open()
    for (let id = 1; id <= 5; id++) window.push(entry(id))
    const taken = Array.from({ length: 4 }, () => takeOne(window) as Entry)
    for (const each of taken) window.putBack(each)
    expect(window.size).toBe(5)
    expect(Array.from({ length: 5 }, () => takeOne(window)?.id)).toEqual([1, 2, 3, 4, 5])
  })

  it('counts what was cancelled no longer, in memory and in the store, and asks for more in its place', async () => {
    const { window, store } = open()
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
    const { window, store } = open()
    for (let id = 1; id <= 1_025; id++) store.add(entry(id))
    window.restore(store.lanes())
    store.remove(entry(5))
    window.drop(entry(5))
    expect((await drain(window, store)).map(({ id }) => id)).toContain(1_025)
  })

  it('leaves nothing behind when a late answer names many that were claimed meanwhile', async () => {
    const { window, store } = open()
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
    const { window, store } = open()
    for (let id = 2; id <= 700; id++) store.add(entry(id))
    window.restore(store.lanes())
    // A retry of an old message falls due between the question and its answer.
    store.add(entry(1))
    window.push(entry(1))
    expect((await drain(window, store)).map(({ id }) => id)).toContain(1)
  })
})

describe('residents of the window', () => {
  it('leave like any other, and need no entry in the store', () => {
    const { window, store } = open()
    accept(window, store, [entry(1), entry(2)])
    expect(store.lanes()).toEqual([])
    expect([takeOne(window)?.id, window.isResident(1)]).toEqual([1, true])
    window.release(entry(1))
    expect([window.isResident(1), window.oldestResident]).toEqual([false, 2])
  })

  it('are not taken in when their lane has anything in the store, else they would overtake it', () => {
    const { window, store } = open()
    store.add(entry(1))
    window.restore(store.lanes())
    expect(window.reserve([entry(2)])).toBe(false)
    expect(window.reserve([entry(2, 'sms/b')])).toBe(true)
  })

  it('are bounded, per lane and in all', () => {
    const { window } = open()
    const many = (from: number, count: number, lane: string) =>
      Array.from({ length: count }, (_, i) => entry(from + i, lane))
    expect(window.reserve(many(1, 8_193, 'sms/a'))).toBe(false)
    expect(window.reserve(many(1, 8_192, 'sms/a'))).toBe(true)
    expect(window.reserve([entry(8_193)])).toBe(false)
    expect(window.reserve(many(10_000, 8_192, 'sms/b'))).toBe(true)
    expect(window.reserve([entry(20_000, 'email/a')])).toBe(false)
  })

  it('give their room back when they were not accepted', () => {
    const { window } = open()
    const entries = Array.from({ length: 8_192 }, (_, i) => entry(i + 1))
    window.reserve(entries)
    window.unreserve(entries)
    expect(window.oldestResident).toBe(8_193)
    expect(window.reserve(entries)).toBe(true)
  })

  it('are written down oldest first and no further than asked, and not while they are being accepted', () => {
    const { window, store } = open()
    accept(window, store, [entry(1), entry(2), entry(3)])
    window.reserve([entry(4)])
    expect(window.writeDown(2, 10).map(({ id }) => id)).toEqual([1, 2])
    expect(window.oldestResident).toBe(3)
    expect(window.writeDown(9, 10).map(({ id }) => id)).toEqual([3])
    expect([window.oldestResident, window.isResident(3), window.isResident(4)]).toEqual([4, false, true])
    expect(takeOne(window)?.id).toBe(1)
  })

  it('are not written down while a worker has them, and hold the mark back until they are claimed', () => {
    const { window, store } = open()
    accept(window, store, [entry(1), entry(2)])
    takeOne(window)
    expect(window.writeDown(9, 10).map(({ id }) => id)).toEqual([2])
    expect(window.oldestResident).toBe(1)
    window.putBack(entry(1))
    expect(window.writeDown(9, 10).map(({ id }) => id)).toEqual([1])
    expect(window.oldestResident).toBe(3)
  })

  it('do not hide what is older and came back late', async () => {
    const { window, store } = open()
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
    const { window, store } = open()
    accept(window, store, [entry(1), entry(2)])
    window.drop(entry(1))
    expect([window.isResident(1), window.oldestResident, window.size]).toEqual([false, 2, 1])
  })
})

const move = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('push' as const),
      lane: fc.constantFrom(...LANES),
      priority: fc.constantFrom(0, 5, 10),
      times: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 900 })),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('take' as const),
      times: fc.oneof(fc.nat(5), fc.nat(700)),
      turn: fc.constantFrom(1, 32),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom('claim' as const, 'putBack' as const), times: fc.nat(300) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom('late' as const, 'cancel' as const, 'drop' as const),
      pick: fc.nat(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constantFrom('close' as const, 'open' as const), gate: fc.constantFrom(...GATES) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('settle' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constantFrom('writeDown' as const, 'refuse' as const), pick: fc.nat(900) }),
  },
)

describe('the window of the queue, over any story', () => {
  it('loses nothing, gives nothing to two workers and nothing behind a closed gate, however late the store answers', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(move, { maxLength: 25 }), async (moves) => {
        const { window, store } = open()
        const out: Entry[] = []
        const claimed: Entry[] = []
        const waiting = new Map<number, Entry>()
        let nextId = 1
        const put = (each: Entry) => {
          store.add(each)
          waiting.set(each.id, each)
          window.push(each)
        }
        for (const made of moves) {
          switch (made.kind) {
            case 'push': {
              const entries = Array.from({ length: made.times }, () => entry(nextId++, made.lane, made.priority))
              for (const each of entries) waiting.set(each.id, each)
              accept(window, store, entries)
              break
            }
            case 'writeDown':
              {
                const entries = window.writeDown(nextId, made.pick)
                for (const each of entries) expect(out.some(({ id }) => id === each.id)).toBe(false)
                store.writeDown(entries)
              }
              break
            case 'refuse': {
              const refused = [entry(nextId++)]
              if (window.reserve(refused)) window.unreserve(refused)
              break
            }
            case 'take':
              for (let left = made.times; left > 0;) {
                const turn = window.take(Math.min(left, made.turn))
                if (turn.length === 0) break
                left -= turn.length
                expect(new Set(turn.map(({ lane, priority }) => `${priority} ${lane}`)).size).toBe(1)
                for (const next of turn) {
                  expect(window.isClosed(gateOf(next.lane))).toBe(false)
                  expect(out.some((each) => each.id === next.id)).toBe(false)
                  // An answer from before a claim may bring it once more: the claim then finds it gone.
                  if (waiting.delete(next.id)) out.push(next)
                  else window.release(next)
                }
              }
              break
            case 'claim':
              for (const each of out.splice(0, made.times)) {
                store.remove(each)
                window.release(each)
                claimed.push(each)
              }
              break
            case 'putBack':
              for (const each of out.splice(0, made.times)) {
                waiting.set(each.id, each)
                window.putBack(each)
              }
              break
            case 'late': {
              const [again] = claimed.splice(made.pick % Math.max(1, claimed.length), 1)
              if (again) put(again)
              break
            }
            case 'cancel': {
              // The window does not hear of it: the claim finds it gone.
              const some = [...waiting.values()][made.pick % Math.max(1, waiting.size)]
              if (some) store.remove(some)
              break
            }
            case 'drop': {
              const some = [...waiting.values()][made.pick % Math.max(1, waiting.size)]
              if (!some || !store.remove(some)) break
              window.drop(some)
              break
            }
            case 'close':
            case 'open':
              window[made.kind](made.gate)
              break
            case 'settle':
              await store.settle()
              break
          }
        }
        for (const gate of GATES) window.open(gate)
        const stored = new Set([...store.residents.keys(), ...store.lanes().flatMap((lane) => store.ids(lane))])
        const rest = (await drain(window, store)).map(({ id }) => id)
        expect(new Set(rest).size).toBe(rest.length)
        expect(rest.toSorted((a, b) => a - b)).toEqual(
          [...waiting.keys()].filter((id) => stored.has(id)).toSorted((a, b) => a - b),
        )
        expect(window.size).toBe(0)
      }),
      { numRuns: 2_000 },
    )
  }, 60_000)

  it('keeps strict priority, the order of each lane and fair turns, once the store has answered', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(move, { maxLength: 20 }), async (moves) => {
        const { window, store } = open()
        const waiting: Entry[] = []
        const out: Entry[] = []
        const servedAt = new Map<string, number>()
        const waitsSince = new Map<string, number>()
        const keyOf = ({ priority, lane }: Entry) => `${priority} ${lane}`
        const isOpen = (each: Entry) => !window.isClosed(gateOf(each.lane))
        let nextId = 1
        let turn = 0

        function check(next: Entry | null): void {
          const candidates = waiting.filter(isOpen)
          expect(next === null).toBe(candidates.length === 0)
          if (!next) return
          expect(next.priority).toBe(Math.max(...candidates.map(({ priority }) => priority)))
          expect(next.id).toBe(Math.min(...waiting.filter((each) => keyOf(each) === keyOf(next)).map(({ id }) => id)))
          const before = servedAt.get(keyOf(next))
          if (before === undefined) return
          for (const [lane, since] of waitsSince) {
            if (lane === keyOf(next) || !lane.startsWith(`${next.priority} `)) continue
            if (since < before) expect(servedAt.get(lane) ?? -1).toBeGreaterThan(before)
          }
        }

        /** Notes since when each lane could have been served without a break. */
        function noteWaiting(): void {
          const now = new Set(waiting.filter(isOpen).map(keyOf))
          for (const lane of waitsSince.keys()) if (!now.has(lane)) waitsSince.delete(lane)
          for (const lane of now) if (!waitsSince.has(lane)) waitsSince.set(lane, turn)
        }

        for (const made of moves) {
          if (made.kind === 'push') {
            const entries = Array.from({ length: made.times }, () => entry(nextId++, made.lane, made.priority))
            waiting.push(...entries)
            accept(window, store, entries)
          } else if (made.kind === 'take') {
            for (let i = 0; i < Math.min(made.times, 60); i++) {
              await store.settle()
              const next = takeOne(window)
              check(next)
              if (!next) break
              turn += 1
              servedAt.set(keyOf(next), turn)
              waiting.splice(
                waiting.findIndex((each) => each.id === next.id),
                1,
              )
              out.push(next)
              noteWaiting()
            }
          } else if (made.kind === 'claim') {
            for (const each of out.splice(0, made.times)) {
              store.remove(each)
              window.release(each)
            }
          } else if (made.kind === 'putBack') {
            for (const each of out.splice(0, made.times)) {
              waiting.push(each)
              window.putBack(each)
            }
          } else if (made.kind === 'close' || made.kind === 'open') window[made.kind](made.gate)
          noteWaiting()
        }
      }),
      { numRuns: 2_000 },
    )
  }, 60_000)
})
