import type { Explanation, Pauses, WaitReason } from '@signalbox/contracts'
import {
  traceIdOf,
  type Explanation as ExplanationRecord,
  type Paused,
  type WaitReason as WaitReasonRecord,
} from '@signalbox/engine'
import type { Instant } from './instant.ts'

export function presentExplanation(
  { record, phase, detail, reasons, rank, waitMs, lookup }: ExplanationRecord,
  instant: Instant,
  now: number,
): Explanation {
  const { id, state, finishedAt, errorCode, errorMessage } = record
  return {
    record_id: id,
    trace_id: traceIdOf(id),
    status: state,
    phase,
    detail,
    reasons: reasons.map((reason) => presentReason(reason, instant)),
    rank,
    estimated_wait_ms: waitMs,
    ended:
      phase === 'ended'
        ? { at: orNull(finishedAt, instant), error_code: errorCode, error_message: errorMessage }
        : null,
    lookup: lookup && {
      asked: lookup.asked,
      last_at: orNull(lookup.lastAt, instant),
      last_answer: lookup.lastAnswer,
      next_at: orNull(lookup.nextAt, instant),
    },
    computed_at: instant(now),
  }
}

function presentReason({ rule, workers, since, until, ...rest }: WaitReasonRecord, instant: Instant): WaitReason {
  return {
    reason: rest.reason,
    holds: rest.holds,
    since: orNull(since, instant),
    until: orNull(until, instant),
    detail: rest.detail,
    rule: rule
      ? {
          resource: rule.resource,
          limit_type: rule.type,
          max_value: rule.maxValue,
          window_seconds: rule.windowSeconds,
        }
      : null,
    workers: workers && { active_count: workers.active, pool_size: workers.size },
  }
}

export function presentPauses({ channels, queues }: Paused, instant: Instant): Pauses {
  return {
    channels: channels.map(({ channel, since }) => ({ channel, since: orNull(since, instant) })),
    queues: queues.map(({ queue, since }) => ({ queue, since: orNull(since, instant) })),
  }
}

function orNull(epochMs: number | null, instant: Instant): string | null {
  return epochMs === null ? null : instant(epochMs)
}
