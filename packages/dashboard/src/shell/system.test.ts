import type { Service } from '@signalbox/contracts'
import { describe, expect, it } from 'vitest'
import { sandboxedChannels } from './system.ts'

const service = (given: Partial<Service>): Service => ({
  id: 1,
  name: 'Sandbox',
  channel: 'sms',
  adapter: 'sandbox',
  sandbox: true,
  settings: {},
  priority: 0,
  enabled: true,
  tags: [],
  weight: 1,
  sending_interval_ms: 0,
  daily_quota: null,
  quota_reset_at: '00:00',
  quota_time_zone: null,
  health: { breaker: 'closed', waiting: null, quota: null, last_sent_at: null, success_rate: null },
  created_at: '2025-11-21T09:00:00.000+08:00',
  updated_at: '2025-11-21T09:00:00.000+08:00',
  ...given,
})
const real = { sandbox: false, adapter: 'email.smtp', channel: 'email', priority: 10 } as const

describe('channels on which nothing really leaves', () => {
  it('are those whose service in use is a sandbox', () => {
    expect(sandboxedChannels([service({ channel: 'feishu' }), service({})])).toEqual(['sms', 'feishu'])
  })

  it('are not those where a real service goes before the sandbox', () => {
    expect(sandboxedChannels([service({ channel: 'email' }), service(real)])).toEqual([])
  })

  it('are again those whose real service is switched off', () => {
    expect(sandboxedChannels([service({ channel: 'email' }), service({ ...real, enabled: false })])).toEqual(['email'])
  })
})
