/** Figures and rows for tests: all there, nothing remarkable; each test says what matters to it. */
import {
  CHANNELS,
  MESSAGE_STATES,
  QUEUES,
  type Alert,
  type CardFigures,
  type Channel,
  type MessageRow,
  type MonitorStats,
  type Totals,
} from '@signalbox/contracts'

export function totals(given: Partial<Totals> = {}): Totals {
  return { sent: 100, success: 95, failed: 5, expired: 0, unknown: 0, success_rate: 95, ...given }
}

export function cardFigures(given: Partial<CardFigures> = {}): CardFigures {
  const responses = { avg_response_ms: 200, p50_response_ms: 150, p95_response_ms: 500, p99_response_ms: 900 }
  return { ...totals(), accepted: 100, ...responses, ...given }
}

export function channelFigures(channel: Channel, given: Totals = totals()): MonitorStats['channels'][number] {
  return { ...given, channel, sample: given.success + given.failed + given.expired, avg_response_ms: 200 }
}

export const NO_TOTALS = totals({ sent: 0, success: 0, failed: 0, success_rate: null })

export function stats(given: Partial<MonitorStats> = {}): MonitorStats {
  return {
    cards: { current: cardFigures(), baseline: null },
    last_hour: {
      first_minute: '2025-11-21T09:00:00.000+08:00',
      sent: [10, 20, 5],
      success: [10, 18, 5],
      failed: [0, 2, 0],
      avg_response_ms: [100, null, 300],
    },
    trend: [
      { ...totals({ sent: 1000, failed: 20 }), date: '2025-11-20' },
      { ...totals({ sent: 100, failed: 5 }), date: '2025-11-21' },
    ],
    curve: { first_slot: '2025-11-21T00:00:00.000+08:00', slot_ms: 3_600_000, sent: [40, 60], failed: [2, 3] },
    usual: {
      ...{ first_slot: '2025-11-21T00:00:00.000+08:00', slot_ms: 3_600_000, weeks: 4 },
      ...{ low: [30, 50, 60], median: [40, 60, 70], high: [50, 70, 80], failed_high: [3, 4, 5] },
    },
    channels: CHANNELS.map((channel) => channelFigures(channel)),
    pools: {
      message_sender: {
        active_count: 12,
        pool_size: 20,
        core_pool_size: 20,
        max_pool_size: 100,
        queue_size: 30,
        queue_capacity: 1000,
        queue_usage_percent: 3,
        completed_tasks: 100,
        avg_task_duration_ms: 200,
      },
    },
    scaling: [],
    queues: Object.fromEntries(
      QUEUES.map((queue) => [queue, { scheduled: 0, queued: 0, processing: 0 }]),
    ) as MonitorStats['queues'],
    rates: { accepted: 1, ended: 1, failed: 0 },
    conservation: {
      accepted: 100,
      by_state: Object.fromEntries(MESSAGE_STATES.map((state) => [state, 10])) as Record<
        (typeof MESSAGE_STATES)[number],
        number
      >,
      balanced: true,
      offending_ids: [],
    },
    nodes: [],
    links: [],
    held: { channels: [], queues: [] },
    alerts: [],
    ...given,
  }
}

export function row(recordId: number, given: Partial<MessageRow> = {}): MessageRow {
  return {
    record_id: recordId,
    trace_id: `msg_${String(recordId).padStart(11, '0')}`,
    channel: 'sms',
    recipient: '+86138****0000',
    template_id: 1,
    template_name: 'Login code',
    template_version: 1,
    status: 'sent',
    priority: 5,
    attempt: 1,
    service: 'Sandbox',
    task_id: null,
    pending_reason: null,
    due_at: null,
    error_code: null,
    error_message: null,
    created_at: '2025-11-21T09:00:00.000+08:00',
    updated_at: '2025-11-21T09:00:01.000+08:00',
    finished_at: '2025-11-21T09:00:01.000+08:00',
    duration_ms: 1000,
    ...given,
  }
}

export function alert(given: Partial<Alert> = {}): Alert {
  return {
    id: 'success_rate',
    rule: 'success_rate',
    subject: null,
    state: 'ok',
    since: '2025-11-21T09:00:00.000+08:00',
    figure: 98,
    worst: null,
    threshold: 95,
    bad: 'below',
    unit: 'percent',
    window_ms: 300_000,
    sample: 1000,
    min_sample: 20,
    acknowledgement: null,
    ...given,
  }
}
