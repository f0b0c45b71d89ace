import { expect, it, onTestFinished, vi } from 'vitest'
import { testDatabaseUrl } from '../../../test/support/postgres-server.ts'
import { faultProxy } from '../../../test/support/services/index.ts'
import { openReader } from './reader.ts'

// A connection that is lost says so by an error, and one without a listener ends the process.
it('outlives the loss of the connection that reads several things of one moment', async () => {
  const proxy = await faultProxy(testDatabaseUrl())
  const reader = openReader({ url: proxy.url, schema: 'public' })
  onTestFinished(async () => {
    await reader.close()
    await proxy.close()
  })
  const whileAnswering = reader.snapshot((db) => {
    const answer = db.rows('SELECT pg_sleep(60)')
    proxy.resetAll()
    return answer
  })
  await expect(whileAnswering).rejects.toThrow('expected PostgreSQL to answer')
  const betweenQuestions = reader.snapshot(async (db) => {
    proxy.resetAll()
    await vi.waitFor(() => expect(proxy.open).toBe(0), 10_000)
    await new Promise((resolve) => setImmediate(resolve))
    return db.rows('SELECT 1')
  })
  await expect(betweenQuestions).rejects.toThrow('expected PostgreSQL to answer')
  expect(await reader.snapshot((db) => db.rows('SELECT 1 AS one'))).toEqual([{ one: 1 }])
})

it('says that it may be asked again when the server was too busy, and tells anything else as it is', async () => {
  const reader = openReader({ url: testDatabaseUrl(), schema: 'public' })
  onTestFinished(() => reader.close())
  const failing = (code: string) => `DO $$ BEGIN RAISE EXCEPTION 'so it is' USING ERRCODE = '${code}'; END $$`
  for (const { rows } of [reader.db, reader.searches]) {
    await expect(rows(failing('57014'))).rejects.toMatchObject({
      ...{ reason: 'not_accepting', retryAfterMs: 1_000 },
      message: 'expected PostgreSQL to answer in time, got a statement that took too long',
    })
    await expect(rows(failing('22012'))).rejects.toMatchObject({ code: '22012', message: 'so it is' })
  }
})
