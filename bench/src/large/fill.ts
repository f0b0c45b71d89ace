/**
 * A store with finished messages, written through the driver's own tables and statistics but without an engine, which would
 * take an hour for what this writes in minutes.
 */
import type { TraceNode } from '../../../packages/engine/src/tracer/trace.ts'
import { openDatabase, type Db } from '../../../packages/engine/src/drivers/sqlite/database.ts'
import { encodeNodes } from '../../../packages/engine/src/drivers/shared/nodes.ts'
import { openPartitions, type Partitions } from '../../../packages/engine/src/drivers/sqlite/partitions.ts'
import { openRecipientIndex } from '../../../packages/engine/src/drivers/sqlite/recipients.ts'
import { createTally } from '../../../packages/engine/src/drivers/sqlite/tally.ts'
import { firstIdAt } from '../../../packages/engine/src/ids.ts'
import { answerWith, given } from '../children.ts'
import { ourAdapter } from '../our-adapter.ts'
import { openOurEngine } from '../our-engine.ts'
import { PAYLOAD } from '../payload.ts'
import type { ListFacts } from './lists.ts'
import { RECIPIENTS } from './recipients.ts'
import { shapeOf, TASK_MESSAGES } from './shape.ts'

export interface FillInput {
  folder: string
  messages: number
}
export interface Filled {
  ms: number
  /** Of the whole store, once its log is in it. */
  bytes: number
  /** By kind of table: `messages`, `states`, `traces` … */
  bytesByTable: Record<string, number>
  /** To look up, spread over all of them. */
  ids: number[]
  facts: ListFacts
}

/** Messages go back over so many days, as long as traces are kept. */
const DAYS = 6
const DAY_MS = 86_400_000
/** Recipients with about four messages each. */
const MESSAGES_PER_RECIPIENT = 4
/** One in so many goes to the one who gets many. */
const MANY_SHARE = 50
/** As the store is later asked with. */
const WORKERS = 100
const PER_COMMIT = 10_000
const LOOKED_UP = 1_000

const { folder, messages } = await given<FillInput>()
await answerWith(async (): Promise<Filled> => {
  const { engine, templateId } = await openOurEngine(
    folder,
    ourAdapter(() => undefined),
    WORKERS,
  )
  await engine.stop()
  const db = openDatabase(folder, 'write')
  // What is lost in a crash is made again.
  db.pragma('synchronous = OFF')
  const begunAt = performance.now()
  const { ids, facts } = fill(db, openPartitions(db), templateId)
  const ms = performance.now() - begunAt
  // Where an engine would have left it: nothing of this waits in memory.
  db.prepare('UPDATE resident_mark SET id = ?').run(firstIdAt(Date.now()))
  db.pragma('wal_checkpoint(TRUNCATE)')
  const bytesByTable = sizesOf(db)
  db.close()
  return { ms, bytes: Object.values(bytesByTable).reduce((sum, size) => sum + size, 0), bytesByTable, ids, facts }
})

function fill(db: Db, partitions: Partitions, firstTemplate: number): { ids: number[]; facts: ListFacts } {
  const { months, days } = partitions
  const tally = createTally(db, partitions)
  const recipients = openRecipientIndex(db, partitions)
  const insertMessage = months.writing((month) =>
    db.prepare(`INSERT INTO messages_${month} VALUES (?, ?, ?, ?, 1, ?, 5, 'api', ?, ?, ?, NULL, 1, NULL, NULL)`),
  )
  const insertState = months.writing((month) =>
    db.prepare(
      `INSERT INTO states_${month} (id, state, attempt, fence, service_id, provider_id, error_code, error_message, claimed_at, finished_at, updated_at)
       VALUES (?, ?, 1, 1, ?, NULL, ?, ?, ?, ?, ?)`,
    ),
  )
  const insertTrace = days.writing((day) => db.prepare(`INSERT INTO traces_${day} VALUES (?, 1, ?)`))
  const variables = JSON.stringify({ body: PAYLOAD })
  const people = Math.max(2, Math.floor(messages / MESSAGES_PER_RECIPIENT))
  const firstAt = Date.now() - DAYS * DAY_MS
  const stepMs = (DAYS * DAY_MS) / messages
  const lookedUp: number[] = []
  let taskId = 0
  let lastOfTask = 0

  function insert(i: number): void {
    const at = Math.floor(firstAt + i * stepMs)
    const id = firstIdAt(at) + (i % 128)
    const { channel, templateId, serviceId, state, error, inTask } = shapeOf(i, messages, firstTemplate)
    const recipient = i % MANY_SHARE === 3 ? RECIPIENTS.many : `user-${(i * 7_919) % people}`
    const finishedAt = at + 120
    if (inTask) {
      taskId ||= id
      lastOfTask = id
    }
    insertMessage(id).run(id, channel, recipient, templateId, variables, inTask ? taskId : null, at, at)
    insertState(id).run(id, state, serviceId, ...(error ?? [null, null]), at + 20, finishedAt, finishedAt)
    insertTrace(finishedAt).run(id, encodeNodes(nodesOf(at, error !== null)))
    recipients.add(id, recipient)
    const message = { id, channel, templateId, taskId: null }
    const after = { serviceId, finishedAt, durationMs: finishedAt - at }
    tally.accepted(message, 'queued', at)
    tally.moved(message, 'queued', state, finishedAt, { after })
    tally.responded(message, state, after, 100)
    if (i % Math.ceil(messages / LOOKED_UP) === 0) lookedUp.push(id)
  }

  for (let done = 0; done < messages; done += PER_COMMIT) {
    db.exec('BEGIN')
    for (let i = done; i < Math.min(messages, done + PER_COMMIT); i++) insert(i)
    tally.flush()
    recipients.flush()
    db.exec('COMMIT')
    recipients.committed()
  }
  db.prepare(
    `INSERT INTO tasks (id, template_id, channel, total, priority, created_at, updated_at, first_id, last_id)
     VALUES (?, ?, 'app', ?, 5, ?, ?, ?, ?)`,
  ).run(taskId, firstTemplate, TASK_MESSAGES, firstAt, firstAt, taskId, lastOfTask)
  return { ids: lookedUp, facts: { templateId: firstTemplate, taskId, from: firstAt, to: Date.now() } }
}

function nodesOf(at: number, failed: boolean): TraceNode[] {
  const status = failed ? 'failed' : 'succeeded'
  const rest = { attempt: 1, worker: 'message_sender-7', serviceId: null, errorCode: null, error: null } as const
  return [
    { ...rest, name: 'queue', startedAt: at, finishedAt: at + 20, status: 'succeeded' },
    { ...rest, name: 'process', startedAt: at + 20, finishedAt: at + 21, status: 'succeeded' },
    { ...rest, name: 'send', startedAt: at + 21, finishedAt: at + 120, status, serviceId: 1 },
    { ...rest, name: 'callback', startedAt: at + 120, finishedAt: null, status: 'none' },
  ]
}

/** An index counts to its table. */
function sizesOf(db: Db): Record<string, number> {
  const rows = db
    .prepare<[], { name: string; size: number }>(
      `SELECT coalesce(s.tbl_name, d.name) AS name, sum(d.pgsize) AS size FROM dbstat d LEFT JOIN sqlite_schema s ON s.name = d.name
       WHERE d.aggregate = TRUE GROUP BY 1`,
    )
    .all()
  const sizes: Record<string, number> = {}
  for (const { name, size } of rows) {
    const [kind = name, part = ''] = name.split('_')
    const known = /^\d+$/.test(part) ? kind : 'everything else'
    sizes[known] = (sizes[known] ?? 0) + size
  }
  return sizes
}
