/**
 * Asking providers what became of messages: of those whose outcome is unknown, where the adapter can find out, and of sent ones
 * whose receipts have to be fetched one by one. When is derived from the end of the sending and from the looks on disk, so that
 * nothing is written for it before there is something to say, and a restart forgets none.
 *
 * Of several engines on a store one asks at a time. A crash between the look and its write repeats the look, which changes nothing
 * at the provider. An answer counts for the attempt that it was asked for.
 */
import type { Found, PastAttempt } from '@signalbox/channels/adapter'
import type { Clock } from '../clock.ts'
import { EngineError } from '../errors.ts'
import type { Events } from '../events.ts'
import { firstIdAt, traceIdOf } from '../ids.ts'
import type { Limiter } from '../limiter/limiter.ts'
import { alone } from '../lock/alone.ts'
import type { Fence, Locks } from '../lock/lock.ts'
import type { MessageRecord } from '../messages/record.ts'
import type { MessageStore } from '../messages/store.ts'
import type { Queues } from '../queue/queues.ts'
import type { Configured, ServiceRegistry } from '../services/registry.ts'
import type { Settings } from '../settings/settings.ts'
import { nextLookAt } from './schedule.ts'
import type { Look, LookCandidate, LookStore, LookWrite } from './store.ts'

export interface LookupReport {
  /** Times it was asked, by itself or for an operator. */
  asked: number
  lastAt: number | null
  lastAnswer: Look['answer'] | null
  /** Epoch ms; null: it is not asked again by itself. */
  nextAt: number | null
}

export interface LookupResult {
  look: Look
  /** As it stands after that. */
  record: MessageRecord
  nextAt: number | null
}

export interface Lookups {
  /** Asks what is due. For a duty: cheap when nothing is. */
  run(): Promise<void>
  /**
   * Asks now, whatever is due; audited. Throws `message_not_found`, and `wrong_state` when its provider cannot be asked or its outcome
   * is no question any more.
   */
  ask(id: number): Promise<LookupResult>
  /** Null when its provider cannot be asked. */
  report(record: MessageRecord): Promise<LookupReport | null>
  /** Gives up what is being asked: nothing is written of it. */
  close(): Promise<void>
}

export interface LookupsDeps {
  store: LookStore
  messages: Pick<MessageStore, 'get' | 'audit'>
  services: Pick<ServiceRegistry, 'known' | 'list' | 'health'>
  limiter: Pick<Limiter, 'take'>
  queues: Pick<Queues, 'push'>
  locks: Locks
  settings: Settings
  clock: Clock
  events: Events
  changed: (record: MessageRecord) => void
  onError: (where: string, error: unknown) => void
}

const LOCK = 'lookups'
/** Messages looked through in one reading, and looked at in one round. */
const SCANNED = 2_000
const ROUND = 1_000
/** What another engine made unknown is noticed within this time. */
const LONGEST_QUIET_MS = 60_000
/** A service that may not be asked now is tried again after this time. */
const PUT_OFF_MS = 5_000

export function createLookups(deps: LookupsDeps): Lookups {
  const { store, messages, services, settings, clock, events } = deps
  const closing = new AbortController()
  let running: Promise<void> = Promise.resolve()
  /** Nothing is due before. */
  let quietUntil = 0
  const offs = [
    events.on('message:unknown', ({ finishedAt }) => {
      quietUntil = Math.min(quietUntil, (finishedAt ?? 0) + settings.values.lookup.firstMs)
    }),
    events.on('settings:changed', () => (quietUntil = 0)),
    events.on('service:changed', () => (quietUntil = 0)),
  ]

  /** By the state in which its messages may be asked after. */
  function askable(state: 'unknown' | 'sent', byItself: boolean): (id: number) => Configured | null {
    return (id) => {
      const service = services.known(id)
      if (!service?.adapter.reconcile || (byItself && service.record.disabledBecause !== null)) return null
      const { lookup, receipt } = service.adapter.capabilities(service.settings)
      const fits = state === 'unknown' || !byItself || receipt === 'poll'
      return lookup && fits ? service : null
    }
  }

  /** Never rejects: whatever goes wrong says nothing of the message. */
  async function inquire({ adapter, settings: config, context }: Configured, attempt: PastAttempt): Promise<Found> {
    const timeoutMs = settings.values.providerTimeoutMs
    return new Promise((resolve) => {
      const unknown = (code: string, detail: string) => {
        cancel()
        closing.signal.removeEventListener('abort', stop)
        resolve({ status: 'unknown', code, detail })
      }
      const cancel = clock.after(timeoutMs, () => unknown('timeout', `no answer within ${timeoutMs} ms`))
      const stop = () => unknown('stopped', 'the engine stopped')
      closing.signal.addEventListener('abort', stop)
      const asking = Promise.resolve().then(() => adapter.reconcile?.(attempt, config, context) ?? 'not_found')
      asking.then(
        (found) => {
          cancel()
          closing.signal.removeEventListener('abort', stop)
          resolve(found)
        },
        (error: unknown) => {
          deps.onError(`adapter ${adapter.key}`, error)
          unknown('adapter_error', error instanceof Error ? error.message : String(error))
        },
      )
    })
  }

  /** Null when it could not be written any more, or the lock is lost. */
  async function look(service: Configured, record: MessageRecord, lock?: Fence): Promise<LookupResult | null> {
    const { id, recipient, providerId, claimedAt, acceptedAt, attempt, fence } = record
    const startedAt = clock.now()
    const past = { recordId: id, recipient, providerId, idempotencyKey: traceIdOf(id), at: claimedAt ?? acceptedAt }
    const found = await inquire(service, past)
    if (closing.signal.aborted) return null
    const at = clock.now()
    const written: LookWrite = {
      ...{ recordId: id, attempt, serviceId: service.record.id, startedAt, at, fence, ...read(found) },
      maxRetries: settings.values.maxRetries,
    }
    const result = await store.write(written, lock)
    if (!result) return null
    if (result.entry) deps.queues.push([result.entry])
    if (result.moved) deps.changed(result.record)
    const { answer, code, detail } = written
    return {
      look: { recordId: id, attempt, serviceId: service.record.id, startedAt, at, answer, code, detail },
      record: result.record,
      nextAt: nextOf(result.record, at),
    }
  }

  function nextOf({ state, finishedAt, serviceId }: MessageRecord, lookedAt: number | null): number | null {
    if ((state !== 'unknown' && state !== 'sent') || finishedAt === null || serviceId === null) return null
    return askable(state, true)(serviceId) && nextLookAt(finishedAt, lookedAt, settings.values.lookup)
  }

  /** When it is to be looked at again; null when not by itself. */
  async function lookInTurn(candidate: LookCandidate, state: 'unknown' | 'sent', lock: Fence): Promise<number | null> {
    const { id, serviceId } = candidate
    const service = askable(state, true)(serviceId)
    if (!service) return null
    const resources = [`service:${serviceId}`, `service:${service.record.name}`]
    if (services.health(serviceId).breaker === 'open') return clock.now() + PUT_OFF_MS
    const decision = await deps.limiter.take(resources, clock.monotonic())
    if (!decision.allowed) return clock.now() + Math.max(PUT_OFF_MS, decision.retryAfterMs)
    try {
      const record = await messages.get(id)
      if (record?.state !== state || record.serviceId !== serviceId) return null
      return (await look(service, record, lock))?.nextAt ?? null
    } finally {
      decision.release()
    }
  }

  async function round(lock: Fence, signal: AbortSignal): Promise<void> {
    const { lookup } = settings.values
    const begun = clock.now()
    const from = begun - lookup.untilMs
    let next = begun + LONGEST_QUIET_MS
    let looks = 0
    const later = (at: number | null) => {
      if (at !== null) next = Math.min(next, at)
    }
    for (const state of ['unknown', 'sent'] as const) {
      const asks = askable(state, true)
      const serviceIds = services.list().flatMap(({ id }) => (asks(id) ? [id] : []))
      // Sent messages have no index of their own: those that were accepted since.
      let after: number | null = state === 'unknown' ? 0 : firstIdAt(Math.max(0, from))
      while (serviceIds.length > 0 && after !== null && looks < ROUND && !over(signal)) {
        const page = await store.candidates({ state, serviceIds, from, after, scan: SCANNED })
        const due = page.found.filter(({ finishedAt, lookedAt }) => {
          const at = nextLookAt(finishedAt, lookedAt, lookup)
          if (at !== null && at > clock.now()) later(at)
          return at !== null && at <= clock.now()
        })
        looks += due.length
        await each(due, lookup.atOnce, async (candidate) => {
          if (!over(signal)) later(await lookInTurn(candidate, state, lock))
        })
        after = page.next
      }
      if (after !== null && serviceIds.length > 0) next = 0
    }
    quietUntil = next
  }

  const over = (signal: AbortSignal) => signal.aborted || closing.signal.aborted

  return {
    run() {
      if (closing.signal.aborted || clock.now() < quietUntil || settings.values.lookup.untilMs === 0) return running
      if (services.list().some(({ id }) => askable('unknown', true)(id))) running = alone(deps.locks, LOCK, round)
      else quietUntil = clock.now() + LONGEST_QUIET_MS
      return running
    },
    async ask(id) {
      const record = await messages.get(id)
      if (!record) throw new EngineError('message_not_found', `message ${id} not found`)
      const { state, serviceId } = record
      if (state !== 'unknown' && state !== 'sent') {
        throw new EngineError('wrong_state', `expected a message to ask after to be unknown or sent, got ${state}`)
      }
      const service = serviceId === null ? null : askable(state, false)(serviceId)
      if (!service) {
        throw new EngineError(
          'wrong_state',
          'expected a message whose provider can tell what became of it, got one whose provider cannot',
        )
      }
      await messages.audit('lookup', id, null, clock.now())
      const result = await look(service, record)
      if (!result) throw new EngineError('not_accepting', 'the engine stopped while the provider was asked')
      return result
    },
    async report(record) {
      const { id, state, serviceId } = record
      if ((state !== 'unknown' && state !== 'sent') || serviceId === null || !askable(state, false)(serviceId))
        return null
      const looks = await store.of(id)
      const last = looks.at(-1)
      const nextAt = nextOf(record, last?.at ?? null)
      return { asked: looks.length, lastAt: last?.at ?? null, lastAnswer: last?.answer ?? null, nextAt }
    },
    async close() {
      for (const off of offs) off()
      closing.abort()
      await running.catch(() => undefined)
    },
  }
}

/** What a provider said, as it is kept. */
function read(found: Found): Pick<LookWrite, 'answer' | 'code' | 'detail' | 'providerId' | 'deliveredAt'> {
  const nothing = { code: null, detail: null, providerId: null, deliveredAt: null }
  if (found === 'not_found') return { ...nothing, answer: 'not_found' }
  switch (found.status) {
    case 'accepted':
      return { ...nothing, answer: 'accepted', providerId: found.providerId ?? null }
    case 'delivered':
      return { ...nothing, answer: 'delivered', deliveredAt: found.at ?? null }
    case 'failed':
    case 'unknown':
      return { ...nothing, answer: found.status, code: found.code, detail: found.detail }
  }
}

/** So many at a time. */
async function each<T>(all: readonly T[], atOnce: number, act: (one: T) => Promise<void>): Promise<void> {
  const left = all[Symbol.iterator]()
  const worker = async () => {
    for (let next = left.next(); !next.done; next = left.next()) await act(next.value)
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, all.length) }, worker))
}
