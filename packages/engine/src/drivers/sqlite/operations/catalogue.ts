/** Writes away from the hot path: services, locks, settings, what the sandbox keeps. */
import type { Channel } from '@signalbox/contracts'
import type { KeptRecord } from '../../../messages/kept.ts'
import type { LockLease } from '../../../lock/lock.ts'
import type { ServiceInput, ServiceRecord } from '../../../services/services.ts'
import type { SecretChange } from '../../../secrets/store.ts'
import type { SettingsDefaults } from '../../../settings/store.ts'
import type { Db } from '../database.ts'
import { serviceUses } from '../service-uses.ts'
import { secretChanges } from './secrets.ts'

interface ServiceRow {
  id: number
  name: string
  channel: Channel
  adapter: string
  settings: string
  priority: number
  enabled: number
  tags: string
  weight: number
  sending_interval_ms: number
  daily_quota: number | null
  quota_reset_at: string
  quota_time_zone: string | null
  paused: number
  disabled_because: string | null
  created_at: number
  updated_at: number
}

export function toService(row: ServiceRow): ServiceRecord {
  const { id, name, channel, adapter, priority, weight } = row
  return {
    ...{ id, name, channel, adapter, priority, weight },
    settings: JSON.parse(row.settings) as Record<string, unknown>,
    enabled: row.enabled === 1,
    tags: JSON.parse(row.tags) as string[],
    sendingIntervalMs: row.sending_interval_ms,
    dailyQuota: row.daily_quota,
    quotaResetAt: row.quota_reset_at,
    quotaTimeZone: row.quota_time_zone,
    paused: row.paused === 1,
    disabledBecause: row.disabled_because,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}
export type { ServiceRow }

export function serviceOperations(db: Db) {
  const insert = db.prepare<[object], ServiceRow>(
    `INSERT INTO services (id, name, channel, adapter, settings, priority, enabled, tags, weight, sending_interval_ms, daily_quota,
       quota_reset_at, quota_time_zone, created_at, updated_at)
     VALUES (@id, @name, @channel, @adapter, @settings, @priority, @enabled, @tags, @weight, @sendingIntervalMs, @dailyQuota,
       @quotaResetAt, @quotaTimeZone, @now, @now) RETURNING *`,
  )
  const update = db.prepare<[object], ServiceRow>(
    `UPDATE services SET name = @name, settings = @settings, priority = @priority, enabled = @enabled, tags = @tags,
       weight = @weight, sending_interval_ms = @sendingIntervalMs, daily_quota = @dailyQuota, quota_reset_at = @quotaResetAt,
       quota_time_zone = @quotaTimeZone, paused = @paused, disabled_because = @disabledBecause, updated_at = max(@now, updated_at + 1)
     WHERE id = @id AND updated_at = @updatedAt RETURNING *`,
  )
  const known = db.prepare<[number], number>('SELECT id FROM services WHERE id = ?').pluck()
  const reserve = db
    .prepare<[], number>("UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'services' RETURNING seq")
    .pluck()
  const begin = db.prepare("INSERT INTO sqlite_sequence (name, seq) VALUES ('services', 0)")
  const writeSecrets = secretChanges(db)
  const columns = (service: ServiceInput) => ({
    ...service,
    settings: JSON.stringify(service.settings),
    tags: JSON.stringify(service.tags),
    enabled: service.enabled ? 1 : 0,
  })
  return {
    reserveId(): number {
      const next = reserve.get()
      if (next !== undefined) return next
      // The counter has its row only since the first service.
      begin.run()
      return reserve.get() as number
    },
    insert(service: ServiceInput & { id?: number }, now: number, secrets: readonly SecretChange[]): ServiceRecord {
      const row = insert.get({ ...columns(service), id: service.id ?? null, now }) as ServiceRow
      writeSecrets(row.id, secrets)
      return toService(row)
    },
    update(service: ServiceRecord, now: number, secrets: readonly SecretChange[]): ServiceRecord | null {
      const { id, paused, disabledBecause } = service
      const row = update.get({ ...columns(service), id, paused: paused ? 1 : 0, disabledBecause, now })
      if (!row && known.get(id) !== undefined) return null
      if (!row) throw new Error(`service ${service.id} not found`)
      writeSecrets(row.id, secrets)
      return toService(row)
    },
    uses: serviceUses(db),
  }
}

export function lockOperations(db: Db) {
  const acquire = db.prepare<[object], { fence: number; lease_until: number }>(
    `INSERT INTO locks VALUES (@key, @owner, 1, @leaseUntil)
     ON CONFLICT DO UPDATE SET fence = fence + (owner <> @owner OR lease_until <= @now), owner = @owner, lease_until = @leaseUntil
       WHERE owner = @owner OR lease_until <= @now
     RETURNING fence, lease_until`,
  )
  const renew = db.prepare<[object], { fence: number }>(
    `UPDATE locks SET lease_until = @leaseUntil
     WHERE key = @key AND owner = @owner AND fence = @fence AND lease_until > @now RETURNING fence`,
  )
  /** The row stays, with its fence: a fence is never given out twice. */
  const release = db.prepare("UPDATE locks SET owner = '', lease_until = 0 WHERE key = ? AND owner = ? AND fence = ?")
  return {
    acquire(key: string, owner: string, leaseMs: number, now: number): LockLease | null {
      const row = acquire.get({ key, owner, now, leaseUntil: now + leaseMs })
      return row ? { key, owner, fence: row.fence, leaseUntil: row.lease_until } : null
    },
    renew(key: string, owner: string, fence: number, leaseMs: number, now: number): LockLease | null {
      const leaseUntil = now + leaseMs
      return renew.get({ key, owner, fence, now, leaseUntil }) ? { key, owner, fence, leaseUntil } : null
    },
    release: (key: string, owner: string, fence: number): boolean => release.run(key, owner, fence).changes === 1,
  }
}

/** Writes a page and changes nothing: whether there is room on the disk again. */
export function roomOperations(db: Db) {
  const version = db.pragma('user_version', { simple: true }) as number
  return {
    probe(): void {
      db.pragma(`user_version = ${version}`)
    },
  }
}

export function settingsOperations(db: Db) {
  const seeded = db.prepare('SELECT count(*) FROM system_config').pluck()
  const systemValue = db.prepare<[string], string>('SELECT value FROM system_config WHERE key = ?').pluck()
  const writeSystem = db.prepare('UPDATE system_config SET value = ? WHERE key = ?')
  const changedAt = db.prepare('REPLACE INTO system_config_changes VALUES (?, ?)')
  const audit = db.prepare("INSERT INTO audit_log (at, action, detail) VALUES (?, 'setting', ?)")
  const pool = db.prepare(
    `INSERT OR IGNORE INTO thread_pool_configs VALUES (@pool_name, @core_pool_size, @max_pool_size, @scale_up_threshold, @scale_down_threshold, @queue_capacity)`,
  )
  const rule = db.prepare(
    'INSERT OR IGNORE INTO rate_limit_configs VALUES (@resource, @limit_type, @max_value, @window_seconds, @enabled)',
  )
  const system = db.prepare(
    'INSERT OR IGNORE INTO system_config VALUES (@key, @value, @category, @description, @value_type, @constraints)',
  )
  return {
    /** A rule that an operator deleted stays deleted: rules are put in only once. */
    seed(defaults: SettingsDefaults): void {
      for (const row of defaults.threadPools) pool.run(row)
      if (seeded.get() === 0) for (const row of defaults.rateLimits) rule.run({ ...row, enabled: row.enabled ? 1 : 0 })
      for (const row of defaults.system) system.run(row)
    },
    writeSystem(key: string, value: string, now: number): boolean {
      const before = systemValue.get(key)
      if (before === undefined || before === value) return before !== undefined
      writeSystem.run(value, key)
      changedAt.run(key, now)
      audit.run(now, `${key}: ${before} → ${value}`)
      return true
    },
  }
}

export function keptOperations(db: Db) {
  const insert = db.prepare(
    `INSERT INTO kept_messages (record_id, channel, service_id, recipient, subject, text, html, fields, kept_at)
     VALUES (@recordId, @channel, @serviceId, @recipient, @subject, @text, @html, @fields, @keptAt)`,
  )
  return {
    keep(message: KeptRecord): void {
      insert.run({ ...message, fields: message.fields && JSON.stringify(message.fields) })
    },
  }
}
