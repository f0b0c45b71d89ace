import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import pg from 'pg'
import { noDatabase, testDatabaseUrl } from '../../../test/support/postgres-server.ts'
import { columnsOf, unnest } from './columns.ts'
import { dbOf } from './statement.ts'

describe.skipIf(noDatabase())('rows as columns', () => {
  let client: pg.Client
  beforeAll(async () => {
    client = new pg.Client({ connectionString: testDatabaseUrl() })
    await client.connect()
  })
  afterAll(() => client.end())

  it('come out as they went in, whatever text is in them', async () => {
    const db = dbOf((query) => client.query(query))
    const special = fc.constantFrom('NULL', '', '{}', 'a,b', '"', '\\', "'", '\n', '👩‍🚀', '\t ')
    const text = fc.oneof(special, fc.string({ unit: 'grapheme' }))
    const row = fc.record({ id: fc.option(fc.maxSafeInteger()), text: fc.option(text), flag: fc.boolean() })
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 5 }), async (rows) => {
        const columns = columnsOf(
          rows,
          ({ id }) => id,
          (each) => each.text,
          ({ flag }) => flag,
        )
        const found = await db.rows<Record<string, unknown>>(
          `SELECT id::text, text, flag FROM ${unnest({ id: 'bigint', text: 'text', flag: 'boolean' })}`,
          columns,
        )
        const readable = (each: string | null) => each?.replaceAll('\0', '\uFFFD') ?? null
        expect(found).toEqual(
          rows.map(({ id, text: given, flag }) => ({
            id: id === null ? null : String(id),
            text: readable(given),
            flag,
          })),
        )
      }),
    )
  })
})
