import { poolsSchema, settingsVersionSchema, type Pools, type SettingsTable } from '@signalbox/contracts'
import { once } from '@signalbox/engine'
import { describe, expect, it } from 'vitest'
import { openServer, type TestServer } from '../../test/support/server.ts'

describe('GET /api/system/pools', () => {
  it('tells each pool with its figures, and the last changes of its size with time, sizes and why, newest first', async () => {
    const server = await openServer()
    for (const core of [30, 40]) {
      const scaled = once(server.engine.events, 'pool:scaled')
      server.sql(`UPDATE thread_pool_configs SET core_pool_size = ${core} WHERE pool_name = 'message_sender'`)
      await scaled
    }
    const { body } = await server.call('/api/system/pools')
    expect(poolsSchema.safeParse(body.data).error).toBeUndefined()
    const { workers, threads } = body.data as Pools
    expect(workers.map(({ name }) => name)).toEqual(['message_sender', 'ai_processor', 'notification'])
    expect(workers[0]).toMatchObject({
      pool_size: 40,
      core_pool_size: 40,
      scale_up_threshold: 80,
      history: [
        { from: 30, to: 40, cause: 'core_raised', reason: 'core_pool_size is 40' },
        { from: 20, to: 30, cause: 'core_raised', reason: 'core_pool_size is 30' },
      ],
    })
    const idle = { active_count: 0, pool_size: 0, completed_tasks: 0 }
    expect(threads).toMatchObject([
      { name: 'render', ...idle },
      { name: 'mjml', ...idle },
    ])
  })
})

describe('GET /api/system/settings', () => {
  const PATH = '/api/system/settings'
  const versionOf = async (server: TestServer, query = '') =>
    settingsVersionSchema.parse((await server.call(PATH + query)).body.data)
  const changesOf = async (server: TestServer, query: string) =>
    (await versionOf(server, query)).rows.filter(({ changed }) => changed)

  it('tells every row of the three tables as it stands, with nothing changed', async () => {
    const server = await openServer()
    const { version, current_version: current, since, rows } = await versionOf(server)
    expect([version, current]).toEqual([server.engine.settings.version, version])
    expect(Date.parse(since ?? '')).toBeLessThanOrEqual(Date.now() + 1)
    expect(since).toMatch(/[+-]\d\d:\d\d$/)
    expect(rows.filter(({ changed }) => changed)).toEqual([])
    const count = (table: SettingsTable) => rows.filter((row) => row.table === table).length
    const { threadPools, rateLimits } = server.engine.settings
    expect([count('thread_pool_configs'), count('rate_limit_configs')]).toEqual([threadPools.length, rateLimits.length])
    expect(rows).toContainEqual({
      table: 'system_config',
      name: 'delivery.max_retries',
      was: expect.objectContaining({ value: '3', value_type: 'int' }),
      now: expect.objectContaining({ value: '3' }),
      changed: false,
    })
  })

  it('tells of an earlier version what was different, what was not there and what is gone', async () => {
    const server = await openServer()
    const { version } = await versionOf(server)
    server.sql("UPDATE thread_pool_configs SET max_pool_size = 99 WHERE pool_name = 'ai_processor'")
    server.sql("INSERT INTO rate_limit_configs (resource, limit_type, max_value) VALUES ('channel:sms', 'qps', 5)")
    server.sql("DELETE FROM system_config WHERE key = 'delivery.max_retries'")
    expect(await changesOf(server, `?version=${version}`)).toMatchObject([
      { name: 'ai_processor', was: { max_pool_size: 50 }, now: { max_pool_size: 99 } },
      { name: 'channel:sms qps', was: null, now: { max_value: 5 } },
      { name: 'delivery.max_retries', was: { value: '3' }, now: null },
    ])
    const after = await versionOf(server, `?version=${version + 1}`)
    expect([after.version, after.current_version]).toEqual([version + 1, version + 3])
    expect(await changesOf(server, '')).toEqual([])
  })

  it('tells what no number of JSON can say as text', async () => {
    const server = await openServer()
    const { version } = await versionOf(server)
    server.sql("UPDATE thread_pool_configs SET queue_capacity = 9e999 WHERE pool_name = 'ai_processor'")
    expect(await changesOf(server, `?version=${version}`)).toMatchObject([{ now: { queue_capacity: 'Infinity' } }])
  })

  it('says from where to where versions are told', async () => {
    const server = await openServer()
    const reply = await server.call(`${PATH}?version=4711`)
    expect([reply.status, reply.body.details.error]).toEqual([404, 'settings_version_not_found'])
    const { version } = await versionOf(server)
    expect(reply.body.message).toBe(`expected a settings version from 1 to ${version}, got 4711`)
  })

  it.each(['?version=0', '?version=-1', '?version=1.5', '?version=x', '?version=', '?version=1&version=2', '?v=1'])(
    'refuses %s',
    async (query) => {
      const server = await openServer()
      const { status, body } = await server.call(PATH + query)
      expect([status, body.details.error]).toEqual([422, 'invalid'])
    },
  )
})
