import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { runChild, startChild } from '../children.ts'
import { PAYLOAD } from '../payload.ts'
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
}

export interface Product extends Accepting {
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

/** A request of about 300 bytes in all. */
const BODY = { template_id: 1, recipient: 'user-1', variables: { body: PAYLOAD.slice(0, 240) } }

export async function measureEcho(program: URL, sizes: Sizes): Promise<Accepting> {
  const server = await startChild<Listening>(program, { input: null })
  try {
    return await measureAccepting(server.said.url, BODY, sizes)
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
    await liftRateLimits(folder)
    const body = { ...BODY, template_id: templateId }
    const accepting = await measureAccepting(url, body, sizes)
    const rate = accepting.at100 / 2
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
      ...accepting,
      halfLoad: { rate, p50Ms, p99Ms, maxMs },
      batchRecipients: batch.requestsPerSecond * RECIPIENTS,
    }
  } finally {
    await server.end()
    removeFolder(folder)
  }
}

async function measureAccepting(url: string, body: unknown, sizes: Sizes): Promise<Accepting> {
  const at100 = await load({ url, path: PATH, body, connections: 100, ...sizes })
  const at500 = await load({ url, path: PATH, body, connections: 500, ...sizes })
  return { at100: at100.requestsPerSecond, at500: at500.requestsPerSecond }
}

async function load(input: LoadInput): Promise<LoadResult> {
  const result = await runChild<LoadResult>(LOAD, { input })
  if (result.refused > 0) throw new Error(`expected every request to be accepted, got ${result.refused} refusals`)
  return result
}

/** As an operator does it. The rules stay in the path, with room for anything. */
export async function liftRateLimits(folder: string): Promise<void> {
  const database = new DatabaseSync(join(folder, 'signalbox.db'))
  database.exec('PRAGMA busy_timeout = 5000')
  database.exec(`UPDATE rate_limit_configs SET max_value = ${UNLIMITED} WHERE limit_type = 'qps'`)
  database.close()
  await setTimeout(IN_FORCE_MS)
}
