/**
 * One action on every message that a filter finds. The number is counted first and confirmed by who asks; no more than
 * that many are touched, none that was accepted after it was counted, and each goes through the same move, with its own
 * line in the audit log, as if it were asked for alone. Each step is one transaction with the note of how far it came, so
 * an action can be stopped half way, and one that a restart cut off goes on behind its last step.
 */
import type { Clock } from '../clock.ts'
import { EngineError } from '../errors.ts'
import type { NextId } from '../ids.ts'
import type { ChangedIds } from '../nodes/follow.ts'
import { countMatches, nextStep, queryOf } from './bulk-select.ts'
import type { BulkMove, BulkRecord, BulkStore } from './bulk-store.ts'
import type { MessageQuery } from './requests.ts'
import type { MessageStore } from './store.ts'

export type BulkAction = 'retry' | 'cancel' | 'mark_sent' | 'mark_failed' | 'resend'
export type BulkFilter = Omit<MessageQuery, 'limit' | 'scan'>

export interface BulkPreview {
  /** Exactly how many fit now. */
  count: number
  /** Those of them whose recipient gets the same template more than once among them; null when there are too many to compare. */
  duplicates: number | null
  /** Hand it to `start`: what is accepted later is left alone. 0 when nothing fits. */
  before: number
}

export interface BulkRequest {
  action: BulkAction
  filter: BulkFilter
  /** From the preview. */
  count: number
  before: number
  note?: string | undefined
  /** Who asks. */
  by?: string | undefined
}

export interface BulkJob extends BulkRecord {
  /** Whether what of it still waits can be cancelled. */
  undoable: boolean
}

export interface Bulk {
  preview(action: BulkAction, filter: BulkFilter): Promise<BulkPreview>
  /** Settles when it has begun, and is on disk. */
  start(request: BulkRequest): Promise<BulkJob>
  /** Cancels what a retry or a resend put back and still waits. What has left stays sent. */
  undo(id: number, by?: string): Promise<BulkJob>
  /** After the step that is under way. */
  stop(id: number): Promise<BulkJob>
  /** Newest first, the last 50, also of earlier runs. */
  list(): Promise<BulkJob[]>
  get(id: number): Promise<BulkJob>
  /** Goes on with what nobody works on: a restart cut it off, or the node that ran it is gone. */
  resume(): Promise<void>
  /** Tells of those that others began, brought further or ended, and ends here what was stopped elsewhere. */
  readAgain(ids: ChangedIds): Promise<void>
  /** After the steps that are under way: what is left goes on with the next start. */
  close(): Promise<void>
}

export interface BulkDeps {
  messages: Pick<MessageStore, 'refs'>
  store: BulkStore
  /** Runs it while no other node works on this action, else not at all; `signal` aborts when another may. */
  exclusive: (id: number, run: (signal: AbortSignal) => Promise<void>) => Promise<void>
  afterMove: (move: BulkMove) => void
  changed: (job: BulkJob) => void
  clock: Clock
  nextId: NextId
  /** Throws when so many more cannot be taken into the queue. */
  checkRoom: (count: number) => void
  onError: (where: string, error: unknown) => void
}

const PUTS_BACK: ReadonlySet<BulkAction> = new Set(['retry', 'resend'])
const RUNNING_AT_MOST = 4
const LISTED = 50

/** While nothing can be stored or taken in: how long until the step is tried again. */
const TRIED_EVERY_MS = 1_000
const PASSING: ReadonlySet<string> = new Set(['not_accepting', 'queue_full'])

interface Running {
  stopping: boolean
  /** Why its next step has to wait. */
  waitsFor: string | null
  /** Ends that wait. */
  hurry: () => void
  done: Promise<void>
}

export function createBulk(deps: BulkDeps): Bulk {
  const { store, messages, clock } = deps
  const running = new Map<number, Running>()
  let closed = false

  async function run(record: BulkRecord, control: Running, signal: AbortSignal): Promise<void> {
    const { id } = record
    const finish = (state: 'done' | 'stopped' | 'failed', problem: string | null) =>
      whenPossible(control, () => end(id, state, problem), isClosed)
    try {
      const reached = await goThrough(record, control, signal)
      if (reached) await finish(reached, null)
    } catch (error) {
      if (!(error instanceof EngineError)) deps.onError('bulk', error)
      const problem = error instanceof Error ? error.message : String(error)
      await finish('failed', problem).catch((cause: unknown) => deps.onError('bulk', cause))
    }
  }

  /** Goes on from where it stands. Moves and position are on disk together; `record` follows them. Null: it is not over, or not here. */
  async function goThrough(
    record: BulkRecord,
    control: Running,
    signal: AbortSignal,
  ): Promise<'done' | 'stopped' | null> {
    const { id, action, note } = record
    while (!control.stopping && !closed) {
      const step = await whenPossible(control, () => nextStep({ messages, bulk: store }, record))
      // Nothing is left of it, or it was given up.
      if (!step) break
      const stands = await whenPossible(control, async () => (await store.get(id))?.state ?? 'gone')
      if (!stands) break
      // Another node may have ended it, or goes on with it.
      if (signal.aborted || stands !== 'running') return null
      const { ids, nextBefore } = step
      const moves = await whenPossible(control, () => {
        if (PUTS_BACK.has(action)) deps.checkRoom(ids.length)
        return store.step({ id, action, note, ids, nextBefore, now: clock.now() })
      })
      // Stopped while it could not be made, or elsewhere.
      if (!moves) continue
      for (const move of moves) deps.afterMove(move)
      record.moved += moves.length
      record.skipped += ids.length - moves.length
      record.nextBefore = nextBefore
      deps.changed(jobOf(record))
    }
    if (control.stopping) return 'stopped'
    return closed ? null : 'done'
  }

  const isClosed = () => closed

  /** Again and again while the store is away, or the disk or the queue is full. Null when it was given up meanwhile. */
  async function whenPossible<T>(
    control: Running,
    act: () => Promise<T>,
    isGivenUp = () => control.stopping || closed,
  ): Promise<T | null> {
    for (;;) {
      try {
        const result = await act()
        control.waitsFor = null
        return result
      } catch (error) {
        if (!(error instanceof EngineError && PASSING.has(error.reason))) throw error
        if (isGivenUp()) return null
        control.waitsFor = error.message
        await new Promise<void>((resolve) => {
          const cancel = clock.after(TRIED_EVERY_MS, resolve)
          control.hurry = () => {
            cancel()
            resolve()
          }
        })
        if (isGivenUp()) return null
      }
    }
  }

  async function end(id: number, state: 'done' | 'stopped' | 'failed', problem: string | null): Promise<void> {
    const ended = (await store.end(id, state, problem, clock.now())) ?? (await store.get(id))
    if (ended) deps.changed(jobOf(ended))
  }

  function enlist(id: number): Running {
    const control: Running = {
      ...{ stopping: false, waitsFor: null, hurry: () => undefined },
      done: Promise.resolve(),
    }
    running.set(id, control)
    return control
  }

  function goOn(record: BulkRecord): void {
    const { id } = record
    const control = enlist(id)
    control.done = deps
      .exclusive(id, (signal) => run(record, control, signal))
      .catch((error: unknown) => deps.onError('bulk', error))
      .finally(() => running.delete(id))
  }

  /** Goes on with one that another process began, unless it is run elsewhere or has ended. */
  async function takeUp(id: number): Promise<void> {
    await deps.exclusive(id, async (signal) => {
      if (closed) return
      const control = enlist(id)
      control.done = (async () => {
        const record = await store.interrupted(id)
        if (record) await run(record, control, signal)
      })().finally(() => running.delete(id))
      await control.done
    })
  }

  async function begin(
    asked: Pick<BulkRecord, 'action' | 'filter' | 'total' | 'nextBefore' | 'undoes'> & {
      note?: string | undefined
      by?: string | undefined
    },
  ): Promise<BulkJob> {
    if (closed) throw new EngineError('not_accepting', 'expected an engine that runs, got one that is stopping')
    if (running.size >= RUNNING_AT_MOST) {
      throw new EngineError('conflict', `expected fewer than ${RUNNING_AT_MOST} bulk actions at a time, got one more`)
    }
    const record: BulkRecord = {
      ...{ id: deps.nextId(), state: 'running', moved: 0, skipped: 0, finishedAt: null, problem: null },
      ...asked,
      ...{ note: asked.note ?? '', by: asked.by ?? null, undone: false, interruptions: 0, startedAt: clock.now() },
    }
    if (!(await store.begin(record))) {
      throw new EngineError('conflict', 'expected a bulk action that can be taken back, got one that was')
    }
    const job = jobOf(record)
    deps.changed(job)
    goOn(record)
    return job
  }

  async function find(id: number): Promise<BulkRecord> {
    const found = await store.get(id)
    if (!found) throw new EngineError('bulk_not_found', `expected a bulk action with id ${id}, got none`)
    return found
  }

  const shown = (record: BulkRecord): BulkJob => {
    const job = jobOf(record)
    return { ...job, problem: job.problem ?? running.get(record.id)?.waitsFor ?? null }
  }

  return {
    preview: (action, filter) => countMatches(messages, action, filter),
    async start({ action, filter, count, before, note, by }) {
      if (queryOf(action, filter) === null || count === 0) {
        throw new EngineError('invalid', `expected a filter that finds messages to ${action}, got one that finds none`)
      }
      const nextBefore = Math.min(before, filter.before ?? before)
      return begin({ action, filter, total: count, nextBefore, undoes: null, note, by })
    },
    async undo(id, by) {
      const undone = await find(id)
      if (!jobOf(undone).undoable) {
        throw new EngineError('conflict', `expected a bulk action that can be taken back, got ${undone.action}`)
      }
      const nextBefore = Number.MAX_SAFE_INTEGER
      return begin({ action: 'cancel', filter: {}, total: undone.moved, nextBefore, undoes: id, by })
    },
    async stop(id) {
      const control = running.get(id)
      if (control) {
        control.stopping = true
        control.hurry()
      }
      // Cut off by a restart, and the engine has not started: it need not go on.
      else if ((await find(id)).state === 'running') await end(id, 'stopped', null)
      return jobOf(await find(id))
    },
    list: async () => (await store.list(LISTED)).map(shown),
    get: async (id) => shown(await find(id)),
    async resume() {
      for (const { id } of await store.running()) {
        if (running.has(id) || closed) continue
        takeUp(id).catch((error: unknown) => deps.onError('bulk', error))
      }
    },
    async readAgain(ids) {
      const records = ids ? await Promise.all(ids.map((id) => store.get(id))) : await store.list(LISTED)
      for (const record of records) {
        const control = record && running.get(record.id)
        if (control && record.state !== 'running') {
          control.stopping = true
          control.hurry()
        } else if (record && !control) deps.changed(jobOf(record))
      }
    },
    async close() {
      closed = true
      for (const { hurry } of running.values()) hurry()
      await Promise.all([...running.values()].map(({ done }) => done))
    },
  }
}

function jobOf(record: BulkRecord): BulkJob {
  const { action, state, moved, undone } = record
  return { ...record, undoable: PUTS_BACK.has(action) && state !== 'running' && moved > 0 && !undone }
}
