import type {
  SandboxMessage,
  Service,
  ServiceActivity,
  ServiceTest,
  ServiceState,
  UpdateService,
} from '@signalbox/contracts'
import {
  traceIdOf,
  type ServiceActivity as Activity,
  type KeptRecord,
  type ServiceHealth,
  type ServiceRecord,
  type TrialResult,
} from '@signalbox/engine'
import type { View } from './view.ts'

const SANDBOX_ADAPTER = 'sandbox'

export function presentService(record: ServiceRecord, health: ServiceHealth, { instant }: View): Service {
  const { id, name, channel, adapter, settings, priority, enabled, tags, weight } = record
  const { breaker, waiting, quota, lastSentAt, successRate, inFlight, lastError } = health
  return {
    ...{ id, name, channel, adapter, settings, priority, enabled, tags, weight },
    state: stateOf(record, inFlight),
    paused: record.paused,
    disabled_because: record.disabledBecause,
    sandbox: adapter === SANDBOX_ADAPTER,
    sending_interval_ms: record.sendingIntervalMs,
    daily_quota: record.dailyQuota,
    quota_reset_at: record.quotaResetAt,
    quota_time_zone: record.quotaTimeZone,
    health: {
      breaker,
      waiting: waiting && { ...waiting, until: instant(waiting.until) },
      quota: quota && { used: quota.used, left: quota.left, resets_at: instant(quota.resetsAt) },
      last_sent_at: lastSentAt === null ? null : instant(lastSentAt),
      success_rate: successRate === null ? null : Math.round(successRate * 10_000) / 100,
      in_flight: inFlight,
      last_error: lastError && { ...lastError, at: instant(lastError.at) },
    },
    created_at: instant(record.createdAt),
    updated_at: instant(record.updatedAt),
  }
}

function stateOf({ enabled, paused }: ServiceRecord, inFlight: number): ServiceState {
  if (!enabled) return inFlight > 0 ? 'draining' : 'disabled'
  return paused ? 'paused' : 'active'
}

export function presentTrial({ durationMs, providerId, ...same }: TrialResult): ServiceTest {
  return { ...same, provider_id: providerId, duration_ms: Math.round(durationMs * 10) / 10 }
}

/** Every service, also one that did nothing. */
export function presentActivity(
  { slots, slotMs, services }: Activity,
  all: readonly ServiceRecord[],
  { instant }: View,
): ServiceActivity {
  const known = new Map(services.map((each) => [each.serviceId, each]))
  const zeros = slots.map(() => 0)
  const nothing = { sent: zeros, failed: zeros, unknown: zeros, p95Ms: slots.map(() => null), p95DayMs: null }
  return {
    slots: slots.map(instant),
    slot_ms: slotMs,
    services: all.map(({ id }) => {
      const { sent, failed, unknown, p95Ms, p95DayMs } = known.get(id) ?? nothing
      return { id, sent, failed, unknown, p95_ms: p95Ms, p95_24h_ms: p95DayMs }
    }),
  }
}

/** Fields of a body as the engine names them; what it leaves out stays left out. */
export function inputOf<B extends UpdateService>(body: B) {
  const { sending_interval_ms, daily_quota, quota_reset_at, quota_time_zone, ...same } = body
  return {
    ...same,
    ...(sending_interval_ms === undefined ? {} : { sendingIntervalMs: sending_interval_ms }),
    ...(daily_quota === undefined ? {} : { dailyQuota: daily_quota }),
    ...(quota_reset_at === undefined ? {} : { quotaResetAt: quota_reset_at }),
    ...(quota_time_zone === undefined ? {} : { quotaTimeZone: quota_time_zone }),
  }
}

/** In full: the sandbox shows what the recipient would have seen, and nobody real is behind it. */
export function presentKept(record: KeptRecord, { instant, names }: View): SandboxMessage {
  const { channel, recipient, subject, text, html, fields } = record
  return {
    record_id: record.recordId || null,
    trace_id: record.recordId ? traceIdOf(record.recordId) : null,
    ...{ channel, recipient, subject, text, html },
    fields: fields && { ...fields },
    service: names.service(record.serviceId) ?? '',
    kept_at: instant(record.keptAt),
  }
}
