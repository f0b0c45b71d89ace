import type { Channel, MessageState } from '@signalbox/contracts'
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { accepted, newMessage, SERVICE } from '../../../test/conformance/support.ts'
import { temporaryFolder } from '../../../test/support/engine.ts'
import type { Store } from '../../driver.ts'
import { firstIdAt } from '../../ids.ts'
import { SETTINGS_DEFAULTS } from '../../settings/defaults.ts'
import { embedded } from '../embedded.ts'
import { openDatabase, type Db } from './database.ts'
import { moveIntoPartitions } from './move-into-partitions.ts'
import { MIGRATIONS } from './schema.ts'

const DYING = fileURLToPath(new URL('../../../test/support/dying-migration.ts', import.meta.url))
const DECEMBER = Date.UTC(2025, 11, 31, 23)
const JANUARY = Date.UTC(2026, 0, 1, 1)
const TASK = firstIdAt(JANUARY) - 1
const STATES = ['sending', 'sent', 'delivered', 'read', 'failed', 'expired', 'cancelled', 'unknown'] as const

interface Written {
  id: number
  state: MessageState
  recipient: string
}

/** A folder as version 1 left it: messages in every state on both sides of the turn of the year. */
function folderOfVersion1(): { folder: string; written: Written[] } {
  const folder = temporaryFolder()
  const db = openDatabase(folder, 'write')
  db.exec(MIGRATIONS[0] as string)
  db.pragma('user_version = 1')
  const written = [...fill(db, DECEMBER, null), ...fill(db, JANUARY, TASK)]
  for (const { state } of written) {
    for (const counted of [state, 'accepted']) {
      db.prepare(`INSERT INTO state_counts VALUES ('sms', ?, 1) ON CONFLICT DO UPDATE SET count = count + 1`).run(
        counted,
      )
    }
  }
  db.prepare('INSERT INTO tasks VALUES (?, 1, ?, ?, 5, ?, NULL, 0, 0, ?)').run(TASK, 'sms', 11, JANUARY, JANUARY)
  db.prepare(`INSERT INTO task_counts VALUES (?, 'sent', 11)`).run(TASK)
  db.prepare(`INSERT INTO idempotency_keys VALUES ('key', 'hash', ?, ?)`).run(
    JSON.stringify({ id: written[0]?.id }),
    JANUARY,
  )
  db.close()
  return { folder, written }
}

function fill(db: Db, at: number, taskId: number | null): Written[] {
  const insert = db.prepare(
    `INSERT INTO messages VALUES (?, 'sms', ?, 1, 1, '{"name":"Ada"}', 5, 'api', ?, ?, ?, NULL, 1, NULL)`,
  )
  const insertState = db.prepare(
    `INSERT INTO message_states (id, state, attempt, fence, service_id, receipt, error_code, error_message, claimed_at, finished_at, updated_at)
     VALUES (?, ?, 1, 1, ${SERVICE}, ?, ?, ?, ?, ?, ?)`,
  )
  let last = firstIdAt(at)
  const message = (state: MessageState, dueAt = at): Written => {
    const id = ++last
    const recipient = `user-${state}`
    insert.run(id, recipient, taskId, at, dueAt)
    return { id, state, recipient }
  }
  const ended = STATES.map((state) => {
    const one = message(state)
    const failed = state === 'failed'
    insertState.run(
      ...([one.id, state, state === 'sending' ? 'delivered' : null, failed ? '550' : null] as const),
      ...([failed ? 'no such recipient' : null, at + 1, state === 'sending' ? null : at + 9, at + 9] as const),
    )
    const nodes = JSON.stringify([['send', 1, at, at + 9, 'succeeded', 'w-1', SERVICE, null, null]])
    db.prepare('INSERT INTO trace_attempts VALUES (?, 1, ?)').run(one.id, nodes)
    return one
  })
  const receiptOf = ended.find(({ state }) => state === 'delivered')?.id
  db.prepare(`INSERT INTO trace_receipts VALUES (?, ?, 'delivered', NULL, 'at the door')`).run(receiptOf, at + 8)
  const queued = message('queued')
  db.prepare(`INSERT INTO queue_entries VALUES ('message.send', 5, 'sms/api', ?)`).run(queued.id)
  const scheduled = message('scheduled', at + 86_400_000)
  db.prepare(`INSERT INTO queue_delays VALUES (?, ?, 'message.send', 5, 'sms/api')`).run(at + 86_400_000, scheduled.id)
  const retried = message('queued')
  db.prepare(
    `INSERT INTO message_states (id, state, attempt, fence, pending_reason, due_at, updated_at) VALUES (?, 'queued', 1, 1, 'retry', ?, ?)`,
  ).run(retried.id, at + 5_000, at)
  db.prepare(`INSERT INTO queue_delays VALUES (?, ?, 'message.send', 5, 'sms/api')`).run(at + 5_000, retried.id)
  return [...ended, queued, scheduled, retried]
}

async function openStore(folder: string): Promise<Store> {
  const store = await embedded({ folder }).open({
    defaults: SETTINGS_DEFAULTS,
    onCommitUnknown(error) {
      throw error
    },
  })
  onTestFinished(() => store.close())
  return store
}

const RETRY: Record<Channel, 'retry'> = {
  ...{ sms: 'retry', email: 'retry', app: 'retry', wechat: 'retry', feishu: 'retry' },
}

describe('a data folder of version 1', () => {
  it('keeps every message, in its state and under its month', async () => {
    const { folder, written } = folderOfVersion1()
    const { messages, stats } = await openStore(folder)
    for (const { id, state, recipient } of written) {
      expect(await messages.get(id)).toMatchObject({ id, state, recipient, variables: { name: 'Ada' } })
    }
    const { states, records, strays } = await stats.audit(10)
    const counts = (rows: typeof records) => rows.map(({ state, count }) => `${state} ${count}`).toSorted()
    expect(counts(states.filter((row): row is (typeof records)[number] => row.state !== 'accepted'))).toEqual(
      counts(records),
    )
    expect(states).toContainEqual({ channel: 'sms', state: 'accepted', count: written.length })
    expect(strays).toEqual([])
    expect(await messages.lastId()).toBeGreaterThanOrEqual(Math.max(...written.map(({ id }) => id)))
  })

  it('finds them by recipient, state and task, newest first', async () => {
    const { folder, written } = folderOfVersion1()
    const { messages } = await openStore(folder)
    const search = async (query: object) =>
      (await messages.search({ limit: 50, ...query })).messages.map(({ id }) => id)
    const ids = (wanted: readonly Written[]) => wanted.map(({ id }) => id).toSorted((a, b) => b - a)
    for (const state of new Set(written.map((each) => each.state))) {
      const of = ids(written.filter((each) => each.state === state))
      expect(await search({ status: state })).toEqual(of)
      expect(await search({ recipient: `user-${state}` })).toEqual(of)
    }
    expect(await search({ taskId: TASK })).toEqual(ids(written.slice(written.length / 2)))
  })

  it('keeps traces, receipts, keys and tasks', async () => {
    const { folder, written } = folderOfVersion1()
    const { messages, traces, tasks } = await openStore(folder)
    for (const { id, state } of written.filter((each) => each.state === 'sent' || each.state === 'delivered')) {
      const { nodes, receipts } = await traces.get(id)
      expect(nodes).toMatchObject([
        { name: 'send', attempt: 1, worker: 'w-1', serviceId: SERVICE, status: 'succeeded' },
      ])
      expect(receipts).toMatchObject(state === 'delivered' ? [{ state: 'delivered', detail: 'at the door' }] : [])
    }
    expect(await tasks.get(TASK)).toMatchObject({ total: 11, counts: { sent: 11 } })
    const again = newMessage()
    const repeated = await messages.accept({
      ...{ messages: [again], lane: 'sms/api', task: null, now: JANUARY },
      idempotency: { key: 'key', bodyHash: 'hash', reply: { id: again.id } },
    })
    expect(repeated).toEqual({ kind: 'repeated', reply: { id: written[0]?.id } })
  })

  it('goes on where it stood: what waits, what is due, what was being sent', async () => {
    const { folder, written } = folderOfVersion1()
    const { messages, queue } = await openStore(folder)
    const idsOf = (state: MessageState) => written.filter((each) => each.state === state).map(({ id }) => id)
    const [lane] = await queue.lanes()
    expect(lane).toMatchObject({ lane: 'sms/api', count: 2 })
    expect(await messages.recover(RETRY, JANUARY)).toEqual({ unknown: 0, requeued: 0 })
    for (const id of idsOf('sending')) expect(await messages.get(id)).toMatchObject({ state: 'delivered' })
    const { entries } = await queue.promote(JANUARY + 2 * 86_400_000, 10)
    expect(entries.length).toBe(4)
    for (const id of [...idsOf('queued'), ...idsOf('scheduled')]) {
      const entry = { queue: 'message.send', priority: 5, lane: 'sms/api', id } as const
      expect(await messages.claim({ entry, serviceId: 1, now: JANUARY })).toMatchObject({ kind: 'claimed' })
    }
    await expect(accepted({ messages, queue } as Store, { id: firstIdAt(JANUARY + 9) })).resolves.toBeDefined()
  })

  it('stays whole when the process dies in the middle, and is moved by the next start', async () => {
    const { folder, written } = folderOfVersion1()
    const child = spawnSync(process.execPath, [DYING, folder])
    expect(child.signal).toBe('SIGKILL')
    const db = openDatabase(folder, 'write')
    expect(db.pragma('user_version', { simple: true })).toBe(MIGRATIONS.indexOf(moveIntoPartitions))
    expect(db.prepare('SELECT count(*) FROM messages').pluck().get()).toBe(written.length)
    expect(db.prepare('SELECT count(*) FROM message_records').pluck().get()).toBe(written.length)
    db.close()
    const { messages } = await openStore(folder)
    for (const { id, state } of written) expect(await messages.get(id)).toMatchObject({ id, state })
  })
})
