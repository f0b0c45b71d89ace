import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { runChild, startChild } from '../children.ts'
import { PAYLOAD } from '../payload.ts'
import { perPiece, processorTime, type ProcessorTime } from '../processor-time.ts'
import { removeFolder, temporaryFolder } from '../temporary-folder.ts'
import type { LoadInput, LoadResult } from './load.ts'
import type { Listening } from './servers/listening.ts'
import type { SignalboxInput, SignalboxListening } from './servers/signalbox.ts'

export interface Sizes {
  warmUpMs: number
  ms: number
}

export interface Accepting {
  /** Requests per second with 100 and with 500 in flight. */
  at100: number
  at500: number
  /** Of the server, µs for each of those requests; null where the system does not tell. */
  used100: ProcessorTime | null
  used500: ProcessorTime | null
}

export interface Product extends Accepting {
  /** Messages that left while one was accepted, with 100 and with 500 in flight. */
  sent100: number
  sent500: number
  /** At half of what 100 in flight reached, ms. */
  halfLoad: { rate: number; p50Ms: number; p99Ms: number; maxMs: number }
  /** Recipients per second through send-batch. */
  batchRecipients: number
}

const LOAD = new URL('./load.ts', import.meta.url)
const PATH = '/api/messages/send'
const RECIPIENTS = 10_000
const BATCHES_IN_FLIGHT = 2
/** The most that a rule may allow. */
const UNLIMITED = 10_000_000
/** Settings changed by SQL are in force within a second. */
const IN_FORCE_MS = 1_500
const LOOK_EVERY_MS = 200
const ALL_SENT_WITHIN_MS = 300_000

/** A request of about 300 bytes in all. */
const BODY = { template_id: 1, recipient: 'user-1', variables: { body: PAYLOAD.slice(0, 240) } }

export async function measureEcho(program: URL, sizes: Sizes): Promise<Accepting> {
  const server = await startChild<Listening>(program, { input: null })
  try {
    const { url } = server.said
    const few = await measureBusy(server.pid, { url, body: BODY, connections: 100 }, sizes)
    const many = await measureBusy(server.pid, { url, body: BODY, connections: 500 }, sizes)
    return { at100: few.rate, used100: few.used, at500: many.rate, used500: many.used }
  } finally {
    await server.end()
  }
}

export async function measureProduct(program: URL, sizes: Sizes): Promise<Product> {
  const folder = temporaryFolder()
  const input: SignalboxInput = { folder }
  const server = await startChild<SignalboxListening>(program, { input })
  try {
    const { url, templateId } = server.said
    await liftLimits(folder)
    const body = { ...BODY, template_id: templateId }
    const few = await measureSending(server.pid, { url, body, connections: 100 }, sizes)
    const many = await measureSending(server.pid, { url, body, connections: 500 }, sizes)
    await everythingSent(url)
    const rate = few.rate / 2
    const { p50Ms, p99Ms, maxMs } = await load({ url, path: PATH, body, connections: 100, ...sizes, rate })
    const batch = await load({
      url,
      path: '/api/messages/send-batch',
      body: {
        template_id: templateId,
        recipients: Array.from({ length: RECIPIENTS }, (_, i) => `user-${i}`),
        variables_list: Array.from({ length: RECIPIENTS }, (_, i) => ({ body: String(100_000 + i) })),
      },
      connections: BATCHES_IN_FLIGHT,
      ...sizes,
    })
    return {
      ...{ at100: few.rate, used100: few.used, sent100: few.sent },
      ...{ at500: many.rate, used500: many.used, sent500: many.sent },
      halfLoad: { rate, p50Ms, p99Ms, maxMs },
      batchRecipients: batch.requestsPerSecond * RECIPIENTS,
    }
  } finally {
    await server.end()
    removeFolder(folder)
  }
}

interface Busy {
  rate: number
  used: ProcessorTime | null
}

type Target = Pick<LoadInput, 'url' | 'body' | 'connections'>

/** As fast as replies come. The warm-up is a load of its own, so that what it used does not count. */
async function measureBusy(pid: number, target: Target, { warmUpMs, ms }: Sizes): Promise<Busy> {
  await load({ ...target, path: PATH, warmUpMs: 0, ms: warmUpMs })
  const before = processorTime(pid)
  const { requestsPerSecond: rate } = await load({ ...target, path: PATH, warmUpMs: 0, ms })
  return { rate, used: perPiece(before, processorTime(pid), (rate * ms) / 1000) }
}

async function measureSending(pid: number, target: Target, sizes: Sizes): Promise<Busy & { sent: number }> {
  const before = await moved(target.url)
  const busy = await measureBusy(pid, target, sizes)
  const after = await moved(target.url)
  return { ...busy, sent: (after.sent - before.sent) / (after.accepted - before.accepted) }
}

/** Half load is not half load while the server is still sending what it took under full load. */
async function everythingSent(url: string): Promise<void> {
  const giveUpAt = performance.now() + ALL_SENT_WITHIN_MS
  while (performance.now() < giveUpAt) {
    const { accepted, sent } = await moved(url)
    if (sent >= accepted) return
    await setTimeout(LOOK_EVERY_MS)
  }
  throw new Error(`expected everything to be sent within ${ALL_SENT_WITHIN_MS} ms, got messages that still wait`)
}

/** As `/metrics` counts them. */
async function moved(url: string): Promise<{ accepted: number; sent: number }> {
  const text = await (await fetch(`${url}/metrics`)).text()
  const count = (state: string) =>
    Number(new RegExp(`^signalbox_messages_total\\{channel="app",state="${state}"\\} (\\d+)`, 'm').exec(text)?.[1] ?? 0)
  return { accepted: count('accepted'), sent: count('sent') }
}

async function load(input: LoadInput): Promise<LoadResult> {
  const result = await runChild<LoadResult>(LOAD, { input })
  if (result.refused > 0) throw new Error(`expected every request to be accepted, got ${result.refused} refusals`)
  return result
}

/** As an operator does it. The rules stay in the path, with room for anything. */
export async function liftLimits(folder: string): Promise<void> {
  const database = new DatabaseSync(join(folder, 'signalbox.db'))
  database.exec('PRAGMA busy_timeout = 5000')
  database.exec(`UPDATE rate_limit_configs SET max_value = ${UNLIMITED} WHERE limit_type = 'qps'`)
  // Seven seconds of batches are about the two millions that may wait by default.
  database.exec(`UPDATE system_config SET value = '${UNLIMITED}' WHERE key = 'queue.max_backlog'`)
  database.close()
  await setTimeout(IN_FORCE_MS)
}
