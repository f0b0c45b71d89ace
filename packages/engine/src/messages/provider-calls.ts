/**
 * Asking providers, each call with its deadline. One timer stands for all of them, and the signal that tells an adapter to
 * give up is made when the adapter looks at it: both cost more than a call to a provider that answers at once.
 */
import type { Delivery, Outcome } from '@signalbox/channels/adapter'
import type { Clock } from '../clock.ts'
import { traceIdOf } from '../ids.ts'
import type { ReadyService } from '../services/registry.ts'
import type { Settings } from '../settings/settings.ts'
import type { MessageRecord } from './record.ts'
import type { MessageStore } from './store.ts'

export interface ProviderCallsDeps {
  store: Pick<MessageStore, 'resolveLate'>
  settings: Settings
  clock: Clock
  /** What the provider said, also when it said it too late. */
  answered: (record: MessageRecord, outcome: Outcome) => void
  /** A record changed on disk. */
  changed: (record: MessageRecord) => void
  onError: (where: string, error: unknown) => void
  /** Aborted when the engine waits no longer for providers: what is with them then is unknown. */
  abandoned: AbortSignal
}

interface Call {
  /** Monotonic. */
  deadline: number
  timeoutMs: number
  giveUp(code: string, why: string): void
}

/** What the pipeline made ready for the adapter. */
export type Handover = Pick<Delivery<unknown, unknown>, 'payload' | 'purpose' | 'unsubscribeUrl'> & { to: unknown }

/** The answer of the provider, or what the lack of one means. Never rejects. */
export type CallProvider = (
  record: MessageRecord,
  service: ReadyService,
  { payload, to, purpose, unsubscribeUrl }: Handover,
) => Promise<Outcome>

export function createProviderCalls(deps: ProviderCallsDeps): CallProvider {
  const { store, settings, clock } = deps
  const open = new Set<Call>()
  let timerFor = Number.POSITIVE_INFINITY
  let cancelTimer: () => void = () => undefined

  deps.abandoned.addEventListener('abort', () => {
    for (const call of open) call.giveUp('stopped', 'no answer before the engine stopped')
  })

  function watch(call: Call): void {
    open.add(call)
    if (call.deadline < timerFor) setTimer(call.deadline)
  }

  function setTimer(deadline: number): void {
    cancelTimer()
    timerFor = deadline
    cancelTimer = clock.after(deadline - clock.monotonic(), look)
  }

  function look(): void {
    timerFor = Number.POSITIVE_INFINITY
    const now = clock.monotonic()
    let next = Number.POSITIVE_INFINITY
    for (const call of open) {
      if (call.deadline <= now) call.giveUp('timeout', `no answer within ${call.timeoutMs} ms`)
      else next = Math.min(next, call.deadline)
    }
    if (next < Number.POSITIVE_INFINITY) setTimer(next)
  }

  function forget(call: Call): void {
    open.delete(call)
    if (open.size > 0) return
    // Nothing to look at: an idle engine has no timer.
    cancelTimer()
    timerFor = Number.POSITIVE_INFINITY
  }

  async function ask(service: ReadyService, delivery: Delivery<never, unknown>): Promise<Outcome> {
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

  return (record, service, { payload, to, purpose, unsubscribeUrl }) =>
    new Promise((resolve) => {
      const timeoutMs = settings.values.providerTimeoutMs
      let abort: AbortController | null = null
      let gaveUp = false
      const call: Call = {
        deadline: clock.monotonic() + timeoutMs,
        timeoutMs,
        giveUp(code, why) {
          gaveUp = true
          forget(call)
          abort?.abort()
          resolve({ status: 'unknown', code, detail: `${why}: it may have been sent` })
        },
      }
      watch(call)
      const traceId = traceIdOf(record.id)
      const delivery = {
        recordId: record.id,
        traceId,
        to: [to],
        payload,
        purpose,
        unsubscribeUrl,
        idempotencyKey: traceId,
        deadline: clock.now() + timeoutMs,
        get signal() {
          abort ??= new AbortController()
          if (gaveUp) abort.abort()
          return abort.signal
        },
      }
      void ask(service, delivery as Delivery<never, unknown>).then((outcome) => {
        deps.answered(record, outcome)
        if (gaveUp) return settleLate(record, outcome)
        forget(call)
        return resolve(outcome)
      })
    })
}
