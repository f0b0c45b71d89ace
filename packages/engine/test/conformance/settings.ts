import { describe, expect, it } from 'vitest'
import { SETTINGS_DEFAULTS } from '../../src/settings/definitions.ts'
import { T0, useDriver, type OpenDriver } from './support.ts'

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
      expect(rateLimits).toHaveLength(1)
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
        expect([statement, await driver.store.settings.revision()]).toEqual([statement, before + 1])
      }
      const { threadPools, revision } = await read()
      expect(threadPools).toContainEqual(expect.objectContaining({ pool_name: 'message_sender', max_pool_size: 200 }))
      expect(revision).toBe(await driver.store.settings.revision())
    })

    it('take whatever SQL writes: it is checked when it is read', async () => {
      await driver.sql("UPDATE thread_pool_configs SET max_pool_size = 'many' WHERE pool_name = 'ai_processor'")
      expect((await read()).threadPools).toContainEqual(
        expect.objectContaining({ pool_name: 'ai_processor', max_pool_size: 'many' }),
      )
    })
  })
}
