import type { NewService } from '../../src/services/services.ts'

/** A service with a quota of which no day ends while a test runs. */
export const serviceWithQuota = (dailyQuota: number): NewService => ({
  ...{ name: 'sms', channel: 'sms', adapter: 'test.provider', settings: {}, priority: 10, enabled: true, dailyQuota },
  ...{ quotaTimeZone: 'UTC', quotaResetAt: `${String((new Date().getUTCHours() + 12) % 24).padStart(2, '0')}:00` },
})
