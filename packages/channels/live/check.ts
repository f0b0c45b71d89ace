/** One real message through a real account: settings from a file, keys from the environment, the outcome in words. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { AdapterContext, AnyAdapter, Found, RenderedContent } from '../src/adapter.ts'
import { adapters } from '../src/index.ts'
import { readArguments, USAGE, type LiveRequest } from './arguments.ts'
import { openReceipts } from './receipts.ts'

/** What a script that calls it can tell apart. */
export const EXIT = { accepted: 0, failed: 1, unknown: 2, usage: 64 } as const

export interface LiveDeps {
  env: Record<string, string | undefined>
  print(line: string): void
  now?: () => number
}

/** Adapters that send nothing out of this process. */
const NOT_LIVE = new Set(['sandbox', 'app.inbox'])
const SEND_MS = 30_000
const ID_EPOCH_MS = Date.UTC(2024, 0, 1)

class Refusal extends Error {}

export async function liveCheck(argv: readonly string[], deps: LiveDeps): Promise<number> {
  const read = readArguments(argv)
  if (!read.ok) {
    deps.print(`${read.problem}\n\n${USAGE}`)
    return EXIT.usage
  }
  try {
    return await check(read.request, deps)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    deps.print(error.message)
    return EXIT.usage
  }
}

async function check(request: LiveRequest, { env, print, now = Date.now }: LiveDeps): Promise<number> {
  const adapter = adapterOf(request.adapter)
  const raw = readSettings(resolve(env['INIT_CWD'] ?? '.', request.settingsFile))
  const secrets = secretsOf(adapter, raw, env)
  const checked = adapter.settings(raw)
  if (!checked.ok) throw refusal('settings', checked.errors)
  const channel = adapter.channels.find((each) => request.channel === null || each === request.channel)
  if (!channel)
    throw new Refusal(`expected --channel to be one of ${adapter.channels.join(', ')}, got ${request.channel}`)
  const recipient = adapter.validateRecipient(request.to, channel, checked.value)
  if (!recipient.ok) throw new Refusal(`--to: ${recipient.reason}`)
  const prepared = adapter.prepare(contentOf(request, now()), request.variables, channel, checked.value)
  if (!prepared.ok) throw refusal('the message', prepared.errors)

  const recordId = (now() - ID_EPOCH_MS) * 4096
  const told = (fields: object, message: string) => print(`${message} ${JSON.stringify(fields)}`)
  let receipt: AdapterContext['receipt'] = () => undefined
  const context: AdapterContext = {
    service: { id: 1, name: 'live check', channel },
    ...{ now, secret: (field) => secrets.get(field), log: { info: told, warn: told } },
    receipt: (event) => receipt(event),
    keep: () => undefined,
    inbox: { put: () => Promise.reject(new Error('there is no inbox here')), find: () => Promise.resolve(null) },
  }
  let providerId: string | null = null
  const receipts = await openReceipts({
    ...{ adapter, settings: checked.value, context, port: request.port, print },
    isOurs: (each) => ('recordId' in each ? each.recordId === recordId : each.providerId === providerId),
  })
  receipt = receipts.tell
  if (receipts.address) print(`listening: ${receipts.address}/<receipt token>`)
  try {
    print(`sending: ${adapter.key} to ${recipient.canonical}, one message`)
    const begun = now()
    const [outcome] = await adapter.send(
      {
        ...{ recordId, traceId: traceIdOf(recordId), to: [recipient.to], payload: prepared.payload },
        ...{ purpose: 'notice', unsubscribeUrl: null, idempotencyKey: traceIdOf(recordId) },
        ...{ deadline: begun + SEND_MS, signal: AbortSignal.timeout(SEND_MS) },
      },
      checked.value,
      context,
    )
    if (!outcome) throw new Error('expected one outcome, got none')
    print(`outcome: ${inWords(outcome)}, after ${now() - begun} ms`)
    if (outcome.status === 'failed') return EXIT.failed
    if (outcome.status === 'accepted') providerId = outcome.providerId ?? null
    if (outcome.status === 'accepted' && outcome.final) return EXIT.accepted
    print(`waiting: at most ${request.waitMs / 1000} s for a receipt`)
    const end = await receipts.next(request.waitMs)
    if (end) return end.state === 'failed' ? EXIT.failed : EXIT.accepted
    print('receipt: none came')
    const attempt = { recordId, recipient: recipient.canonical, providerId, idempotencyKey: traceIdOf(recordId) }
    const found = await adapter.reconcile?.({ ...attempt, at: begun }, checked.value, context)
    if (found) print(`look-up: ${found === 'not_found' ? 'the provider has no such message' : inWords(found)}`)
    if (found === 'not_found' || (found && found.status === 'failed')) return EXIT.failed
    return (found ?? outcome).status === 'unknown' ? EXIT.unknown : EXIT.accepted
  } finally {
    await receipts.close()
    await adapter.close?.(1)
  }
}

function adapterOf(key: string): AnyAdapter {
  const live = adapters().filter((each) => !NOT_LIVE.has(each.key))
  const adapter = live.find((each) => each.key === key)
  if (!adapter) throw new Refusal(`expected an adapter of ${live.map((each) => each.key).join(', ')}, got ${key}`)
  return adapter
}

function readSettings(file: string): Record<string, unknown> {
  try {
    const read: unknown = JSON.parse(readFileSync(file, 'utf8'))
    if (typeof read === 'object' && read !== null && !Array.isArray(read)) return read as Record<string, unknown>
  } catch (error) {
    throw new Refusal(`expected ${file} to hold settings as JSON: ${error instanceof Error ? error.message : ''}`)
  }
  throw new Refusal(`expected ${file} to hold an object of settings`)
}

/** Keys come from the environment alone: a file is copied, and shows up where nobody meant it to. */
function secretsOf(
  adapter: AnyAdapter,
  raw: Record<string, unknown>,
  env: LiveDeps['env'],
): ReadonlyMap<string, string> {
  const secrets = new Map<string, string>()
  const missing: string[] = []
  for (const [field, node] of Object.entries(adapter.form?.schema.properties ?? {})) {
    const given = raw[field]
    if (node.secret !== true || given === undefined) continue
    const name = typeof given === 'object' && given !== null && 'env' in given ? given.env : undefined
    if (typeof name !== 'string') throw new Refusal(`expected ${field} to be {"env": "SECRET_…"}, got something else`)
    const value = env[name]
    if (value) secrets.set(field, value)
    else missing.push(`${name} (${field})`)
  }
  if (missing.length > 0) throw new Refusal(`expected these variables to be set, got none: ${missing.join(', ')}`)
  return secrets
}

function contentOf({ templateId, subject, text }: LiveRequest, at: number): RenderedContent {
  const standard = `Signalbox live check, ${new Date(at).toISOString()}`
  return {
    ...{ templateId, templateVersion: 1, templateName: 'live check' },
    ...{ subject: subject ?? standard, text: text ?? standard, html: null },
  }
}

function inWords(outcome: Exclude<Found, 'not_found'>): string {
  if (outcome.status === 'delivered') return 'delivered'
  if (outcome.status === 'accepted') {
    const { providerId, segments, final } = outcome
    const known = [providerId && `provider id ${providerId}`, segments && `${segments} segments`].filter(Boolean)
    return ['accepted', ...known, ...(final ? ['no receipt will come'] : [])].join(', ')
  }
  const { status, code, detail } = outcome
  return `${status}, ${code}, ${detail}${outcome.status === 'failed' ? ` (${outcome.category} of the ${outcome.scope})` : ''}`
}

function refusal(what: string, errors: readonly { field: string; message: string }[]): Refusal {
  return new Refusal(`${what}: ${errors.map(({ field, message }) => `${field}: ${message}`).join('; ')}`)
}

function traceIdOf(recordId: number): string {
  const digits = recordId.toString(32).padStart(11, '0')
  return `msg_${[...digits].map((digit) => '0123456789ABCDEFGHJKMNPQRSTVWXYZ'.charAt(parseInt(digit, 32))).join('')}`
}
