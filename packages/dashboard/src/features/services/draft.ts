/** A service as it is edited: figures as they are typed, settings as the API has them. Pure. */
import type { Channel, CreateService, Service, SettingsNode, UpdateService } from '@signalbox/contracts'
import { blankOf, isRecord, pruned } from './schema-form.ts'

export const TERMS = [
  ...(['priority', 'weight', 'sending_interval_ms', 'daily_quota', 'quota_reset_at', 'quota_time_zone'] as const),
] as const
export type Term = (typeof TERMS)[number]

export interface Draft extends Record<Term, string> {
  name: string
  /** Separated by commas. */
  tags: string
  settings: Record<string, unknown>
}

export function blankDraft(schema: SettingsNode): Draft {
  const settings = blankOf({ ...schema, properties: schema.properties ?? {} })
  return {
    ...{ name: '', tags: '', priority: '10', weight: '1', sending_interval_ms: '0', daily_quota: '' },
    ...{ quota_reset_at: '00:00', quota_time_zone: '' },
    settings: isRecord(settings) ? settings : {},
  }
}

export function draftOf(service: Service): Draft {
  return {
    name: service.name,
    tags: service.tags.join(', '),
    priority: String(service.priority),
    weight: String(service.weight),
    sending_interval_ms: String(service.sending_interval_ms),
    daily_quota: service.daily_quota === null ? '' : String(service.daily_quota),
    quota_reset_at: service.quota_reset_at,
    quota_time_zone: service.quota_time_zone ?? '',
    settings: structuredClone(service.settings),
  }
}

type Payload = Required<Omit<UpdateService, 'enabled'>>

/** As the server checks it: what is no figure is sent as it was typed, so that it says so. */
export function payloadOf(draft: Draft): Payload {
  const settings = pruned(draft.settings)
  return {
    name: draft.name.trim(),
    tags: draft.tags
      .split(/[,，]/)
      .map((tag) => tag.trim())
      .filter(Boolean),
    priority: figureOf(draft.priority) ?? 10,
    weight: figureOf(draft.weight) ?? 1,
    sending_interval_ms: figureOf(draft.sending_interval_ms) ?? 0,
    daily_quota: figureOf(draft.daily_quota),
    quota_reset_at: draft.quota_reset_at.trim() || '00:00',
    quota_time_zone: draft.quota_time_zone.trim() || null,
    settings: isRecord(settings) ? settings : {},
  }
}

function figureOf(typed: string): number | null {
  const text = typed.trim()
  if (text === '') return null
  const figure = Number(text)
  return Number.isNaN(figure) ? (text as unknown as number) : figure
}

export const creationOf = (draft: Draft, channel: Channel, adapter: string, enabled: boolean): CreateService => ({
  ...payloadOf(draft),
  ...{ channel, adapter, enabled },
})

/** Only what differs: what another operator changed meanwhile stays as they left it. */
export function updateOf(draft: Draft, stored: Draft): UpdateService {
  const [now, was] = [payloadOf(draft), payloadOf(stored)]
  const changed = (Object.keys(now) as (keyof Payload)[]).filter(
    (name) => JSON.stringify(now[name]) !== JSON.stringify(was[name]),
  )
  return Object.fromEntries(changed.map((name) => [name, now[name]]))
}

export const isSame = (a: Draft, b: Draft): boolean => Object.keys(updateOf(a, b)).length === 0
