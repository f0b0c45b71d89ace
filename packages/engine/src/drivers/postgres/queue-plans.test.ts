import { describe, expect, it } from 'vitest'
import { acceptWrite, entryOf, newMessage, SERVICE, settleWrite, T0 } from '../../../test/conformance/support.ts'
import { nodeNamed, openNode, temporarySchema } from '../../../test/support/nodes.ts'
import { storesOf } from '../../../test/support/stores.ts'
import { newRecord } from '../../../test/support/records.ts'
import { until } from '../../../test/support/waiting.ts'
import type { Entry } from '../../queue/store.ts'

const WAITING = 5_000
const TAKEN = 50

/** A queue that was empty a moment ago: the server knows nothing yet of how it is made up. */
async function backlog(unowned: boolean) {
  const schema = temporarySchema()
  const { store } = await openNode(schema, nodeNamed('one'))
  const messages = Array.from({ length: WAITING }, () => newMessage())
  await store.messages.accept(acceptWrite(messages, { unowned }))
  const sql = (text: string) => storesOf('postgres').sql(schema, text)
  /** How much of the index it reads. The server tells of what it did about a second later. */
  async function reads(work: () => Promise<unknown>): Promise<number> {
    const told = async () => {
      const [row] = await sql(
        `SELECT idx_scan, idx_tup_read FROM pg_stat_user_indexes WHERE schemaname = '${schema}' AND indexrelname = 'queue_entries_pkey'`,
      )
      return { scans: Number(row?.['idx_scan']), entries: Number(row?.['idx_tup_read']) }
    }
    const before = await told()
    await work()
    let after = before
    await until(async () => {
      // What it does next has the server tell of what was before.
      await store.services.uses(T0)
      after = await told()
      return after.scans > before.scans
    })
    return after.entries - before.entries
  }
  return { store, messages, entries: messages.map(entryOf), sql, reads }
}

describe('a long queue', () => {
  it('is not read through by claims', async () => {
    const { store, messages, reads } = await backlog(false)
    const read = await reads(async () => {
      const claims = await Promise.all(
        messages.slice(0, TAKEN).map((message) => {
          const fresh = newRecord({ ...message, firstDueAt: message.dueAt })
          return store.messages.claim({ entry: entryOf(message), serviceId: SERVICE, now: T0, fresh })
        }),
      )
      expect(claims.every(({ kind }) => kind === 'claimed')).toBe(true)
    })
    expect(read).toBeLessThan(WAITING / 10)
  })

  it('is not read through by those that take over a part of it, or let go of one', async () => {
    const { store, entries, reads } = await backlog(true)
    const [first] = entries as [Entry]
    const read = await reads(async () => {
      expect(await store.queue.adoptThese(entries.slice(-TAKEN))).toHaveLength(TAKEN)
      expect(await store.queue.adopt(TAKEN, 0)).toHaveLength(TAKEN)
      expect(await store.queue.giveUp(first, 0, TAKEN)).toHaveLength(TAKEN)
    })
    expect(read).toBeLessThan(WAITING / 5)
  })

  it('has its next part read without what was sent before', async () => {
    const { store, messages, entries, sql } = await backlog(false)
    const sent = messages.slice(0, WAITING / 2)
    await Promise.all(
      sent.map(async (message) => {
        const fresh = newRecord({ ...message, firstDueAt: message.dueAt })
        const claim = await store.messages.claim({ entry: entryOf(message), serviceId: SERVICE, now: T0, fresh })
        if (claim.kind === 'claimed') await store.messages.settle(settleWrite(claim.record, 'sent'))
      }),
    )
    const [first] = entries as [Entry]
    const readThrough = async () => {
      const [row] = await sql(
        "SELECT sum(seq_tup_read) AS read FROM pg_stat_user_tables WHERE schemaname = current_schema() AND relname LIKE 'states%'",
      )
      return Number(row?.['read'])
    }
    const loaded = await store.queue.load(first, 0, TAKEN)
    expect(loaded.ids).toEqual(entries.slice(WAITING / 2, WAITING / 2 + TAKEN).map(({ id }) => id))
    expect(loaded.untouched.map(({ id }) => id)).toEqual(loaded.ids)
    // The server tells of what a connection did when that is over.
    await store.close()
    expect(await readThrough()).toBe(0)
  })
})
