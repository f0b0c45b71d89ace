/**
 * The load client, a process of its own. Writes down, synced, what it asks for before it asks and what it was told when it
 * was told. A request whose answer was lost is repeated with its key until there is one, or never, by the seed.
 */
import { seededRandom } from '@signalbox/channels'
import { Agent, request } from 'node:http'
import type { ClientLine } from '../rig/lines.ts'
import type { Mode } from '../rig/mode.ts'
import { openLog } from '../rig/synced-log.ts'

export interface ClientOptions {
  log: string
  /** Of servers on one store: each message begins with the next, each repeat goes to another. */
  urls: readonly string[]
  templateId: number
  seed: number
  /** Requests under way at once. */
  inFlight: number
  /** Taken in turn. */
  modes: readonly Mode[]
  /** Messages to ask for; null: until told to stop. */
  count: number | null
  /** Distinguishes the tokens of several clients on one store. */
  prefix: string
  /** Waits between two messages of one worker. */
  pauseMs: number
}

export interface ClientSummary {
  kind: 'done'
  requests: number
  /** 429, and 503 because the queue is full. */
  refusals: number
  /** Refusals that did not say when to come again. */
  refusalsWithoutTime: number
  /** The longest from a request to its 202. */
  slowestMs: number
}

interface Answer {
  status: number
  retryAfter: string | undefined
  body: { data?: { record_id?: number } | null; details?: { error?: string } }
}

/** Share of lost answers after which the request is repeated. */
const REPEATED_SHARE = 0.7
/** While a server is down or refuses. */
const RETRY_MS = 25
/** A server that does not answer so long after the stop will not any more. */
const GIVEN_UP_MS = 30_000
/** An answer later than this is lost. Longer than any answer of a server that lives. */
const ANSWER_MS = 20_000

const options = JSON.parse(process.argv[2] ?? '{}') as ClientOptions
const random = seededRandom(options.seed)
const log = await openLog<ClientLine>(options.log)
const agent = new Agent({ keepAlive: true, maxSockets: options.inFlight })
const summary: ClientSummary = { kind: 'done', requests: 0, refusals: 0, refusalsWithoutTime: 0, slowestMs: 0 }
let asked = 0
/** When it was told to stop. */
let stopAt: number | null = null

process.on('message', () => (stopAt = performance.now()))
process.once('disconnect', () => process.exit(0))
process.send?.({ kind: 'ready' })
await Promise.all(Array.from({ length: options.inFlight }, work))
await log.close()
agent.destroy()
process.send?.(summary)
process.disconnect()

async function work(): Promise<void> {
  while (stopAt === null && (options.count === null || asked < options.count)) {
    const mode = options.modes[asked % options.modes.length] ?? 'ok'
    asked += 1
    await ask(`${mode}.${options.prefix}${asked}`, random() < REPEATED_SHARE)
    if (options.pauseMs > 0) await pause(options.pauseMs)
  }
}

async function ask(token: string, repeated: boolean): Promise<void> {
  await log.write({ kind: 'request', token })
  let wasRefused = false
  for (let tries = asked; ; tries++) {
    const begun = performance.now()
    const line = await tell(token, options.urls[tries % options.urls.length] ?? '')
    const tookMs = Math.round(performance.now() - begun)
    if (line.kind === 'acknowledged') summary.slowestMs = Math.max(summary.slowestMs, tookMs)
    summary.requests += 1
    if (line.kind === 'refused') summary.refusals += 1
    if (line.kind === 'refused' && !line.retryAfter) summary.refusalsWithoutTime += 1
    // An overload is refused many times a second; once says it.
    if (line.kind !== 'refused' || !wasRefused) await log.write(line)
    wasRefused ||= line.kind === 'refused'
    if (line.kind === 'acknowledged') return
    if (line.kind === 'interrupted' && !repeated) return
    if (line.kind === 'refused' && stopAt !== null) return
    if (stopAt !== null && performance.now() - stopAt > GIVEN_UP_MS) return
    await pause(RETRY_MS)
  }
}

async function tell(token: string, url: string): Promise<ClientLine> {
  try {
    const { status, retryAfter, body } = await post(token, url)
    const recordId = body.data?.record_id
    if (status === 202 && recordId !== undefined) return { kind: 'acknowledged', token, recordId }
    const error = body.details?.error ?? 'none'
    if (status === 429 || error === 'queue_full') {
      return { kind: 'refused', token, status, error, retryAfter: retryAfter !== undefined }
    }
    return { kind: 'interrupted', token, why: `${status} ${error}` }
  } catch (error) {
    return { kind: 'interrupted', token, why: (error as NodeJS.ErrnoException).code ?? String(error) }
  }
}

function post(token: string, url: string): Promise<Answer> {
  const body = JSON.stringify({
    template_id: options.templateId,
    recipient: token,
    variables: { code: '123456' },
    idempotency_key: token,
  })
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
  return new Promise((resolve, reject) => {
    const call = request(`${url}/api/messages/send`, { method: 'POST', agent, headers, timeout: ANSWER_MS })
    call.on('timeout', () => call.destroy(new Error('no answer')))
    call.on('error', reject)
    call.on('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        try {
          const parsed = JSON.parse(text) as Answer['body']
          resolve({ status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'], body: parsed })
        } catch {
          reject(new Error(`unreadable answer ${response.statusCode}`))
        }
      })
    })
    call.end(body)
  })
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
