import { poolsSchema, type Pools } from '@signalbox/contracts'
import { once } from '@signalbox/engine'
import { describe, expect, it } from 'vitest'
import { openServer } from '../../test/support/server.ts'

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
