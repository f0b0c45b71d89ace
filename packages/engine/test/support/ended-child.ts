/**
 * A process that is one node and is made to be stopped and ended: it accepts two messages, prints its lease and their ids, and
 * for each line that it is given it claims the first and prints what became of that.
 */
import { createInterface } from 'node:readline'
import { accepted, entryOf, T0 } from '../conformance/support.ts'
import { openNodeAt, nodeNamed } from './nodes.ts'

const schema = process.argv[2]
if (!schema) throw new Error('expected a schema as the first argument')
const { store, lease } = await openNodeAt(schema, nodeNamed('child'))
const messages = [await accepted(store), await accepted(store)] as const
process.stdout.write(`${JSON.stringify({ lease, ids: messages.map(({ id }) => id) })}\n`)
for await (const line of createInterface({ input: process.stdin })) {
  if (line !== 'claim') break
  const claim = store.messages.claim({ entry: entryOf(messages[0]), serviceId: 7, now: T0 })
  const became = await claim.then(
    ({ kind }) => kind,
    (error: unknown) => String(error),
  )
  process.stdout.write(`${became}\n`)
}
await store.close()
