import { describe, expect, it } from 'vitest'
import { temporaryStore } from '../../engine/test/support/engine.ts'
import { testDatabaseUrl } from '../../engine/test/support/postgres-server.ts'
import { RABBITMQ, REDIS, testUrl } from '../../engine/test/support/services/index.ts'
import { sql } from '../../engine/test/support/stores.ts'
import { call } from '../test/support/http.ts'
import { LISTENS, run } from '../test/support/program.ts'

const MASTER_KEY = Buffer.alloc(32, 7).toString('base64')

function several() {
  const schema = temporaryStore()
  const urls = { DATABASE_URL: testDatabaseUrl(), AMQP_URL: testUrl(RABBITMQ), REDIS_URL: testUrl(REDIS) }
  const start = (name: string, role: string) =>
    run({ ...urls, DATABASE_SCHEMA: schema, MASTER_KEY, NODE_NAME: name, ROLE: role })
  return { schema, start }
}

describe('the program as one of several nodes', { timeout: 60_000 }, () => {
  it('says who it is, and ends when others have ended it, so that it is started again', async () => {
    const { schema, start } = several()
    const [front, box] = await Promise.all([start('front', 'api'), start('box', 'worker')])
    const [, url = ''] = await front.says(LISTENS)
    await box.says(/\(node box, worker, data in PostgreSQL\)/)
    const { nodes } = (await call(url, '/api/system/nodes')).body.data
    expect(nodes.map(({ name, role }: { name: string; role: string }) => `${name} ${role}`).toSorted()).toEqual([
      'box worker',
      'front api',
    ])
    await sql(schema, "UPDATE nodes SET ended = true WHERE name = 'box'")
    expect(await box.exit).toBe(1)
    expect(box.output()).toMatch(/other nodes have ended this one \(box, lease \d+\).*; start it again/)
    front.process.kill('SIGTERM')
    expect(await front.exit).toBe(0)
  })
})
