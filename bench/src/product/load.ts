/** The load, in a process of its own: as fast as replies come, or at a given rate whatever the replies do. */
import { setTimeout } from 'node:timers/promises'
import { answerWith, given } from '../children.ts'
import { quantile } from '../statistics.ts'
import { openConnection, postRequest, type Connection } from './connection.ts'

export interface LoadInput {
  url: string
  path: string
  body: unknown
  /** Requests in flight at most. */
  connections: number
  /** Load before anything counts. */
  warmUpMs: number
  ms: number
  /** Requests per second; left out: the next request leaves when its connection is free. */
  rate?: number
}

export interface LoadResult {
  requestsPerSecond: number
  /** Replies other than 202. */
  refused: number
  p50Ms: number
  p99Ms: number
  maxMs: number
}

interface Sample {
  latencies: number[]
  refused: number
}

const ACCEPTED = 202
const TICK_MS = 1

const input = await given<LoadInput>()
await answerWith(async (): Promise<LoadResult> => {
  const { url, path, body, connections: width, warmUpMs, ms, rate } = input
  const request = postRequest(url, path, body)
  const connections = await Promise.all(Array.from({ length: width }, () => openConnection(url)))
  const run = (forMs: number) =>
    rate === undefined ? asFastAsReplies(connections, request, forMs) : atRate(connections, request, forMs, rate)
  if (warmUpMs > 0) await run(warmUpMs)
  const begunAt = performance.now()
  const { latencies, refused } = await run(ms)
  const tookMs = performance.now() - begunAt
  for (const connection of connections) connection.close()
  return {
    requestsPerSecond: (latencies.length / tookMs) * 1000,
    refused,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
    maxMs: quantile(latencies, 1),
  }
})

async function asFastAsReplies(connections: readonly Connection[], request: Buffer, ms: number): Promise<Sample> {
  const sample: Sample = { latencies: [], refused: 0 }
  const endAt = performance.now() + ms
  async function use(connection: Connection): Promise<void> {
    while (performance.now() < endAt) await send(connection, request, performance.now(), sample)
  }
  await Promise.all(connections.map(use))
  return sample
}

/** A request that finds no free connection waits; its latency counts from when it was due. */
async function atRate(connections: readonly Connection[], request: Buffer, ms: number, rate: number): Promise<Sample> {
  const sample: Sample = { latencies: [], refused: 0 }
  const free = [...connections]
  const begunAt = performance.now()
  const underWay = new Set<Promise<void>>()
  const total = Math.floor((rate * ms) / 1000)
  let next = 0

  function sendDue(): void {
    const due = Math.min(total, ((performance.now() - begunAt) * rate) / 1000)
    while (next < due) {
      const connection = free.pop()
      if (!connection) return
      const sending = send(connection, request, begunAt + (next++ / rate) * 1000, sample).then(() => {
        underWay.delete(sending)
        free.push(connection)
        sendDue()
      })
      underWay.add(sending)
    }
  }

  while (next < total) {
    sendDue()
    await setTimeout(TICK_MS)
  }
  await Promise.all(underWay)
  return sample
}

async function send(connection: Connection, request: Buffer, dueAt: number, sample: Sample): Promise<void> {
  const status = await connection.request(request)
  sample.latencies.push(performance.now() - dueAt)
  if (status !== ACCEPTED) sample.refused++
}
