/**
 * The fake provider, a process of its own: writes each call down, synced, before it answers, and answers as the mode in
 * the recipient says.
 */
import { seededRandom } from '@signalbox/channels'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ProviderLine } from '../rig/lines.ts'
import { modeOf } from '../rig/mode.ts'
import { RETRY_AFTER_SECONDS } from '../rig/retry-after.ts'
import { openLog } from '../rig/synced-log.ts'

export interface ProviderOptions {
  log: string
  seed: number
  /** Milliseconds from the call to the answer, uniform. */
  latencyMs: { min: number; max: number }
  /** When a late answer comes. */
  lateMs: number
}

export interface ProviderCall {
  token: string
  recordId: number
}

const BUSY_CALLS = 2

const { log: path, seed, latencyMs, lateMs } = JSON.parse(process.argv[2] ?? '{}') as ProviderOptions
const log = await openLog<ProviderLine>(path)
const random = seededRandom(seed)
const calls = new Map<string, number>()

const server = createServer({ keepAliveTimeout: 600_000, requestTimeout: 0 }, (request, response) => {
  void answer(request, response).catch(() => response.destroy())
})
server.listen(0, '127.0.0.1', () => {
  process.send?.({ kind: 'ready', url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
})
// Whoever started it has gone: so does it.
process.once('disconnect', () => process.exit(0))

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { token, recordId } = JSON.parse(await bodyOf(request)) as ProviderCall
  const call = (calls.get(token) ?? 0) + 1
  calls.set(token, call)
  const mode = modeOf(token)
  const took = !((mode === 'busy' && call <= BUSY_CALLS) || (mode === 'limited' && call === 1))
  await log.write({ token, recordId, at: Date.now(), took })
  // Tells a caller that wants to die now that the call is under way (RFC 9110, 15.2).
  response.writeProcessing()
  await pause(mode === 'late' ? lateMs : latencyMs.min + random() * (latencyMs.max - latencyMs.min))
  if (!took) return refuse(response, mode)
  switch (mode) {
    case 'timeout':
      return
    case 'reset':
      request.socket.resetAndDestroy()
      return
    case 'garbage':
      response.writeHead(200, { 'content-type': 'application/json' }).end('<html>{"id": undefined')
      return
    case 'broken':
      response.writeHead(500).end()
      return
    case 'ok':
    case 'busy':
    case 'limited':
    case 'late':
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ id: `p-${token}-${call}` }))
  }
}

function refuse(response: ServerResponse, mode: string): void {
  if (mode === 'limited') response.writeHead(429, { 'retry-after': String(RETRY_AFTER_SECONDS) }).end()
  else response.writeHead(503).end()
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
