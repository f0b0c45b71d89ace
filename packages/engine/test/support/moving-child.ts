/** A process that is made to be killed: moves a data folder into a schema, and says how far it has come. */
import { moveToPostgres } from '../../src/drivers/move.ts'

const [, , folder, url, schema] = process.argv
if (!folder || !url || !schema) throw new Error('expected a folder, a URL and a schema as arguments')
await moveToPostgres({
  folder,
  url,
  schema,
  page: 1,
  tellEvery: 1,
  onProgress: (line) => process.stdout.write(`${line}\n`),
})
