/** Taking messages in: everything of a request, or nothing of it; all requests of a turn in one statement per table. */
import type { AcceptResult, AcceptWrite, NewMessage, StoredReply } from '../../../messages/store.ts'
import { columnsOf, unnest } from '../columns.ts'
import { NOBODY } from '../membership.ts'
import { statement } from '../statement.ts'
import { together } from '../together.ts'
import type { Gathering } from '../waves.ts'
import type { Ground } from './message-rows.ts'
import { MESSAGE } from './record-row.ts'

const insertMessages = statement<string[]>(
  `INSERT INTO messages (${Object.keys(MESSAGE).join(', ')}) SELECT * FROM ${unnest(MESSAGE)}`,
)
const insertEntries = statement<string[]>(
  `INSERT INTO queue_entries (queue, owner, priority, lane, id)
   SELECT 'message.send', * FROM ${unnest({ owner: 'smallint', priority: 'smallint', lane: 'text', id: 'bigint' })}`,
)
const insertDelays = statement<string[]>(
  `INSERT INTO queue_delays (queue, due_at, priority, lane, id)
   SELECT 'message.send', * FROM ${unnest({ due_at: 'bigint', priority: 'smallint', lane: 'text', id: 'bigint' })}`,
)
const insertTask = statement<[number, number, string, number, number, number, number, number]>(
  `INSERT INTO tasks (id, template_id, channel, total, priority, created_at, first_id, last_id)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
)
const insertKeys = statement<string[], { key: string }>(
  `INSERT INTO idempotency_keys (key, body_hash, reply, created_at)
   SELECT * FROM ${unnest({ key: 'text', body_hash: 'text', reply: 'text', created_at: 'bigint' })}
   ON CONFLICT (key) DO NOTHING RETURNING key`,
)
const selectKeys = statement<[string], { key: string; body_hash: string; reply: string }>(
  'SELECT key, body_hash, reply FROM idempotency_keys WHERE key = ANY ($1::text[])',
)

interface Placed {
  message: NewMessage
  lane: string
  owner: number
}

type Keyed = NonNullable<AcceptWrite['idempotency']> & { now: number }

export function acceptOperations({ db, tally, partitions, self }: Ground) {
  /** What those keys were answered that are there already. */
  async function repeats(writes: readonly AcceptWrite[]): Promise<Map<string, AcceptResult>> {
    // In one order everywhere: two nodes that are given the same keys wait for each other in one direction.
    const keyed = writes
      .flatMap(({ idempotency, now }): Keyed[] => (idempotency ? [{ ...idempotency, now }] : []))
      .toSorted((a, b) => (a.key < b.key ? -1 : 1))
    if (keyed.length === 0) return new Map()
    const columns = columnsOf(
      keyed,
      ({ key }) => key,
      ({ bodyHash }) => bodyHash,
      ({ reply }) => JSON.stringify(reply),
      ({ now }) => now,
    )
    const fresh = new Set((await db.all(insertKeys, ...columns)).map(({ key }) => key))
    const known = keyed.filter(({ key }) => !fresh.has(key))
    if (known.length === 0) return new Map()
    const stored = await db.all(selectKeys, ...(columnsOf(known, ({ key }) => key) as [string]))
    const hashes = new Map(known.map(({ key, bodyHash }) => [key, bodyHash]))
    return new Map(
      stored.map(({ key, body_hash, reply }): [string, AcceptResult] => [
        key,
        hashes.get(key) === body_hash
          ? { kind: 'repeated', reply: JSON.parse(reply) as StoredReply }
          : { kind: 'mismatch' },
      ]),
    )
  }

  async function insert(placed: readonly Placed[]): Promise<void> {
    if (placed.length === 0) return
    await db.run(
      insertMessages,
      ...columnsOf(
        placed,
        ({ message }) => message.id,
        ({ message }) => message.channel,
        ({ message }) => message.recipient,
        ({ message }) => message.templateId,
        ({ message }) => message.templateVersion,
        ({ message }) => JSON.stringify(message.variables),
        ({ message }) => message.priority,
        ({ message }) => message.flow,
        ({ message }) => message.taskId,
        ({ message }) => message.acceptedAt,
        ({ message }) => message.dueAt,
        ({ message }) => message.expiresAt,
        ({ message }) => message.settingsVersion,
        ({ message }) => message.traceparent,
        ({ message }) => message.timeZone,
      ),
    )
  }

  async function place(entries: readonly Placed[], delays: readonly Placed[]): Promise<void> {
    const columns = [
      ({ message }: Placed) => message.priority,
      ({ lane }: Placed) => lane,
      ({ message }: Placed) => message.id,
    ] as const
    const writes: Promise<number>[] = []
    if (entries.length > 0) writes.push(db.run(insertEntries, ...columnsOf(entries, ({ owner }) => owner, ...columns)))
    if (delays.length > 0) {
      writes.push(db.run(insertDelays, ...columnsOf(delays, ({ message }) => message.dueAt, ...columns)))
    }
    await together(writes)
  }

  function count(message: NewMessage): void {
    const state = isScheduled(message) ? 'scheduled' : 'queued'
    tally.accepted(message, state, message.acceptedAt)
    tally.assigned(message, message.templateVersion, state)
  }

  const accept: Gathering<AcceptWrite, AcceptResult> = {
    keysOf: ({ messages, idempotency }) => [
      ...messages.map(({ id }) => id),
      ...(idempotency ? [`idempotency ${idempotency.key}`] : []),
    ],
    async run(writes) {
      const known = await repeats(writes)
      const repeatOf = ({ idempotency }: AcceptWrite) => (idempotency ? known.get(idempotency.key) : undefined)
      const taken = writes.filter((write) => !repeatOf(write))
      const messages = taken.flatMap(({ messages: of }) => of)
      await partitions.months(messages.map(({ id }) => id))
      const placed = taken.flatMap(({ messages: of, lane, unowned }) =>
        of.map((message): Placed => ({ message, lane, owner: unowned ? NOBODY : self.puts })),
      )
      const entries = placed.filter(({ message }) => !isScheduled(message))
      const delays = placed.filter(({ message }) => isScheduled(message))
      const tasks = taken.flatMap(({ task, now, messages: of }) => {
        if (!task) return []
        const ids = of.map(({ id }) => id)
        const { id, templateId, channel, total, priority } = task
        const [first, last] = [ids.reduce(least), ids.reduce(most)]
        return [db.run(insertTask, id, templateId, channel, total, priority, now, first, last)]
      })
      await together([insert(placed), place(entries, delays), ...tasks])
      for (const message of messages) count(message)
      return writes.map((write) => repeatOf(write) ?? { kind: 'accepted' })
    },
  }

  return { accept }
}

const isScheduled = ({ dueAt, acceptedAt }: NewMessage): boolean => dueAt > acceptedAt
const least = (a: number, b: number) => Math.min(a, b)
const most = (a: number, b: number) => Math.max(a, b)
