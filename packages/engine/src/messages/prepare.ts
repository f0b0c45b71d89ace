/** The step of the pipeline before a provider is asked: may its recipient be written to, and with what? */
import type { Outcome } from '@signalbox/channels/adapter'
import { awayForMs } from '../patience.ts'
import type { ReadyService } from '../services/registry.ts'
import type { SuppressionRecord } from '../suppressions/store.ts'
import type { SuppressionCheck } from '../suppressions/suppressions.ts'
import type { Unsubscribe } from '../suppressions/unsubscribe.ts'
import { renderContent, type CompiledTemplate, type TemplateCatalogue } from '../templates/catalogue.ts'
import type { Handover } from './provider-calls.ts'
import type { MessageRecord } from './record.ts'

type Failed = Extract<Outcome, { status: 'failed' }>
export type Prepared = ({ status: 'ready' } & Handover) | Failed

export interface PrepareDeps {
  catalogue: Pick<TemplateCatalogue, 'published'>
  suppressions: SuppressionCheck
  unsubscribe: Pick<Unsubscribe, 'linkFor'>
}

/** At once, without a promise, when the template is at hand and nothing speaks against the recipient. Rejects only while the store is away. */
export type Prepare = (record: MessageRecord, service: ReadyService) => Prepared | Promise<Prepared>

export function createPrepare({ catalogue, suppressions, unsubscribe }: PrepareDeps): Prepare {
  function prepareWith(
    template: CompiledTemplate,
    record: MessageRecord,
    { adapter, settings: config }: ReadyService,
  ): Prepared {
    try {
      const { id: recordId, channel, recipient: canonical, variables } = record
      const { purpose } = template
      const recipient = adapter.validateRecipient(canonical, channel, config)
      if (!recipient.ok) return refusal('invalid_recipient', 'invalid_recipient', recipient.reason)
      const isMarketing = channel === 'email' && purpose === 'marketing'
      const offers = isMarketing || template.offersUnsubscribe
      const unsubscribeUrl = offers ? unsubscribe.linkFor({ channel, recipient: canonical, recordId }) : null
      if (template.offersUnsubscribe && unsubscribeUrl === null) return refusal('config', 'no_public_url', NO_LINK)
      const content = renderContent(template, variables, unsubscribeUrl ?? undefined)
      const prepared = adapter.prepare(content, variables, channel, config)
      if (prepared.ok) return { status: 'ready', payload: prepared.payload, to: recipient.to, purpose, unsubscribeUrl }
      const problems = prepared.errors.map(({ field, message }) => `${field}: ${message}`)
      return refusal('content', 'invalid_content', problems.join('; '))
    } catch (error) {
      return refusal('template', 'render_failed', textOf(error))
    }
  }

  async function afterLooking(
    finding: CompiledTemplate | Promise<CompiledTemplate>,
    record: MessageRecord,
    service: ReadyService,
  ): Promise<Prepared> {
    try {
      const { channel, recipient } = record
      const template = await finding
      const suppression = suppressions.mayConcern(channel, recipient)
        ? await suppressions.against(channel, recipient, template.purpose)
        : null
      return suppression ? suppressed(suppression) : prepareWith(template, record, service)
    } catch (error) {
      if (awayForMs(error) !== null) throw error
      return refusal('template', 'render_failed', textOf(error))
    }
  }

  return (record, service) => {
    const template = catalogue.published(record.templateId, record.templateVersion)
    return template instanceof Promise || suppressions.mayConcern(record.channel, record.recipient)
      ? afterLooking(template, record, service)
      : prepareWith(template, record, service)
  }
}

const NO_LINK =
  'its text has a place for a link to unsubscribe, and there is none: expected PUBLIC_URL and a master key, got nothing'

function suppressed({ id, reason, purpose, createdAt }: SuppressionRecord): Failed {
  const stops = purpose === 'all' ? 'everything but one-time codes' : 'marketing'
  const since = new Date(createdAt).toISOString()
  const detail = `its recipient is not to be written to: ${reason} since ${since}, stops ${stops} (suppression ${id})`
  return refusal('unsubscribed', 'suppressed', detail)
}

function refusal(category: Failed['category'], code: string, detail: string): Failed {
  return { status: 'failed', category, scope: 'message', code, detail }
}

const textOf = (error: unknown) => (error instanceof Error ? error.message : String(error))
