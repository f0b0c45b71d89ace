import pg from 'pg'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { accepted, acceptWrite, claimed, newMessage, settled, T0 } from '../../../test/conformance/support.ts'
import { nodeNamed, openNode, temporarySchema } from '../../../test/support/nodes.ts'
import { testDatabaseUrl } from '../../../test/support/postgres-server.ts'
import { configOf } from './connect.ts'

/** Another node's transaction, held open for as long as the test wants. */
async function other(schema: string): Promise<{ client: pg.Client; waitedFor(): Promise<void> }> {
  const client = new pg.Client(configOf({ url: testDatabaseUrl(), schema }, 'lookups'))
  await client.connect()
  onTestFinished(() => client.end())
  return {
    client,
    waitedFor: () =>
      vi.waitFor(async () => {
        const { rows } = await client.query(
          `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name = 'signalbox writer ${schema}'`,
        )
        expect(rows).toHaveLength(1)
      }, 5_000),
  }
}

describe('a move that another node overtakes', () => {
  it('is judged by what it finds then: a receipt that comes while the result is being written is not lost', async () => {
    const schema = temporarySchema()
    const { store } = await openNode(schema, nodeNamed('a'))
    const { client, waitedFor } = await other(schema)
    const { id } = await claimed(store, await accepted(store))
    await client.query(`BEGIN; DELETE FROM claims WHERE id = ${id};
      INSERT INTO states (id, state, attempt, fence, service_id, updated_at, finished_at) VALUES (${id}, 'sent', 1, 1, 7, ${T0}, ${T0})`)
    const receipt = store.messages.receipt({ recordId: id, state: 'delivered', at: T0 }, T0)
    await waitedFor()
    await client.query('COMMIT')
    expect(await receipt).toMatchObject({ moved: true, record: { state: 'delivered' } })
  })

  it.each(['resolve', 'requeue', 'late', 'look'] as const)(
    'is not made when it is no longer what it was: %s',
    async (what) => {
      const schema = temporarySchema()
      const { store } = await openNode(schema, nodeNamed('a'))
      const { client, waitedFor } = await other(schema)
      const { id, fence } = await settled(store, 'unknown')
      await client.query(`BEGIN; UPDATE states SET state = 'sent' WHERE id = ${id}`)
      const late = {
        id,
        fence,
        state: 'failed',
        providerId: null,
        errorCode: null,
        errorMessage: null,
        now: T0,
      } as const
      const look = {
        recordId: id,
        at: T0,
        attempt: 1,
        serviceId: 7,
        startedAt: T0,
        fence,
        answer: 'not_found',
      } as const
      const moves = {
        resolve: () => store.messages.resolve(id, 'failed', T0, ''),
        requeue: () => store.messages.requeue(id, ['unknown'], T0, 'resend'),
        late: () => store.messages.resolveLate(late),
        look: () =>
          store.looks.write({ ...look, code: null, detail: null, providerId: null, deliveredAt: null, maxRetries: 3 }),
      }
      const move = moves[what]()
      await waitedFor()
      await client.query('COMMIT')
      const result = await move
      if (result) expect(result).toMatchObject({ moved: false, record: { state: 'sent' } })
      expect(await store.messages.get(id)).toMatchObject({ state: 'sent' })
    },
  )

  it('is not made when it is being claimed: cancelling finds that it is with a provider', async () => {
    const schema = temporarySchema()
    const { store } = await openNode(schema, nodeNamed('a'))
    const { client, waitedFor } = await other(schema)
    const { id } = await accepted(store)
    await client.query(`BEGIN; DELETE FROM queue_entries WHERE id = ${id};
      INSERT INTO claims (id, fence, attempt, service_id, claimed_at, owner) VALUES (${id}, 1, 1, 7, ${T0}, 2)`)
    const cancel = store.messages.cancel(id, T0)
    await waitedFor()
    await client.query('COMMIT')
    expect(await cancel).toMatchObject({ moved: false, record: { state: 'sending' } })
  })
})

describe('two nodes at the same moment', () => {
  it('that are given the same idempotency keys make one message of each, and tell both of it', async () => {
    const schema = temporarySchema()
    const nodes = [await openNode(schema, nodeNamed('a')), await openNode(schema, nodeNamed('b'))]
    for (let round = 0; round < 10; round++) {
      const keys = Array.from({ length: 8 }, (_, i) => `key ${round} ${i}`)
      const asked = nodes.flatMap(({ store }, n) =>
        (n === 0 ? keys : keys.toReversed()).map(async (key) => {
          const message = newMessage()
          const idempotency = { key, bodyHash: 'h', reply: { id: message.id } }
          const result = await store.messages.accept(acceptWrite([message], { idempotency }))
          return { key, id: message.id, result }
        }),
      )
      const told = await Promise.all(asked)
      for (const key of keys) {
        const [made, ...others] = told
          .filter((each) => each.key === key)
          .toSorted((x) => (x.result.kind === 'accepted' ? -1 : 1))
        expect(made?.result).toEqual({ kind: 'accepted' })
        expect(others.map(({ result }) => result)).toEqual([{ kind: 'repeated', reply: { id: made?.id } }])
      }
    }
  })

  it('that write first in a month, a day and an inbox both succeed', async () => {
    const schema = temporarySchema()
    const nodes = [await openNode(schema, nodeNamed('a')), await openNode(schema, nodeNamed('b'))]
    for (let month = 0; month < 4; month++) {
      const at = Date.UTC(2027, month, 3)
      const done = await Promise.all(
        nodes.map(async ({ store }, n) => {
          const id = (month + 1) * 1_000 + n + Math.floor((at - Date.UTC(2024, 0, 1)) * 4_096)
          const message = newMessage({ id, acceptedAt: at, dueAt: at })
          await store.messages.accept(acceptWrite([message]))
          await store.messages.receipt({ recordId: id, state: 'delayed', at }, at)
          const entry = {
            user: 'u',
            recordId: 7_000 + month,
            title: null,
            text: 't',
            expiresAt: at,
            ackTimeoutMs: 1,
            keepAtMost: 9,
          }
          return store.inbox.put(entry, at)
        }),
      )
      expect(done.map(({ entry }) => entry.seq)).toEqual([month + 1, month + 1])
      expect(done.filter(({ repeated }) => repeated)).toHaveLength(1)
    }
  })

  it('that suppress the same recipient add one line', async () => {
    const schema = temporarySchema()
    const nodes = [await openNode(schema, nodeNamed('a')), await openNode(schema, nodeNamed('b'))]
    const suppression = {
      channel: 'sms',
      recipient: 'r',
      purpose: 'all',
      reason: 'manual',
      detail: null,
      recordId: null,
      createdAt: T0,
    } as const
    const added = await Promise.all(nodes.map(({ store }) => store.suppressions.add(suppression)))
    expect(added.filter((each) => each.added)).toHaveLength(1)
    expect(added[0]?.record).toEqual(added[1]?.record)
  })
})
