/** What is measured of each path with so many nodes. Every measure has a place of its own. */
import { randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { startChild, type Child } from '../children.ts'
import { perSecond } from '../in-flight.ts'
import type { Questions, SeatInput } from './child.ts'
import type { Path, Part, Place } from './path.ts'
import { programTimes, timesOf, type ProgramTimes } from './program-times.ts'

export interface Sizes {
  warmUp: number
  /** Of the single measure, for so long. */
  ms: number
  backlog: number
}
export const SIZES: Sizes = { warmUp: 2_000, ms: 4_000, backlog: 20_000 }
export const QUICK_SIZES: Sizes = { warmUp: 500, ms: 1_000, backlog: 4_000 }

/** Messages per second, and milliseconds. */
export interface Measured {
  nodes: number
  /** Taken in one by one, 100 in flight at each node, and sent meanwhile: until the last has been. */
  endToEnd: number
  /** A backlog of messages taken in before. */
  drain: number
  /** One that overtakes: from its taking in to its sending, behind the backlog, ms; null without priorities. */
  overtakes: { p50: number; max: number } | null
  /** Taking in at half of the rate of `endToEnd`, ms. */
  accept: { p50: number; p99: number }
  /** Processor time of each message by program, µs. */
  processorTime: ProgramTimes
}

const IN_FLIGHT = 100
const POLLED_EVERY_MS = 10
/** Nothing came through any more for so long: something was lost. */
const STUCK_MS = 30_000
const OVERTAKING = { count: 20, everyMs: 20 }
const HALF_LOAD_MS = 3_000
const CHILD = new URL('./child.ts', import.meta.url)

type Seated = Child<null>

interface Table {
  takers: Seated[]
  workers: Seated[]
  end(): Promise<void>
}

export async function measure(
  path: Path,
  nodes: number,
  addresses: Place['addresses'],
  sizes: Sizes,
): Promise<Measured> {
  const { endToEnd, accept, processorTime } = await atTable(path, nodes, addresses, async (table) => {
    await beginAll(table)
    await takeIn(table, { count: sizes.warmUp, ms: sizes.ms })
    const pids = new Set([...table.takers, ...table.workers].map(({ pid }) => pid))
    const before = programTimes(pids)
    const took = await takeIn(table, { count: Infinity, ms: sizes.ms })
    const times = timesOf(before, programTimes(pids), took.count)
    const rate = perSecond(took) / 2 / table.takers.length
    const halves = await Promise.all(
      table.takers.map((taker) =>
        taker.ask<Questions, 'takeAtRate'>('takeAtRate', { perSecond: rate, ms: HALF_LOAD_MS }),
      ),
    )
    // The slowest of the nodes.
    const worst = (name: 'p50' | 'p99') => Math.max(...halves.map((half) => half[name]))
    return {
      ...{ endToEnd: perSecond(took), processorTime: times },
      accept: { p50: worst('p50'), p99: worst('p99') },
    }
  })
  const drained = await atTable(path, nodes, addresses, (table) => drain(path, table, sizes.backlog))
  return { nodes, endToEnd, accept, processorTime, ...drained }
}

async function atTable<T>(
  path: Path,
  nodes: number,
  addresses: Place['addresses'],
  work: (table: Table) => Promise<T>,
): Promise<T> {
  const place: Place = { name: `bench_${randomBytes(6).toString('hex')}`, addresses }
  const table = await seat(path, nodes, place)
  try {
    return await work(table)
  } finally {
    await table.end()
    await path.remove(place)
  }
}

async function seat(path: Path, nodes: number, place: Place): Promise<Table> {
  const children: Seated[] = []
  async function open(part: Part): Promise<Seated> {
    const input: SeatInput = { path: path.name, place, part }
    const child = await startChild<null>(CHILD, { input })
    children.push(child)
    return child
  }
  async function openSome(part: Part): Promise<Seated[]> {
    const seated: Seated[] = []
    for (let i = 0; i < nodes; i++) seated.push(await open(part))
    return seated
  }
  const end = async () => {
    for (const child of children) await child.end()
  }
  try {
    if (path.shape === 'together') {
      const both = await openSome('both')
      return { takers: both, workers: both, end }
    }
    return { takers: await openSome('takes'), workers: await openSome('works'), end }
  } catch (error) {
    await end()
    throw error
  }
}

async function beginAll({ takers, workers }: Table): Promise<void> {
  await Promise.all([...new Set([...takers, ...workers])].map((child) => child.ask<Questions, 'begin'>('begin', null)))
}

/** From the first that is taken in to the last that came through. */
async function takeIn(table: Table, limit: { count: number; ms: number }): Promise<{ count: number; ms: number }> {
  const { takers } = table
  const before = await handledBy(table)
  const begunAt = performance.now()
  const each = { width: IN_FLIGHT, count: Math.ceil(limit.count / takers.length), ms: limit.ms }
  const taken = await Promise.all(takers.map((taker) => taker.ask<Questions, 'take'>('take', each)))
  const count = taken.reduce((sum, done) => sum + done.count, 0)
  await untilHandled(table, before + count)
  return { count, ms: performance.now() - begunAt }
}

async function drain(path: Path, table: Table, backlog: number): Promise<Pick<Measured, 'drain' | 'overtakes'>> {
  const { takers, workers } = table
  const [first] = takers as [Seated]
  const each = { width: 1_000, count: Math.ceil(backlog / takers.length), ms: Infinity }
  const taken = await Promise.all(takers.map((taker) => taker.ask<Questions, 'take'>('take', each)))
  const count = taken.reduce((sum, done) => sum + done.count, 0)
  const begunAt = performance.now()
  await beginAll(table)
  const overtaking = path.prioritised ? first.ask<Questions, 'overtake'>('overtake', OVERTAKING) : null
  await untilHandled(table, count)
  const ms = performance.now() - begunAt
  if (!overtaking) return { drain: perSecond({ count, ms }), overtakes: null }
  await overtaking
  await untilHandled(table, count + OVERTAKING.count)
  const waited = (
    await Promise.all(workers.map((worker) => worker.ask<Questions, 'overtaken'>('overtaken', null)))
  ).flat()
  const sorted = waited.toSorted((a, b) => a - b)
  return {
    drain: perSecond({ count, ms }),
    overtakes: { p50: sorted[Math.floor(sorted.length / 2)] ?? NaN, max: sorted.at(-1) ?? NaN },
  }
}

async function handledBy({ workers }: Table): Promise<number> {
  const handled = await Promise.all(workers.map((worker) => worker.ask<Questions, 'handled'>('handled', null)))
  return handled.reduce((sum, count) => sum + count, 0)
}

async function untilHandled(table: Table, count: number): Promise<void> {
  let last = { count: 0, at: performance.now() }
  for (;;) {
    const handled = await handledBy(table)
    if (handled >= count) return
    if (handled > last.count) last = { count: handled, at: performance.now() }
    else if (performance.now() - last.at > STUCK_MS)
      throw new Error(`expected ${count} to come through, got ${handled}`)
    await setTimeout(POLLED_EVERY_MS)
  }
}
