import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { accept, drain, entry, openWindow } from '../../test/support/fair-window.ts'
import { takeOne } from '../../test/support/queue-model.ts'
import { gateOf } from './lane.ts'
import type { Entry } from './store.ts'

const GATES = ['sms', 'email']
const LANES = ['sms/a', 'sms/b', 'email/a']

const move = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('push' as const, 'adopt' as const),
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
    arbitrary: fc.record({
      kind: fc.constantFrom('claim' as const, 'putBack' as const, 'putOff' as const),
      times: fc.nat(300),
    }),
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
    arbitrary: fc.record({ kind: fc.constant('giveUp' as const), count: fc.integer({ min: 1, max: 900 }) }),
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
        const { window, store } = openWindow()
        const out: Entry[] = []
        /** Put off by workers that have not heard yet that this is done. */
        const unheard: Entry[] = []
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
            case 'adopt': {
              const entries = Array.from({ length: made.times }, () => entry(nextId++, made.lane, made.priority))
              for (const each of entries) {
                waiting.set(each.id, each)
                store.add(each)
              }
              window.pushStored(entries)
              break
            }
            case 'giveUp':
              for (const { lane, after, limit } of window.tail(made.count)) {
                for (const given of store.giveUp(lane, after, limit)) {
                  window.drop(given)
                  waiting.delete(given.id)
                  const place = out.findIndex(({ id }) => id === given.id)
                  // Its claim finds it gone.
                  if (place >= 0) window.release(out.splice(place, 1)[0] as Entry)
                }
              }
              break
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
                  expect([...out, ...unheard].some((each) => each.id === next.id)).toBe(false)
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
            case 'putOff':
              for (const each of out.splice(0, made.times)) {
                // It was cancelled, or it is due again.
                if (store.remove(each)) put(each)
                unheard.push(each)
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
              for (const each of unheard.splice(0)) window.release(each)
              break
          }
        }
        for (const gate of GATES) window.open(gate)
        for (const each of unheard) window.release(each)
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
        const { window, store } = openWindow()
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
          if (made.kind === 'push' || made.kind === 'adopt') {
            const entries = Array.from({ length: made.times }, () => entry(nextId++, made.lane, made.priority))
            waiting.push(...entries)
            if (made.kind === 'push') accept(window, store, entries)
            else {
              for (const each of entries) store.add(each)
              window.pushStored(entries)
            }
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
