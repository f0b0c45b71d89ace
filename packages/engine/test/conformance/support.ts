/** What the ports' suites share: an open store, and messages in it. */
import type { Fence, LockStore } from '../../src/lock/lock.ts'
import { afterAll, beforeAll } from 'vitest'
import type { Store } from '../../src/driver.ts'
import { firstIdAt } from '../../src/ids.ts'
import type { MessageRecord } from '../../src/messages/record.ts'
import type { AcceptWrite, NewMessage, SettleWrite } from '../../src/messages/store.ts'
import { laneOf } from '../../src/queue/lane.ts'
import type { Entry } from '../../src/queue/store.ts'

export interface OpenedDriver {
  readonly store: Store
  /** What an operator types into the database's own shell: the rows it gives. */
  sql(statement: string): Promise<Record<string, unknown>[]>
  /** Closes the store and opens it again on the same data, as a restart does. */
  reopen(): Promise<Store>
  /** Closes it and removes its data. */
  close(): Promise<void>
}

/** What differs from one database to the other and not in what a port promises. */
export interface Dialect {
  /** Whose clock ends the lease of a lock. */
  leases: 'caller' | 'server'
  /** Changes of settings whose statements have words of their own there, or that only that database takes. */
  settingsChanges: [what: string, statement: string][]
  /** What it lets into the settings tables though it is no setting: the statement, and what is read then. */
  wrongSetting: { statement: string; read: Record<string, unknown> }
  /** Most rows of a month of 60 that go in one step of `clean` with a batch of 10. */
  removedAtOnce: number
}

/** Opens the driver on an empty store of its own. */
export interface OpenDriver {
  (): Promise<OpenedDriver>
  readonly dialect: Dialect
}

/** One driver for all tests of a suite: they keep apart by their ids. */
export function useDriver(open: OpenDriver): OpenedDriver {
  let opened: OpenedDriver
  beforeAll(async () => {
    opened = await open()
  })
  afterAll(() => opened.close())
  return {
    get store() {
      return opened.store
    },
    sql: (statement) => opened.sql(statement),
    reopen: () => opened.reopen(),
    close: () => opened.close(),
  }
}

export const T0 = Date.UTC(2026, 0, 15, 8)
export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const SERVICE = 7

let lastId = firstIdAt(T0)
export const nextId = (): number => ++lastId

export function newMessage(changes: Partial<NewMessage> = {}): NewMessage {
  return {
    id: nextId(),
    channel: 'sms',
    recipient: '13800000001',
    templateId: 1,
    templateVersion: 1,
    variables: { name: 'Ada' },
    priority: 5,
    flow: 'api',
    taskId: null,
    acceptedAt: T0,
    dueAt: T0,
    expiresAt: null,
    settingsVersion: 1,
    traceparent: null,
    timeZone: null,
    ...changes,
  }
}

/** A write of messages that share their channel and flow. */
export function acceptWrite(messages: readonly NewMessage[], changes: Partial<AcceptWrite> = {}): AcceptWrite {
  const [first] = messages
  if (!first) throw new Error('expected at least one message, got none')
  return {
    messages,
    lane: laneOf(first.channel, first.flow),
    task: null,
    idempotency: null,
    now: first.acceptedAt,
    ...changes,
  }
}

export function entryOf({
  id,
  priority,
  channel,
  flow,
}: Pick<NewMessage, 'id' | 'priority' | 'channel' | 'flow'>): Entry {
  return { queue: 'message.send', priority, lane: laneOf(channel, flow), id }
}

export async function accepted(store: Store, changes: Partial<NewMessage> = {}): Promise<NewMessage> {
  const message = newMessage(changes)
  await store.messages.accept(acceptWrite([message]))
  return message
}

export async function claimed(store: Store, message: NewMessage, now = T0): Promise<MessageRecord> {
  const result = await store.messages.claim({ entry: entryOf(message), serviceId: SERVICE, now })
  if (result.kind !== 'claimed') throw new Error(`expected message ${message.id} to be claimed, got ${result.kind}`)
  return result.record
}

export function settleWrite(
  record: MessageRecord,
  state: SettleWrite['state'],
  changes: Partial<SettleWrite> = {},
): SettleWrite {
  const failed = state !== 'sent'
  return {
    record,
    state,
    providerId: failed ? null : 'p-1',
    errorCode: failed ? '503' : null,
    errorMessage: failed ? 'unavailable' : null,
    retry: state === 'queued' ? { dueAt: T0 + MINUTE, entry: entryOf(record) } : null,
    responseMs: 80,
    nodes: [],
    now: T0,
    ...changes,
  }
}

/** Accepted, claimed and settled so. */
export async function settled(
  store: Store,
  state: SettleWrite['state'],
  changes: Partial<SettleWrite> = {},
): Promise<MessageRecord> {
  const record = await claimed(store, await accepted(store))
  const result = await store.messages.settle(settleWrite(record, state, changes))
  if (!result) throw new Error(`expected message ${record.id} to be settled as ${state}, got a stale fence`)
  return result
}

/** Ids that wait in a lane of the store. */
export async function idsIn(store: Store, ...lane: Parameters<Store['queue']['load']>): Promise<number[]> {
  return (await store.queue.load(...lane)).ids
}

/** Counts of the driver's own statistics and of the view that operators query, to compare. */
export async function countsOf({
  store,
  sql,
}: OpenedDriver): Promise<{ kept: Map<string, number>; counted: Map<string, number> }> {
  const kept = new Map<string, number>()
  for (const { channel, state, count } of await store.stats.states()) {
    if (state !== 'accepted' && count !== 0) kept.set(`${channel} ${state}`, count)
  }
  const counted = new Map<string, number>()
  for (const row of await sql(
    'SELECT channel, status, count(*) AS count FROM message_records GROUP BY channel, status',
  )) {
    counted.set(`${String(row.channel)} ${String(row.status)}`, Number(row.count))
  }
  return { kept, counted }
}

/** The fence of whoever is given the key now. */
export async function fenceOf(locks: LockStore, key: string): Promise<Fence> {
  const lease = await locks.acquire(key, 'holder', MINUTE, T0)
  if (!lease) throw new Error(`expected lock ${key} to be free, got held`)
  await locks.release(key, 'holder', lease.fence)
  return { key, fence: lease.fence }
}
