/**
 * One real message by one service, to see whether it works: outside the queue, its limits and its statistics, also by a service
 * that is paused or disabled. Audited before it leaves, never repeated.
 */
import type { AdapterContext, FailureCategory, Outcome, RenderedContent } from '@signalbox/channels/adapter'
import type { Purpose, Variables } from '@signalbox/contracts'
import type { Clock } from '../clock.ts'
import { EngineError } from '../errors.ts'
import { traceIdOf, type NextId } from '../ids.ts'
import type { MessageStore } from '../messages/store.ts'
import type { Settings } from '../settings/settings.ts'
import { checkVariables, renderContent, type TemplateCatalogue } from '../templates/catalogue.ts'
import { refusedRecipient, type Configured, type ServiceRegistry } from './registry.ts'

export interface TrialInput {
  recipient: string
  subject?: string | undefined
  /** Of its own, or of a template as it is published; a standing sentence without either. */
  text?: string | undefined
  templateId?: number | undefined
  variables?: Variables
}

export interface TrialResult {
  status: Outcome['status']
  code: string | null
  detail: string | null
  category: FailureCategory | null
  providerId: string | null
  durationMs: number
  segments: number | null
}

/** Fails with `service_not_found`, with what `checkVariables` says, or with `invalid_recipient` when this service refuses it. */
export type TryService = (serviceId: number, input: TrialInput) => Promise<TrialResult>

export interface TrialDeps {
  services: Pick<ServiceRegistry, 'get' | 'configured'>
  catalogue: Pick<TemplateCatalogue, 'active'>
  store: Pick<MessageStore, 'audit'>
  settings: Settings
  clock: Clock
  nextId: NextId
}

export function createTrial(deps: TrialDeps): TryService {
  const { services, clock, settings } = deps

  async function contentOf({ record }: Configured, input: TrialInput, variables: Record<string, string>) {
    const { subject = null, text, templateId } = input
    if (templateId === undefined) {
      const shown = text ?? `Signalbox: test of service ${record.name}`
      const content: RenderedContent = {
        ...{ templateId: 0, templateVersion: 0, templateName: 'test', subject, text: shown, html: null },
      }
      return { content, purpose: 'notice' as const }
    }
    const template = await deps.catalogue.active(templateId)
    if (template.channel !== record.channel) {
      const message = `expected a template of channel ${record.channel}, got one of ${template.channel}`
      throw new EngineError('invalid', message, {
        issues: [
          { path: 'template_id', expected: `a template of channel ${record.channel}`, got: template.channel, message },
        ],
      })
    }
    Object.assign(variables, checkVariables(template, input.variables ?? {}))
    return { content: renderContent(template, variables), purpose: template.purpose }
  }

  function recipientOf({ adapter, record, settings: config }: Configured, raw: string): unknown {
    const checked = adapter.validateRecipient(raw, record.channel, config)
    if (checked.ok) return checked.to
    throw refusedRecipient(raw, 'recipient', checked.reason)
  }

  async function handOver(
    { adapter, settings: config, context }: Configured,
    to: unknown,
    payload: unknown,
    purpose: Purpose,
  ) {
    const id = deps.nextId()
    const abort = new AbortController()
    const timeoutMs = settings.values.providerTimeoutMs
    const delivery = {
      ...{ recordId: id, traceId: traceIdOf(id), idempotencyKey: traceIdOf(id), to: [to], payload },
      ...{ purpose, unsubscribeUrl: null },
      ...{ deadline: clock.now() + timeoutMs, signal: abort.signal },
    }
    return new Promise<Outcome>((resolve) => {
      const unknown = (code: string, detail: string) => resolve({ status: 'unknown', code, detail })
      const cancel = clock.after(timeoutMs, () => {
        unknown('timeout', `no answer within ${timeoutMs} ms: it may have been sent`)
        abort.abort()
      })
      const answered = (outcome: Outcome | undefined) => {
        cancel()
        if (outcome) resolve(outcome)
        else unknown('no_outcome', `${adapter.key} answered without an outcome`)
      }
      adapter.send(delivery, config, trialContext(context)).then(
        ([outcome]) => answered(outcome),
        (error: unknown) =>
          answered({
            status: 'unknown',
            code: 'adapter_error',
            detail: error instanceof Error ? error.message : String(error),
          }),
      )
    })
  }

  return async (serviceId, input) => {
    const service = services.configured(services.get(serviceId))
    const { record, adapter } = service
    const to = recipientOf(service, input.recipient)
    const variables: Record<string, string> = {}
    const { content, purpose } = await contentOf(service, input, variables)
    const prepared = adapter.prepare(content, variables, record.channel, service.settings)
    if (!prepared.ok) {
      const detail = prepared.errors.map(({ field, message }) => `${field}: ${message}`).join('; ')
      return resultOf(
        { status: 'failed', category: 'content', scope: 'message', code: 'invalid_content', detail },
        0,
        null,
      )
    }
    await deps.store.audit('service_test', null, `service ${serviceId} (${record.name})`, clock.now())
    const begun = clock.monotonic()
    const outcome = await handOver(service, to, prepared.payload, purpose)
    return resultOf(outcome, clock.monotonic() - begun, prepared.segments ?? null)
  }
}

/** It is no message: what the sandbox keeps of it has no id, and receipts for it find nothing. */
function trialContext(context: AdapterContext): AdapterContext {
  return { ...context, keep: (kept) => context.keep({ ...kept, recordId: 0 }), receipt: () => undefined }
}

function resultOf(outcome: Outcome, durationMs: number, segments: number | null): TrialResult {
  const said =
    outcome.status === 'accepted' ? { code: null, detail: null } : { code: outcome.code, detail: outcome.detail }
  const accepted = outcome.status === 'accepted' ? outcome : null
  return {
    ...said,
    status: outcome.status,
    category: outcome.status === 'failed' ? outcome.category : null,
    providerId: accepted?.providerId ?? null,
    durationMs,
    segments: accepted?.segments ?? segments,
  }
}
