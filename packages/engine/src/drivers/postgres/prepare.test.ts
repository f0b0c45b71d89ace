import { expect, it, onTestFinished } from 'vitest'
import { testDatabaseUrl } from '../../../test/support/postgres-server.ts'
import { faultProxy } from '../../../test/support/services/index.ts'
import { whilePreparing } from './prepare.ts'

// A connection that is lost says so by an error, and one without a listener ends the process.
it('fails, and no more, when its connection is lost', async () => {
  const proxy = await faultProxy(testDatabaseUrl())
  onTestFinished(() => proxy.close())
  const preparing = whilePreparing({ url: proxy.url, schema: 'never_prepared' }, async (client) => {
    const asked = client.query('SELECT pg_sleep(60)')
    proxy.resetAll()
    await asked
  })
  await expect(preparing).rejects.toThrow(/ECONNRESET|terminated/)
})
