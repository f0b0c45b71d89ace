import { describe, expect, it, vi } from 'vitest'
import { SETTINGS_DEFAULTS } from '../../src/settings/defaults.ts'
import type { SettingsTables } from '../../src/settings/store.ts'
import { T0, useDriver, type OpenDriver } from './support.ts'

/** Settings are in force within a second. */
const HEARD = { timeout: 1_000, interval: 5 }

export function exerciseSettings(open: OpenDriver): void {
  describe('settings', () => {
    const driver = useDriver(open)
    const read = () => driver.store.settings.read()

    it('are there from the start, with their defaults', async () => {
      const rows = await read()
      const byKey = <T>(of: readonly T[], key: keyof T) => new Map(of.map((row) => [row[key], row]))
      expect(byKey(rows.threadPools, 'pool_name')).toEqual(byKey(SETTINGS_DEFAULTS.threadPools, 'pool_name'))
      expect(byKey(rows.system, 'key')).toEqual(byKey(SETTINGS_DEFAULTS.system, 'key'))
      expect(byKey(rows.rateLimits, 'resource')).toEqual(
        byKey(
          SETTINGS_DEFAULTS.rateLimits.map((row) => ({ ...row, enabled: 1 })),
          'resource',
        ),
      )
    })

    it('keep over a restart what was changed, and a rule that was deleted stays deleted', async () => {
      expect(await driver.store.settings.writeSystem('trace.retention_days', '3', T0)).toBe(true)
      await driver.sql("DELETE FROM rate_limit_configs WHERE resource = 'api:/messages/send-batch'")
      await driver.sql("DELETE FROM thread_pool_configs WHERE pool_name = 'notification'")
      const { system, rateLimits, threadPools } = await (await driver.reopen()).settings.read()
      expect(system).toContainEqual(expect.objectContaining({ key: 'trace.retention_days', value: '3' }))
      expect(rateLimits).toHaveLength(SETTINGS_DEFAULTS.rateLimits.length - 1)
      expect(threadPools).toContainEqual(expect.objectContaining({ pool_name: 'notification', core_pool_size: 10 }))
    })

    it('say when a value was last changed, by whomever, and audit what the API changed', async () => {
      const key = 'channel.sms.paused'
      const changedAt = async () => (await read()).changedAt[key]
      expect(await changedAt()).toBeUndefined()
      await driver.store.settings.writeSystem(key, 'true', T0)
      await driver.store.settings.writeSystem(key, 'true', T0 + 5)
      expect(await changedAt()).toBe(T0)
      await driver.sql(`UPDATE system_config SET value = 'true' WHERE key = '${key}'`)
      expect(await changedAt()).toBe(T0)
      const before = Math.floor(Date.now() / 1000) * 1000
      await driver.sql(`UPDATE system_config SET value = 'false' WHERE key = '${key}'`)
      expect(await changedAt()).toBeGreaterThanOrEqual(before)
      expect(
        await driver.sql(`SELECT at, detail FROM audit_log WHERE action = 'setting' AND detail LIKE '${key}%'`),
      ).toEqual([{ at: T0, detail: 'channel.sms.paused: false → true' }])
    })

    it('do not know a key that does not exist', async () => {
      const { revision } = await read()
      expect(await driver.store.settings.writeSystem('no.such.key', '1', T0)).toBe(false)
      expect(await driver.store.settings.revision()).toBe(revision)
    })

    it('show in their revision every change of any table, also by the plain SQL that operators know', async () => {
      for (const statement of [
        "UPDATE thread_pool_configs SET core_pool_size = 50, max_pool_size = 200 WHERE pool_name = 'message_sender';",
        "UPDATE rate_limit_configs SET max_value = 2000 WHERE resource = 'api:/messages/send' AND limit_type = 'qps';",
        "UPDATE system_config SET value = '5' WHERE key = 'delivery.max_retries'",
        "INSERT INTO thread_pool_configs VALUES ('mine', 1, 2, 80, 20, 10)",
        "INSERT INTO rate_limit_configs (resource, limit_type, max_value) VALUES ('channel:sms', 'qps', 5)",
        "INSERT INTO system_config VALUES ('mine', 'x', 'display', '', 'string', NULL)",
        "DELETE FROM thread_pool_configs WHERE pool_name = 'mine'",
        "DELETE FROM rate_limit_configs WHERE resource = 'channel:sms'",
        "DELETE FROM system_config WHERE key = 'mine'",
      ]) {
        const before = await driver.store.settings.revision()
        await driver.sql(statement)
        // A store that is told of changes hears of them a moment later.
        await vi.waitFor(async () => {
          expect([statement, await driver.store.settings.revision()]).toEqual([statement, before + 1])
        }, HEARD)
      }
      const { threadPools, revision } = await read()
      expect(threadPools).toContainEqual(expect.objectContaining({ pool_name: 'message_sender', max_pool_size: 200 }))
      expect(revision).toBe(await driver.store.settings.revision())
    })

    it('take whatever the database takes: it is checked when it is read', async () => {
      const { statement, read: wrong } = open.dialect.wrongSetting
      await driver.sql(statement)
      expect((await read()).threadPools).toContainEqual(expect.objectContaining(wrong))
    })

    describe('as they were', () => {
      const asOf = (revision: number | null) => driver.store.settings.asOf(revision)
      const revision = async () => (await asOf(null)).revision
      const thenAt = async (at: number) => (await asOf(at)).was?.tables
      const sorted = (tables: SettingsTables | undefined) =>
        [...(tables?.threadPools ?? []), ...(tables?.rateLimits ?? []), ...(tables?.system ?? [])]
          .map((row) => JSON.stringify(row))
          .toSorted()
      const now = async () => sorted((await driver.store.settings.asOf(null)).now)

      it('are what they are at the present revision, with the time at which it came', async () => {
        const before = Date.now()
        await driver.sql("UPDATE system_config SET value = '7' WHERE key = 'delivery.max_retries'")
        const { revision: current, now: rows, was } = await driver.store.settings.asOf(null)
        expect(current).toBe(await revision())
        expect(was?.tables).toEqual(rows)
        expect(was?.since).toBeGreaterThanOrEqual(before - 1)
        expect(was?.since).toBeLessThanOrEqual(Date.now() + 1)
        const { threadPools, rateLimits, system } = await read()
        expect(sorted(rows)).toEqual(sorted({ threadPools, rateLimits, system }))
      })

      it.each([
        ['an insert', "INSERT INTO system_config VALUES ('mine', 'x', 'display', '', 'string', NULL)"],
        ['an update', 'UPDATE rate_limit_configs SET max_value = 77, window_seconds = 0.5'],
        ['an update of a name', "UPDATE system_config SET key = 'yours' WHERE key = 'mine'"],
        ['a delete', "DELETE FROM thread_pool_configs WHERE pool_name = 'notification'"],
        ['several in one statement', "UPDATE system_config SET value = value || '0', category = 'x'"],
        [
          'an insert that becomes an update',
          "INSERT INTO system_config VALUES ('yours', 'q', 'display', '', 'string', NULL) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        ],
        ...open.dialect.settingsChanges,
      ])('take back %s', async (_, statement) => {
        const [at, before] = [await revision(), await now()]
        await driver.sql(statement)
        expect(sorted(await thenAt(at))).toEqual(before)
        expect(sorted(await thenAt(await revision()))).toEqual(await now())
      })

      it('take back one change after the other, also over a restart', async () => {
        const key = 'queue.max_backlog'
        const values = async (at: number) =>
          (await thenAt(at))?.system.filter((row) => row.key === key).map((row) => row.value)
        const first = await revision()
        const was = await values(first)
        await driver.store.settings.writeSystem(key, '3', T0)
        await driver.sql(`DELETE FROM system_config WHERE key = '${key}'`)
        await driver.sql(`INSERT INTO system_config VALUES ('${key}', '4', '', '', 'int', NULL)`)
        await driver.reopen()
        expect(await Promise.all([0, 1, 2, 3].map((step) => values(first + step)))).toEqual([was, ['3'], [], ['4']])
        expect(was).toHaveLength(1)
      })

      it('are not told of a revision that has not come, or is older than the last 10,000', async () => {
        const current = await revision()
        expect(await asOf(current + 1)).toMatchObject({ revision: current, oldest: 1, was: null })
        expect((await asOf(0)).was).toBeNull()
        expect((await asOf(1)).was).toEqual({ since: null, tables: { threadPools: [], rateLimits: [], system: [] } })
        await driver.sql(
          `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
           INSERT INTO rate_limit_configs SELECT 'channel:' || i, 'qps', 1, 1, 1 FROM n`,
        )
        const { revision: latest, oldest } = await asOf(current)
        expect([latest, oldest]).toEqual([current + 10_000, current])
        expect((await asOf(current - 1)).was).toBeNull()
        expect((await asOf(current)).was?.since).toBeNull()
        expect((await thenAt(current))?.rateLimits.length).toBeLessThan(10)
      })
    })
  })
}
