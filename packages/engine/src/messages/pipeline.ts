/**
 * One message from the queue to its result, in named steps: admit → claim → prepare → send → settle.
 *
 * The worker is free as soon as the result is known: its next claim travels in the commit that settles this one, so that a
 * message costs a worker one commit, not two.
 *
 * Contract: nothing is asked of a provider before `sending` is on disk; whatever happens after that ends in a settle, or,
 * when this process dies, in recovery. A step before the claim leaves the message where it was and uses up no attempt.
 */
import type { Outcome } from '@signalbox/channels/adapter'
import type { Clock } from '../clock.ts'
import type { Queues } from '../queue/queues.ts'
import type { Entry } from '../queue/store.ts'
import type { ReadyService } from '../services/registry.ts'
import type { Settings } from '../settings/settings.ts'
import { renderContent, type TemplateCatalogue } from '../templates/catalogue.ts'
import type { AttemptTrace, Tracer } from '../tracer/tracer.ts'
import { traceIdOf } from '../ids.ts'
import type { Admitted } from './admission.ts'
import { decideSettlement } from './outcome.ts'
import type { FreshRecords } from './fresh.ts'
import type { MessageRecord } from './record.ts'
import type { ClaimResult, MessageStore } from './store.ts'

export interface PipelineDeps {
  store: MessageStore
  admit: (entry: Entry) => Promise<Admitted | null>
  catalogue: TemplateCatalogue
  queues: Queues
  tracer: Tracer
  settings: Settings
  clock: Clock
  random: () => number
  fresh: FreshRecords
  /** A record changed on disk. */
  changed: (record: MessageRecord) => void
  onError: (where: string, error: unknown) => void
  /** Aborted when the engine waits no longer for providers: what is with them then is unknown. */
  abandoned: AbortSignal
}

type Claimed = Extract<ClaimResult, { kind: 'claimed' }>

export function createPipeline(deps: PipelineDeps): (entry: Entry, worker: string) => Promise<void> {
  const { store, catalogue, queues, tracer, settings, clock } = deps
  const window = queues.window('message.send')

  /** The answer of the provider, or what the lack of one means. Never rejects. */
  async function send(record: MessageRecord, service: ReadyService, payload: unknown, to: unknown): Promise<Outcome> {
    const timeoutMs = settings.values.providerTimeoutMs
    const abort = new AbortController()
    const { promise: gaveUp, resolve } = Promise.withResolvers<Outcome>()
    const giveUp = (code: string, why: string) => {
      abort.abort()
      resolve({ status: 'unknown', code, detail: `${why}: it may have been sent` })
    }
    const cancelTimer = clock.after(timeoutMs, () => giveUp('timeout', `no answer within ${timeoutMs} ms`))
    const abandon = () => giveUp('stopped', 'no answer before the engine stopped')
    deps.abandoned.addEventListener('abort', abandon)
    const delivery = {
      recordId: record.id,
      traceId: traceIdOf(record.id),
      to: [to],
      payload,
      idempotencyKey: traceIdOf(record.id),
      deadline: clock.now() + timeoutMs,
      signal: abort.signal,
    }
    const answer = callAdapter(service, delivery)
    void answer.then((outcome) => {
      if (abort.signal.aborted) return settleLate(record, outcome)
    })
    const outcome = await Promise.race([answer, gaveUp])
    cancelTimer()
    deps.abandoned.removeEventListener('abort', abandon)
    return outcome
  }

  async function callAdapter(
    service: ReadyService,
    delivery: Parameters<typeof service.adapter.send>[0],
  ): Promise<Outcome> {
    try {
      const [outcome] = await service.adapter.send(delivery, service.settings, service.context)
      return (
        outcome ?? {
          status: 'unknown',
          code: 'no_outcome',
          detail: `${service.adapter.key} answered without an outcome`,
        }
      )
    } catch (error) {
      deps.onError(`adapter ${service.adapter.key}`, error)
      return {
        status: 'unknown',
        code: 'adapter_error',
        detail: error instanceof Error ? error.message : String(error),
      }
    }
  }

  /** An answer after its message was given up as `unknown` may still resolve that. */
  async function settleLate(record: MessageRecord, outcome: Outcome): Promise<void> {
    if (outcome.status === 'unknown') return
    const sent = outcome.status === 'accepted'
    try {
      const settled = await store.resolveLate({
        id: record.id,
        fence: record.fence,
        state: sent ? 'sent' : 'failed',
        providerId: sent ? (outcome.providerId ?? null) : null,
        errorCode: sent ? null : outcome.code,
        errorMessage: sent ? null : outcome.detail,
        now: clock.now(),
      })
      if (settled) deps.changed(settled)
    } catch (error) {
      deps.onError('late result', error)
    }
  }

  async function attempt(
    { record, attemptBase }: Claimed,
    service: ReadyService,
    entry: Entry,
    trace: AttemptTrace,
  ): Promise<void> {
    const { outcome, responseMs } = await prepareAndSend(record, service, trace)
    const now = clock.now()
    const settlement = decideSettlement(outcome, {
      attempt: record.attempt - attemptBase,
      unknownPolicy: settings.values.unknownPolicy[record.channel],
      settings: settings.values,
      random: deps.random,
      now,
    })
    if (responseMs !== null) {
      const status = outcome.status === 'accepted' ? 'succeeded' : outcome.status
      trace.answered(status, settlement.receipt, settlement.error ?? undefined)
    }
    const settling = store.settle({
      record,
      state: settlement.state,
      providerId: settlement.providerId,
      errorCode: settlement.error?.code ?? null,
      errorMessage: settlement.error?.message ?? null,
      retry: settlement.retryAt === null ? null : { dueAt: settlement.retryAt, entry },
      responseMs,
      nodes: trace.nodes,
      now,
    })
    queues.finish(
      settling
        .then((settled) => {
          if (!settled) return
          if (settlement.retryAt !== null) queues.delay(settlement.retryAt)
          deps.changed(settled)
        })
        .finally(trace.end),
    )
  }

  async function prepareAndSend(
    record: MessageRecord,
    service: ReadyService,
    trace: AttemptTrace,
  ): Promise<{ outcome: Outcome; responseMs: number | null }> {
    const prepared = await prepare(record, service)
    if (prepared.status !== 'ready') {
      trace.prepared({ code: prepared.code, message: prepared.detail })
      return { outcome: prepared, responseMs: null }
    }
    trace.prepared()
    const begun = clock.monotonic()
    const outcome = await send(record, service, prepared.payload, prepared.to)
    return { outcome, responseMs: clock.monotonic() - begun }
  }

  type Prepared = { status: 'ready'; payload: unknown; to: unknown } | Extract<Outcome, { status: 'failed' }>

  async function prepare(record: MessageRecord, { adapter, settings: config }: ReadyService): Promise<Prepared> {
    const refuse = (
      category: 'template' | 'invalid_recipient' | 'content',
      code: string,
      detail: string,
    ): Prepared => ({
      status: 'failed',
      category,
      scope: 'message',
      code,
      detail,
    })
    try {
      const recipient = adapter.validateRecipient(record.recipient, record.channel, config)
      if (!recipient.ok) return refuse('invalid_recipient', 'invalid_recipient', recipient.reason)
      const template = await catalogue.published(record.templateId, record.templateVersion)
      const content = renderContent(template, record.variables)
      const prepared = adapter.prepare(content, record.variables, record.channel, config)
      if (prepared.ok) return { status: 'ready', payload: prepared.payload, to: recipient.to }
      return refuse(
        'content',
        'invalid_content',
        prepared.errors.map(({ field, message }) => `${field}: ${message}`).join('; '),
      )
    } catch (error) {
      return refuse('template', 'render_failed', error instanceof Error ? error.message : String(error))
    }
  }

  return async function process(entry, worker) {
    const admission = await deps.admit(entry)
    if (!admission) return
    const { service } = admission
    try {
      const claim = await store.claim({
        entry,
        resident: window.isResident(entry.id),
        serviceId: service.record.id,
        now: clock.now(),
        fresh: deps.fresh.take(entry.id),
      })
      window.release(entry)
      if (claim.kind === 'gone') return
      deps.changed(claim.record)
      if (claim.kind === 'expired') return
      await attempt(claim, service, entry, tracer.begin(claim.record, claim.queuedAt, worker))
    } finally {
      admission.release()
    }
  }
}
