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
import { awayForMs, type Patiently } from '../patience.ts'
import type { Queues } from '../queue/queues.ts'
import type { Entry } from '../queue/store.ts'
import type { ServiceRegistry } from '../services/registry.ts'
import type { Settings } from '../settings/settings.ts'
import type { AttemptTrace, Tracer } from '../tracer/tracer.ts'
import type { Admit, Admitted } from './admission.ts'
import { decideSettlement } from './outcome.ts'
import type { FreshRecords } from './fresh.ts'
import type { Prepare } from './prepare.ts'
import type { CallProvider } from './provider-calls.ts'
import type { MessageRecord } from './record.ts'
import type { ClaimResult, MessageStore } from './store.ts'
import type { TurnedDown } from './turned-down.ts'

export interface PipelineDeps {
  store: MessageStore
  services: Pick<ServiceRegistry, 'inOrder'>
  admit: Admit
  prepare: Prepare
  patiently: Patiently
  queues: Queues
  tracer: Tracer
  settings: Settings
  clock: Clock
  random: () => number
  fresh: FreshRecords
  /** A record changed on disk. */
  changed: (record: MessageRecord) => void
  callProvider: CallProvider
  turnedDown: Pick<TurnedDown, 'by'>
  /** Whether this node may still send: others may have ended it since the claim. True at once where it may. */
  maySend: () => true | Promise<boolean>
  /** Aborted when the engine waits for nothing more. */
  abandoned: AbortSignal
}

type Claimed = Extract<ClaimResult, { kind: 'claimed' }>

export function createPipeline(deps: PipelineDeps): (entry: Entry, worker: string) => Promise<void> {
  const { store, queues, tracer, settings, clock, patiently } = deps
  const window = queues.window('message.send')

  async function attempt(
    { record, attemptBase }: Claimed,
    { service, reservation }: Admitted,
    entry: Entry,
    trace: AttemptTrace,
  ): Promise<void> {
    const preparing = patiently(() => deps.prepare(record, service))
    const prepared = preparing instanceof Promise ? await preparing : preparing
    let outcome: Outcome
    let responseMs: number | null = null
    const maySend = deps.maySend()
    if (maySend !== true && !(await maySend)) {
      // Others decide what becomes of it, or have.
      trace.end()
      return
    }
    if (prepared.status === 'ready') {
      trace.prepared()
      const begun = clock.monotonic()
      outcome = await deps.callProvider(record, service, prepared)
      responseMs = clock.monotonic() - begun
      reservation.answered(outcome)
    } else {
      trace.prepared({ code: prepared.code, message: prepared.detail })
      outcome = prepared
    }
    const now = clock.now()
    const settlement = decideSettlement(outcome, {
      attempt: record.attempt - attemptBase,
      unknownPolicy: settings.values.unknownPolicy[record.channel],
      settings: settings.values,
      random: deps.random,
      anotherIsReady: () =>
        deps.services.inOrder(record.channel, record.recipient).some((other) => other.account !== service.account),
      now,
    })
    if (responseMs !== null) {
      const status = outcome.status === 'accepted' ? 'succeeded' : outcome.status
      trace.answered(status, settlement.receipt, settlement.error ?? undefined)
    }
    if (settlement.elsewhere) deps.turnedDown.by(record.id, service.record.id)
    const settling = store.settle({
      record,
      state: settlement.state,
      providerId: settlement.providerId,
      errorCode: settlement.error?.code ?? null,
      errorMessage: settlement.error?.message ?? null,
      retry: settlement.retryAt === null ? null : { dueAt: settlement.retryAt, entry },
      responseMs,
      // Certain not to have been sent: it uses nobody's quota.
      quotaBack: outcome.status === 'failed' ? reservation.quotaDay : null,
      nodes: trace.nodes,
      now,
    })
    queues.finish(settling, (settled) => {
      trace.end()
      if (!settled) return
      // Unless a receipt said meanwhile that it got there.
      if (settled.state === 'queued') queues.delay(settled.dueAt)
      deps.changed(settled)
    })
  }

  return async function process(entry, worker) {
    let admission: Admitted | null = null
    try {
      const admitting = patiently(() => deps.admit(entry))
      admission = admitting instanceof Promise ? await admitting : admitting
      if (!admission) return
      const { service, reservation } = admission
      const claim = await store.claim({
        entry,
        resident: window.isResident(entry.id),
        serviceId: service.record.id,
        quotaDay: reservation.quotaDay,
        now: clock.now(),
        fresh: deps.fresh.take(entry.id),
      })
      window.release(entry)
      if (claim.kind === 'gone') return
      deps.changed(claim.record)
      if (claim.kind === 'expired') return
      await attempt(claim, admission, entry, tracer.begin(claim.record, claim.queuedAt, worker))
    } catch (error) {
      // What could not be read before the engine stopped stays as it is: the next start finds it.
      if (!deps.abandoned.aborted || awayForMs(error) === null) throw error
    } finally {
      admission?.release()
    }
  }
}
