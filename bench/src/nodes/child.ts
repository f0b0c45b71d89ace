/** One seat: takes messages in, works, or both, as it is asked. */
import { setTimeout } from 'node:timers/promises'
import { answering, answerWith, given } from '../children.ts'
import { keepInFlight, type Done } from '../in-flight.ts'
import { PAYLOAD } from '../payload.ts'
import { quantile } from '../statistics.ts'
import type { Part, Place, Seat } from './path.ts'
import { pathNamed } from './paths/index.ts'

export interface SeatInput {
  path: string
  place: Place
  part: Part
}

export type Questions = {
  begin: { asked: null; answer: null }
  /** Messages that came through here. */
  handled: { asked: null; answer: number }
  /** As many in flight as are wanted, until so many or so long. */
  take: { asked: { width: number; count: number; ms: number }; answer: Done }
  /** At a given rate; how long each took, ms. */
  takeAtRate: { asked: { perSecond: number; ms: number }; answer: { p50: number; p99: number; count: number } }
  /** So many that overtake, one after the other. */
  overtake: { asked: { count: number; everyMs: number }; answer: null }
  /** Of each that overtook and came through here: how long that took, ms. */
  overtaken: { asked: null; answer: number[] }
}

const USUAL = 5
const FIRST = 10
const MARK = 'first '

const { path, place, part } = await given<SeatInput>()
let handled = 0
const overtook: number[] = []
let seat: Seat | null = null

function handle(payload: string): void {
  handled += 1
  if (payload.startsWith(MARK)) overtook.push(Date.now() - Number(payload.slice(MARK.length)))
}

async function sit(): Promise<null> {
  const { enqueue, begin } = (seat = await pathNamed(path).open(place, part, handle))
  answering<Questions>({
    begin: async () => (await begin(), null),
    handled: async () => handled,
    take: ({ width, count, ms }) => keepInFlight(width, { count, ms }, () => enqueue(PAYLOAD, USUAL)),
    async takeAtRate({ perSecond, ms }) {
      const took = await atRate(perSecond, ms, () => enqueue(PAYLOAD, USUAL))
      return { p50: quantile(took, 0.5), p99: quantile(took, 0.99), count: took.length }
    },
    async overtake({ count, everyMs }) {
      for (let i = 0; i < count; i++) {
        await enqueue(`${MARK}${Date.now()}`, FIRST)
        await setTimeout(everyMs)
      }
      return null
    },
    overtaken: async () => overtook,
  })
  return null
}

await answerWith(sit, async () => seat?.close())

/** Each when it is due, whatever became of those before; its time counts from then. */
async function atRate(perSecond: number, ms: number, take: () => Promise<unknown>): Promise<number[]> {
  const took: number[] = []
  const begunAt = performance.now()
  const total = Math.floor((perSecond * ms) / 1000)
  const underWay: Promise<void>[] = []
  for (let next = 0; next < total;) {
    const due = Math.min(total, ((performance.now() - begunAt) * perSecond) / 1000)
    for (; next < due; next++) {
      const dueAt = begunAt + (next / perSecond) * 1000
      underWay.push(take().then(() => void took.push(performance.now() - dueAt)))
    }
    await setTimeout(1)
  }
  await Promise.all(underWay)
  return took
}
