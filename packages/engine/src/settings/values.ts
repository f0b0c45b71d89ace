/** From the texts of `system_config` to checked values. Pure. */
import { CHANNELS, WORKED_QUEUES, type Channel, type Issue, type WorkedQueue } from '@signalbox/contracts'
import { issue } from '../errors.ts'
import type { LookupTerms } from '../lookups/schedule.ts'
import type { BreakerTerms } from '../services/breaker.ts'
import { isTimeZone } from '../stats/calendar.ts'
import { channelPausedKey, queuePausedKey, SERVER_TIME_ZONE, type Definition } from './definition.ts'
import { DEFINITIONS } from './definitions.ts'

/** Running settings with their checked values, all in one place. Durations in ms. */
export interface SettingsValues {
  /** IANA name; `today` and the days of the statistics are days there. */
  timeZone: string
  /** What becomes of a message whose hand-over may or may not have happened, per channel. */
  unknownPolicy: Record<'sms' | 'email' | 'app' | 'wechat' | 'feishu', 'hold' | 'retry'>
  pausedChannels: ReadonlySet<Channel>
  pausedQueues: ReadonlySet<WorkedQueue>
  /** Retries after the first attempt. */
  maxRetries: number
  retryBaseMs: number
  retryCapMs: number
  /** A provider call is given up (and `unknown`) after this long; always less than half of the lease. */
  providerTimeoutMs: number
  leaseMs: number
  breaker: BreakerTerms
  lookup: LookupTerms & { atOnce: number }
  /** Marketing waits from HH:MM to HH:MM of the recipient's clock; `timeZone`: where nothing tells theirs. */
  quietHours: { enabled: boolean; from: string; to: string; timeZone: string }
  traceRetentionDays: number
  recordRetentionDays: number
  idempotencyRetentionHours: number
  /** Messages that may wait in all; above it `queue_full`. */
  maxBacklog: number
  monitorTickMs: number
  /** Thresholds of the four alarms; durations in ms. */
  alerts: {
    successRate: { belowPercent: number; windowMs: number; minSample: number }
    meanResponse: { aboveMs: number; windowMs: number; minSample: number }
    poolUsage: { abovePercent: number; windowMs: number }
    backlog: { aboveMessages: number; windowMs: number }
  }
  /** How long a rate must be beyond before it fires, and anything fine before it is over. */
  alertSettleMs: number
}

/** Checked texts by key; every key of `DEFINITIONS` is there. */
export type SystemTexts = ReadonlyMap<string, string>

const BY_KEY = new Map(DEFINITIONS.map((definition) => [definition.key, definition]))
const ON_THIS_MACHINE = Intl.DateTimeFormat().resolvedOptions().timeZone

export const DEFAULT_TEXTS: SystemTexts = new Map(DEFINITIONS.map(({ key, default: value }) => [key, String(value)]))

/** What is wrong with one value by itself; null when nothing is. `got` may be anything that SQL can store. */
export function checkValue(key: string, got: unknown): Issue | null {
  const definition = BY_KEY.get(key)
  if (!definition) return issue('key', 'a known setting', key)
  return fits(definition, textOf(got)) ? null : issue(key, expectation(definition), got)
}

/** SQLite may hand a number where a text was meant. */
export function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value.trim()
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : null
}

interface Agreement {
  /** Both keep their last good values when they do not agree. */
  keys: readonly [string, string]
  check(texts: SystemTexts): Issue | null
}

/** What settings that are right by themselves must be together. */
const AGREEMENTS: readonly Agreement[] = [
  {
    keys: ['delivery.provider_timeout_ms', 'delivery.lease_ms'],
    check(texts) {
      const timeout = intOf(texts, 'delivery.provider_timeout_ms')
      const lease = intOf(texts, 'delivery.lease_ms')
      return timeout < lease / 2
        ? null
        : issue('delivery.provider_timeout_ms', `less than half of delivery.lease_ms (${lease})`, timeout)
    },
  },
  {
    keys: ['delivery.retry_base_ms', 'delivery.retry_cap_ms'],
    check(texts) {
      const base = intOf(texts, 'delivery.retry_base_ms')
      const cap = intOf(texts, 'delivery.retry_cap_ms')
      return base <= cap ? null : issue('delivery.retry_base_ms', `at most delivery.retry_cap_ms (${cap})`, base)
    },
  },
]

/** The agreements that do not hold, each with the keys it concerns. */
export function disagreements(texts: SystemTexts): { keys: readonly string[]; issue: Issue }[] {
  return AGREEMENTS.flatMap(({ keys, check }) => {
    const found = check(texts)
    return found ? [{ keys, issue: found }] : []
  })
}

export function valuesOf(texts: SystemTexts): SettingsValues {
  const policy = (channel: string) => (texts.get(`channel.${channel}.unknown_policy`) === 'retry' ? 'retry' : 'hold')
  return {
    timeZone: zoneOf(texts, 'display.time_zone'),
    unknownPolicy: {
      sms: policy('sms'),
      email: policy('email'),
      app: policy('app'),
      wechat: policy('wechat'),
      feishu: policy('feishu'),
    },
    pausedChannels: new Set(CHANNELS.filter((channel) => isTrue(texts.get(channelPausedKey(channel))))),
    pausedQueues: new Set(WORKED_QUEUES.filter((queue) => isTrue(texts.get(queuePausedKey(queue))))),
    maxRetries: intOf(texts, 'delivery.max_retries'),
    retryBaseMs: intOf(texts, 'delivery.retry_base_ms'),
    retryCapMs: intOf(texts, 'delivery.retry_cap_ms'),
    providerTimeoutMs: intOf(texts, 'delivery.provider_timeout_ms'),
    leaseMs: intOf(texts, 'delivery.lease_ms'),
    breaker: {
      failures: intOf(texts, 'service.breaker_failures'),
      openMs: intOf(texts, 'service.breaker_open_ms'),
    },
    lookup: {
      firstMs: intOf(texts, 'lookup.first_ms'),
      untilMs: intOf(texts, 'lookup.until_ms'),
      atOnce: intOf(texts, 'lookup.at_once'),
    },
    quietHours: {
      enabled: isTrue(textAt(texts, 'quiet_hours.marketing')),
      from: textAt(texts, 'quiet_hours.from'),
      to: textAt(texts, 'quiet_hours.to'),
      timeZone: zoneOf(texts, 'quiet_hours.time_zone'),
    },
    traceRetentionDays: intOf(texts, 'trace.retention_days'),
    recordRetentionDays: intOf(texts, 'record.retention_days'),
    idempotencyRetentionHours: intOf(texts, 'idempotency.retention_hours'),
    maxBacklog: intOf(texts, 'queue.max_backlog'),
    monitorTickMs: intOf(texts, 'monitor.tick_ms'),
    alerts: alertsOf(texts),
    alertSettleMs: intOf(texts, 'alert.settle_ms'),
  }
}

function alertsOf(texts: SystemTexts): SettingsValues['alerts'] {
  const of = (key: string) => intOf(texts, `alert.${key}`)
  const over = (rule: string) => ({ windowMs: of(`${rule}.window_ms`), minSample: of(`${rule}.min_sample`) })
  return {
    successRate: { belowPercent: of('success_rate.below_percent'), ...over('success_rate') },
    meanResponse: { aboveMs: of('mean_response.above_ms'), ...over('mean_response') },
    poolUsage: { abovePercent: of('pool_usage.above_percent'), windowMs: of('pool_usage.window_ms') },
    backlog: { aboveMessages: of('backlog.above_messages'), windowMs: of('backlog.window_ms') },
  }
}

function textAt(texts: SystemTexts, key: string): string {
  return texts.get(key) ?? DEFAULT_TEXTS.get(key) ?? ''
}

function zoneOf(texts: SystemTexts, key: string): string {
  const zone = textAt(texts, key)
  return zone === SERVER_TIME_ZONE ? ON_THIS_MACHINE : zone
}

function intOf(texts: SystemTexts, key: string): number {
  return Number(texts.get(key) ?? DEFAULT_TEXTS.get(key))
}

/** SQL has no booleans of its own: `true` is stored as 1. */
const BOOLEANS: Record<string, boolean> = { true: true, 1: true, false: false, 0: false }

function isTrue(text: string | undefined): boolean {
  return text !== undefined && BOOLEANS[text] === true
}

function fits(definition: Definition, text: string | null): boolean {
  if (text === null) return false
  switch (definition.type) {
    case 'int':
      return /^-?\d{1,15}$/.test(text) && Number(text) >= definition.min && Number(text) <= definition.max
    case 'choice':
      return definition.oneOf.includes(text)
    case 'time_zone':
      return text === SERVER_TIME_ZONE || isTimeZone(text)
    case 'time':
      return /^(?:[01]\d|2[0-3]):[0-5]\d$/.test(text)
    case 'boolean':
      return Object.hasOwn(BOOLEANS, text)
  }
}

function expectation(definition: Definition): string {
  switch (definition.type) {
    case 'int':
      return `an integer from ${definition.min} to ${definition.max} (${definition.unit})`
    case 'choice':
      return definition.oneOf.join(' or ')
    case 'time_zone':
      return `an IANA time zone or "${SERVER_TIME_ZONE}"`
    case 'time':
      return 'a time such as 22:00'
    case 'boolean':
      return 'true, false, 1 or 0'
  }
}
