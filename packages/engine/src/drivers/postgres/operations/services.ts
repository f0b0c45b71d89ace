/** Services with their secrets, and how much of their quotas is used. */
import type { SealedSecret, SecretChange } from '../../../secrets/store.ts'
import type { ServiceInput, ServiceRecord, ServiceUse } from '../../../services/services.ts'
import type { Reader } from '../reader.ts'
import { camel, statement, type Db } from '../statement.ts'

const COLUMNS = camel(
  'id, name, channel, adapter, settings, priority, enabled, tags, weight, sending_interval_ms, daily_quota, quota_reset_at, quota_time_zone, paused, disabled_because, created_at, updated_at',
)
/** Longer than any day of a quota, should a clock be put back. */
const USES_KEPT_MS = 7 * 86_400_000

type Shared = [
  name: string,
  settings: string,
  priority: number,
  enabled: boolean,
  tags: string,
  weight: number,
  sendingIntervalMs: number,
  dailyQuota: number | null,
  quotaResetAt: string,
  quotaTimeZone: string | null,
  now: number,
]

const nextId = `nextval(pg_get_serial_sequence('services', 'id'))`
const reserve = statement<[], { id: number }>(`SELECT ${nextId} AS id`)
const insert = statement<[...Shared, string, string, number | null], ServiceRecord>(
  `INSERT INTO services (name, settings, priority, enabled, tags, weight, sending_interval_ms, daily_quota, quota_reset_at, quota_time_zone,
     created_at, updated_at, channel, adapter, id)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, $12, $13, coalesce($14, ${nextId})) RETURNING ${COLUMNS}`,
)
const update = statement<[...Shared, number, boolean, string | null, number], ServiceRecord>(
  `UPDATE services SET name = $1, settings = $2, priority = $3, enabled = $4, tags = $5, weight = $6, sending_interval_ms = $7,
     daily_quota = $8, quota_reset_at = $9, quota_time_zone = $10, updated_at = greatest($11, updated_at + 1), paused = $13, disabled_because = $14
   WHERE id = $12 AND updated_at = $15 RETURNING ${COLUMNS}`,
)
const known = statement<[number], { id: number }>('SELECT id FROM services WHERE id = $1')
const forgetUses = statement<[number]>('DELETE FROM service_uses WHERE day < $1')
const uses = statement<[number], ServiceUse>(
  `SELECT ${camel('service_id, day')}, sum(count) AS count, coalesce(sum(count) FILTER (WHERE node = $1), 0) AS own
   FROM service_uses GROUP BY service_id, day`,
)

const SECRET_COLUMNS = camel('service_id, field, key_id, nonce, ciphertext')
const putSecret = statement<[number, string, string, Uint8Array, Uint8Array]>(
  `INSERT INTO service_secrets (service_id, field, key_id, nonce, ciphertext) VALUES ($1, $2, $3, $4, $5)
   ON CONFLICT (service_id, field) DO UPDATE SET key_id = excluded.key_id, nonce = excluded.nonce, ciphertext = excluded.ciphertext`,
)
const putIfNone = statement<[number, string, string, Uint8Array, Uint8Array]>(
  `INSERT INTO service_secrets (service_id, field, key_id, nonce, ciphertext) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
)
const lockSecrets = 'LOCK TABLE service_secrets IN SHARE ROW EXCLUSIVE MODE'
const secret = statement<[number, string], SealedSecret>(
  `SELECT ${SECRET_COLUMNS} FROM service_secrets WHERE service_id = $1 AND field = $2`,
)
const removeSecret = statement<[number, string]>('DELETE FROM service_secrets WHERE service_id = $1 AND field = $2')
const countSecrets = statement<[string], { total: number; others: number }>(
  'SELECT count(*) AS total, count(*) FILTER (WHERE key_id <> $1) AS others FROM service_secrets',
)
const clearSecrets = statement('DELETE FROM service_secrets')
const secrets = statement<[], SealedSecret>(
  `SELECT ${SECRET_COLUMNS} FROM service_secrets ORDER BY service_id, field COLLATE "C"`,
)

async function put(db: Db, { serviceId, field, keyId, nonce, ciphertext }: SealedSecret): Promise<void> {
  await db.run(putSecret, serviceId, field, keyId, nonce, ciphertext)
}

/** @param node the number under which it counts */
export function serviceOperations(db: Db, node: number) {
  const shared = (service: ServiceInput, now: number): Shared => {
    const { name, settings, priority, enabled, tags, weight, sendingIntervalMs, dailyQuota } = service
    return [
      ...([name, JSON.stringify(settings), priority, enabled, JSON.stringify(tags), weight] as const),
      ...([sendingIntervalMs, dailyQuota, service.quotaResetAt, service.quotaTimeZone, now] as const),
    ]
  }
  async function writeSecrets(serviceId: number, changes: readonly SecretChange[]): Promise<void> {
    for (const { field, sealed } of changes) {
      if (sealed) await put(db, sealed)
      else await db.run(removeSecret, serviceId, field)
    }
  }
  return {
    async reserveId(): Promise<number> {
      return ((await db.one(reserve)) as { id: number }).id
    },
    async insert(service: ServiceInput & { id?: number }, now: number, changes: readonly SecretChange[]) {
      const { channel, adapter, id = null } = service
      const record = (await db.one(insert, ...shared(service, now), channel, adapter, id)) as ServiceRecord
      await writeSecrets(record.id, changes)
      return record
    },
    async update(service: ServiceRecord, now: number, changes: readonly SecretChange[]): Promise<ServiceRecord | null> {
      const { id, paused, disabledBecause, updatedAt } = service
      const record = await db.one(update, ...shared(service, now), id, paused, disabledBecause, updatedAt)
      if (!record && (await db.one(known, id))) return null
      if (!record) throw new Error(`service ${id} not found`)
      await writeSecrets(id, changes)
      return record
    },
    async uses(now: number): Promise<ServiceUse[]> {
      await db.run(forgetUses, now - USES_KEPT_MS)
      return db.all(uses, node)
    },
  }
}

export function secretOperations(db: Db) {
  return {
    async putFirst(given: SealedSecret): Promise<SealedSecret> {
      const { serviceId, field, keyId, nonce, ciphertext } = given
      const isFirst = (await db.run(putIfNone, serviceId, field, keyId, nonce, ciphertext)) === 1
      return isFirst ? given : ((await db.one(secret, serviceId, field)) ?? given)
    },
    async replaceAll(all: readonly SealedSecret[], keyId: string): Promise<boolean> {
      await db.rows(lockSecrets)
      const { total, others } = (await db.one(countSecrets, keyId)) as { total: number; others: number }
      if (others > 0 || total !== all.length) return false
      await db.run(clearSecrets)
      for (const each of all) await put(db, each)
      return true
    },
    async clear(): Promise<void> {
      await db.run(clearSecrets)
    },
  }
}

const services = statement<[], ServiceRecord>(`SELECT ${COLUMNS} FROM services ORDER BY id`)

export function serviceReads({ db }: Reader) {
  return { list: () => db.all(services), secrets: () => db.all(secrets) }
}
