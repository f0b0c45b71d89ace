import type { Service } from '@signalbox/contracts'

export const NOW = Date.parse('2025-11-21T09:00:00+08:00')

/** An enabled sandbox that waits for nothing, unless it is said otherwise. */
export function serviceOf({
  health,
  ...given
}: Partial<Omit<Service, 'health'>> & { health?: Partial<Service['health']> } = {}): Service {
  return {
    id: 1,
    name: 'Sandbox',
    channel: 'sms',
    adapter: 'sandbox',
    sandbox: true,
    settings: {},
    priority: 0,
    enabled: true,
    state: 'active',
    paused: false,
    disabled_because: null,
    tags: [],
    weight: 1,
    sending_interval_ms: 0,
    daily_quota: null,
    quota_reset_at: '00:00',
    quota_time_zone: null,
    health: {
      ...{ breaker: 'closed', waiting: null, quota: null, last_sent_at: null, success_rate: null },
      ...{ in_flight: 0, last_error: null },
      ...health,
    },
    created_at: '2025-11-21T09:00:00.000+08:00',
    updated_at: '2025-11-21T09:00:00.000+08:00',
    ...given,
  }
}
