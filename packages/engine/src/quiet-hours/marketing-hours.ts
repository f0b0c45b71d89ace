/**
 * Marketing waits while it is quiet where its recipient is: where the caller said, else where the phone's country is, else in
 * the zone of the settings. One-time codes and notices never wait.
 */
import type { Purpose } from '@signalbox/contracts'
import type { Events } from '../events.ts'
import type { MessageRecord, NewMessage } from '../messages/record.ts'
import type { SettingsValues } from '../settings/settings.ts'
import type { TemplateCatalogue } from '../templates/catalogue.ts'
import type { TemplateStore } from '../templates/store.ts'
import { zoneOfPhone } from './phone-zones.ts'
import { quietUntil } from './quiet-hours.ts'

type Whose = Pick<NewMessage, 'channel' | 'recipient' | 'timeZone'>

export interface MarketingHours {
  /** False: no message has to be asked for. */
  mayHold(): boolean
  /** When this message may leave, epoch ms; null: now. At once, without a promise, where its template is at hand. */
  until(record: MessageRecord, now: number): number | null | Promise<number | null>
  /** The same for a purpose that is known. */
  untilFor(purpose: Purpose, whose: Whose, at: number): number | null
  /** The zone in which its hours are counted. */
  zoneOf(whose: Whose): string
}

export interface MarketingHoursDeps {
  templates: Pick<TemplateStore, 'list' | 'get'>
  catalogue: Pick<TemplateCatalogue, 'published'>
  events: Pick<Events, 'on'>
  settings: { readonly values: Pick<SettingsValues, 'quietHours'> }
  /** What waits for the end of quiet hours is to be looked at again. */
  wake: () => void
}

const MINUTE = 60_000

export async function openMarketingHours(deps: MarketingHoursDeps): Promise<MarketingHours> {
  const { catalogue, settings } = deps
  /** Templates for marketing, or that may be: where there are any, messages are asked for theirs. */
  const marketing = new Set(
    (await deps.templates.list()).flatMap(({ id, purpose }) => (purpose === 'marketing' ? [id] : [])),
  )
  let shown = JSON.stringify(settings.values.quietHours)
  /** By zone, for the minute that was asked for last: hours begin and end with one. */
  const known = new Map<string, { minute: number; until: number | null }>()

  deps.events.on('template:changed', ({ id, purpose }) => {
    const was = marketing.has(id)
    const learn = (isMarketing: boolean) => {
      if (isMarketing) marketing.add(id)
      else if (marketing.delete(id) && was) deps.wake()
    }
    if (purpose) return learn(purpose.is === 'marketing')
    // As long as nobody knows, and when nobody can tell, it may be.
    marketing.add(id)
    deps.templates.get(id).then(
      (template) => learn(template?.purpose === 'marketing'),
      () => undefined,
    )
  })
  deps.events.on('settings:changed', () => {
    const now = JSON.stringify(settings.values.quietHours)
    if (now === shown) return
    shown = now
    known.clear()
    deps.wake()
  })

  function zoneOf({ channel, recipient, timeZone }: Whose): string {
    return timeZone ?? (channel === 'sms' ? zoneOfPhone(recipient) : null) ?? settings.values.quietHours.timeZone
  }

  function untilIn(zone: string, at: number): number | null {
    const minute = Math.floor(at / MINUTE)
    const before = known.get(zone)
    if (before?.minute === minute) return before.until
    const until = quietUntil(minute * MINUTE, settings.values.quietHours, zone)
    known.set(zone, { minute, until })
    return until
  }

  function untilFor(purpose: Purpose, whose: Whose, at: number): number | null {
    return purpose === 'marketing' && settings.values.quietHours.enabled ? untilIn(zoneOf(whose), at) : null
  }

  return {
    mayHold: () => marketing.size > 0 && settings.values.quietHours.enabled,
    until(record, now) {
      const template = catalogue.published(record.templateId, record.templateVersion)
      if (!(template instanceof Promise)) return untilFor(template.purpose, record, now)
      return template.then(
        ({ purpose }) => untilFor(purpose, record, now),
        // What is wrong with it is told by the step that needs it.
        () => null,
      )
    },
    untilFor,
    zoneOf,
  }
}
