import { settingsAppliedSchema } from '@signalbox/contracts'
import { once } from '@signalbox/engine'
import { describe, expect, it } from 'vitest'
import { openServer, type TestServer } from '../../test/support/server.ts'

const appliedIn = async (server: TestServer) =>
  settingsAppliedSchema.parse((await server.call('/api/system/settings/applied')).body.data)

describe('GET /api/system/settings/applied', () => {
  it('tells on which nodes the newest settings are in force, and how long that took', async () => {
    const server = await openServer()
    const { version } = await appliedIn(server)
    const applied = once(server.engine.events, 'settings:applied')
    server.sql("UPDATE system_config SET value = '7' WHERE key = 'delivery.max_retries'")
    await applied
    const after = await appliedIn(server)
    expect(after).toMatchObject({ version: version + 1, nodes: [{ number: 0, version: version + 1, problems: [] }] })
    expect(after.since).not.toBeNull()
    expect(after.nodes[0]?.applied_at).not.toBeNull()
    expect(after.nodes[0]?.after_ms).toBeLessThan(60_000)
  })

  it('tells what was refused there, and that the version is in force all the same', async () => {
    const server = await openServer()
    const applied = once(server.engine.events, 'settings:applied')
    server.sql("UPDATE thread_pool_configs SET max_pool_size = 0 WHERE pool_name = 'ai_processor'")
    await applied
    const { version, nodes } = await appliedIn(server)
    expect(nodes).toMatchObject([{ version, problems: [{ table: 'thread_pool_configs', row: 'ai_processor' }] }])
  })
})
