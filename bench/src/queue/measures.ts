/** What is measured of each contender. Every measure has an empty queue of its own. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { keepInFlight, perSecond, type Done } from '../in-flight.ts'
import { PAYLOAD } from '../payload.ts'
import type { Contender, Session } from './contender.ts'

export interface Sizes {
  /** Jobs from end to end before anything is measured: code is compiled, connections are open. */
  warmUp: number
  /** Jobs of the single measures, or as many as fit into the time. */
  single: number
  singleMs: number
  bulk: number
  backlog: number
  deepBacklog: number
}

export const SIZES: Sizes = {
  warmUp: 3_000,
  single: 100_000,
  singleMs: 3_000,
  bulk: 20_000,
  backlog: 20_000,
  deepBacklog: 100_000,
}
export const QUICK_SIZES: Sizes = {
  warmUp: 500,
  single: 10_000,
  singleMs: 1_000,
  bulk: 5_000,
  backlog: 5_000,
  deepBacklog: 20_000,
}

/** Jobs per second; the loop's delay in ms, of the thread that runs the contender, from end to end single. */
export interface Measured {
  enqueueSingle: number
  enqueueBulk: number
  drain: number
  endToEndSingle: number
  endToEndBulk: number
  deepDrain: number | null
  loopP99: number
  loopMax: number
}

const CONCURRENCY = 100
const IN_FLIGHT = 100
const BULK = 1_000
const NS_PER_MS = 1e6
const BULK_PAYLOADS = Array.from({ length: BULK }, () => PAYLOAD)

export async function measure(contender: Contender, address: string, sizes: Sizes): Promise<Measured> {
  const single = { count: sizes.single, ms: sizes.singleMs }

  async function inSession<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const session = await contender.open(address)
    try {
      return await work(session)
    } finally {
      await session.close()
    }
  }

  const enqueueOne = (session: Session) => () => session.enqueue(PAYLOAD)
  await inSession((session) =>
    endToEnd(session, () => keepInFlight(IN_FLIGHT, { count: sizes.warmUp, ms: sizes.singleMs }, enqueueOne(session))),
  )

  const enqueued = await inSession((session) => keepInFlight(IN_FLIGHT, single, enqueueOne(session)))
  const { filled, drained } = await inSession(async (session) => {
    const filling = await enqueueInBulk(session, sizes.backlog)
    return { filled: filling, drained: await drain(session, sizes.backlog) }
  })
  const delay = monitorEventLoopDelay({ resolution: 1 })
  const oneByOne = await inSession((session) =>
    endToEnd(session, async () => {
      delay.enable()
      return keepInFlight(IN_FLIGHT, single, enqueueOne(session))
    }),
  )
  delay.disable()
  const inBulk = await inSession((session) => endToEnd(session, () => enqueueInBulk(session, sizes.bulk)))
  const deep = contender.deep ? await inSession((session) => drainMixed(session, sizes.deepBacklog)) : null

  return {
    enqueueSingle: perSecond(enqueued),
    enqueueBulk: perSecond(filled),
    drain: perSecond(drained),
    endToEndSingle: perSecond(oneByOne),
    endToEndBulk: perSecond(inBulk),
    deepDrain: deep && perSecond(deep),
    loopP99: delay.percentile(99) / NS_PER_MS,
    loopMax: delay.max / NS_PER_MS,
  }
}

/** From the first enqueued to the last handled, while both go on. */
async function endToEnd(session: Session, enqueueAll: () => Promise<Done>): Promise<Done> {
  const handled = counter()
  await session.process(handled.one, CONCURRENCY)
  const begunAt = performance.now()
  const { count } = await enqueueAll()
  await handled.reached(count)
  return { count, ms: performance.now() - begunAt }
}

async function enqueueInBulk(session: Session, count: number): Promise<Done> {
  const begunAt = performance.now()
  for (let done = 0; done < count; done += BULK) await session.enqueueBulk(BULK_PAYLOADS)
  return { count, ms: performance.now() - begunAt }
}

/** From the start of the workers to the last handled; nothing is enqueued meanwhile. */
async function drain(session: Session, count: number): Promise<Done> {
  const handled = counter()
  const begunAt = performance.now()
  await session.process(handled.one, CONCURRENCY)
  await handled.reached(count)
  return { count, ms: performance.now() - begunAt }
}

/** A backlog of which neighbours have different priorities: nothing leaves in the order in which it was written. */
async function drainMixed(session: Session, count: number): Promise<Done> {
  let next = 0
  // 7 and 11 have no common divisor: all eleven priorities take turns.
  const enqueueNext = () => session.enqueue(PAYLOAD, (next++ * 7) % 11)
  await keepInFlight(1_000, { count, ms: Number.POSITIVE_INFINITY }, enqueueNext)
  return drain(session, count)
}

/** Counts, and tells when a number is reached. */
function counter(): { one(): void; reached(count: number): Promise<void> } {
  let handled = 0
  let awaited = Number.POSITIVE_INFINITY
  let tell: () => void = () => undefined
  return {
    one() {
      if (++handled === awaited) tell()
    },
    async reached(count) {
      if (handled >= count) return
      awaited = count
      await new Promise<void>((resolve) => (tell = resolve))
    },
  }
}
