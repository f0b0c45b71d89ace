/**
 * One action on every message that a filter finds. The number is counted first and confirmed by who asks; no more than
 * that many are touched, none that was accepted after it was counted, and each goes through the same move, with its own
 * line in the audit log, as if it were asked for alone. Steps are committed one after the other, so it can be stopped half
 * way; what a restart cuts off stays as far as it came.
 */
import type { MessageState } from '@signalbox/contracts'
import type { Clock } from '../clock.ts'
import { EngineError } from '../errors.ts'
import type { NextId } from '../ids.ts'
import type { Messages } from './messages.ts'
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
}

export interface BulkJob {
  id: number
  action: BulkAction
  /** `stopped`: by somebody, half way. `failed`: see `problem`. */
  state: 'running' | 'done' | 'stopped' | 'failed'
  total: number
  moved: number
  /** Fitted when they were counted and had moved on by themselves. */
  skipped: number
  startedAt: number
  finishedAt: number | null
  problem: string | null
  /** Whether what of it still waits can be cancelled. */
  undoable: boolean
  /** The job that this one takes back. */
  undoes: number | null
}

export interface Bulk {
  preview(action: BulkAction, filter: BulkFilter): Promise<BulkPreview>
  /** Settles when it has begun. */
  start(request: BulkRequest): Promise<BulkJob>
  /** Cancels what a retry or a resend put back and still waits. What has left stays sent. */
  undo(id: number): Promise<BulkJob>
  /** After the step that is under way. */
  stop(id: number): BulkJob
  /** Newest first, the last 50. */
  list(): BulkJob[]
  get(id: number): BulkJob
  /** Stops all, and waits until they have. */
  close(): Promise<void>
}

export interface BulkDeps {
  store: Pick<MessageStore, 'refs' | 'audit'>
  messages: Pick<Messages, 'retry' | 'cancel' | 'resolve'>
  clock: Clock
  nextId: NextId
  /** Throws when so many more cannot be taken into the queue. */
  checkRoom: (count: number) => void
  onError: (where: string, error: unknown) => void
}

/** In which states an action finds something to do. */
export const BULK_STATES: Record<BulkAction, readonly MessageState[]> = {
  retry: ['failed', 'expired'],
  cancel: ['scheduled', 'queued'],
  mark_sent: ['unknown'],
  mark_failed: ['unknown'],
  resend: ['unknown'],
}
const PUTS_BACK: ReadonlySet<BulkAction> = new Set(['retry', 'resend'])

const COUNTED_AT_ONCE = 5_000
const LOOKED_THROUGH_AT_ONCE = 50_000
/** Messages of one step: they share a commit. */
const STEP = 500
const RUNNING_AT_MOST = 4
const KEPT_JOBS = 50
/** Beyond this many, duplicates are not looked for, and the ids that an undo needs are not kept. */
const REMEMBERED = 200_000

interface Running {
  job: BulkJob
  stopping: boolean
  /** What was put back, newest first; null when they were too many. */
  ids: number[] | null
  done: Promise<void>
}

export function createBulk(deps: BulkDeps): Bulk {
  const { store, messages, clock } = deps
  const jobs: Running[] = []
  let closed = false

  const act: Record<BulkAction, (id: number, note: string) => Promise<unknown>> = {
    retry: (id) => messages.retry(id),
    cancel: (id) => messages.cancel(id),
    mark_sent: (id, note) => messages.resolve(id, 'sent', note),
    mark_failed: (id, note) => messages.resolve(id, 'failed', note),
    resend: (id, note) => messages.resolve(id, 'resend', note),
  }

  async function preview(action: BulkAction, filter: BulkFilter): Promise<BulkPreview> {
    const query = queryOf(action, filter)
    const seen = new Map<string, number>()
    let count = 0
    let newest = 0
    for (let before = filter.before; query;) {
      const page = await store.refs({ ...query, before, limit: COUNTED_AT_ONCE, scan: LOOKED_THROUGH_AT_ONCE })
      newest ||= page.refs[0]?.id ?? 0
      count += page.refs.length
      if (count <= REMEMBERED) {
        for (const { templateId, recipient } of page.refs) {
          const key = `${templateId} ${recipient}`
          seen.set(key, (seen.get(key) ?? 0) + 1)
        }
      }
      if (page.nextBefore === null) break
      before = page.nextBefore
    }
    const several = [...seen.values()].filter((times) => times > 1)
    const duplicates = count > REMEMBERED ? null : several.reduce((sum, times) => sum + times, 0)
    return { count, duplicates, before: newest === 0 ? 0 : newest + 1 }
  }

  function find(id: number): Running {
    const found = jobs.find(({ job }) => job.id === id)
    if (!found) throw new EngineError('bulk_not_found', `expected a bulk action with id ${id}, got none`)
    return found
  }

  async function step(running: Running, ids: readonly number[], note: string): Promise<void> {
    const { job } = running
    if (PUTS_BACK.has(job.action)) deps.checkRoom(ids.length)
    const results = await Promise.allSettled(ids.map((id) => act[job.action](id, note)))
    for (const [i, result] of results.entries()) {
      if (result.status === 'fulfilled') {
        job.moved += 1
        running.ids?.push(ids[i] as number)
      } else if (isPassedBy(result.reason)) job.skipped += 1
      else throw result.reason
    }
    if (running.ids && running.ids.length > REMEMBERED) running.ids = null
  }

  /** The ids to act on, in steps. */
  async function* selected({ action, filter, count, before: from }: BulkRequest): AsyncGenerator<number[]> {
    const query = queryOf(action, filter)
    let left = count
    for (let before: number | null = Math.min(from, filter.before ?? from); query && before !== null && left > 0;) {
      const limit = Math.min(STEP, left)
      const page = await store.refs({ ...query, before, limit, scan: LOOKED_THROUGH_AT_ONCE })
      left -= page.refs.length
      before = page.nextBefore
      yield page.refs.map(({ id }) => id)
    }
  }

  async function run(running: Running, steps: AsyncIterable<number[]>, note: string): Promise<void> {
    const { job } = running
    try {
      for await (const ids of steps) {
        await step(running, ids, note)
        if (running.stopping) break
      }
      job.state = running.stopping ? 'stopped' : 'done'
      // What had moved on before its turn came was not found again.
      if (job.state === 'done') job.skipped = job.total - job.moved
    } catch (error) {
      job.state = 'failed'
      job.problem = error instanceof Error ? error.message : String(error)
      if (!(error instanceof EngineError)) deps.onError('bulk', error)
    }
    job.finishedAt = clock.now()
    job.undoable = PUTS_BACK.has(job.action) && job.moved > 0 && running.ids !== null
    const told = JSON.stringify({ id: job.id, state: job.state, moved: job.moved, skipped: job.skipped })
    await store
      .audit(`bulk ${job.action} ${job.state}`, null, told, clock.now())
      .catch((error: unknown) => deps.onError('bulk', error))
  }

  async function begin(
    action: BulkAction,
    total: number,
    steps: AsyncIterable<number[]>,
    detail: object,
    { note = '', undoes = null }: { note?: string | undefined; undoes?: number | null },
  ): Promise<BulkJob> {
    if (closed) throw new EngineError('not_accepting', 'expected an engine that runs, got one that is stopping')
    if (jobs.filter(({ job }) => job.state === 'running').length >= RUNNING_AT_MOST) {
      throw new EngineError('conflict', `expected fewer than ${RUNNING_AT_MOST} bulk actions at a time, got one more`)
    }
    const job: BulkJob = {
      ...{ id: deps.nextId(), action, state: 'running', total, moved: 0, skipped: 0, startedAt: clock.now() },
      ...{ finishedAt: null, problem: null, undoable: false, undoes },
    }
    const running: Running = { job, stopping: false, ids: PUTS_BACK.has(action) ? [] : null, done: Promise.resolve() }
    jobs.unshift(running)
    while (jobs.length > KEPT_JOBS && jobs.at(-1)?.job.state !== 'running') jobs.pop()
    await store.audit(`bulk ${action}`, null, JSON.stringify({ id: job.id, total, note, ...detail }), clock.now())
    running.done = run(running, steps, note)
    return { ...job }
  }

  return {
    preview,
    async start(request) {
      const { action, filter, count, note } = request
      if (queryOf(action, filter) === null || count === 0) {
        throw new EngineError('invalid', `expected a filter that finds messages to ${action}, got one that finds none`)
      }
      return begin(action, count, selected(request), { filter }, { note })
    },
    async undo(id) {
      const undone = find(id)
      const { ids } = undone
      if (!undone.job.undoable || !ids) {
        throw new EngineError('conflict', `expected a bulk action that can be taken back, got ${undone.job.action}`)
      }
      undone.job.undoable = false
      return begin('cancel', ids.length, inSteps(ids), { undoes: id }, { undoes: id })
    },
    stop(id) {
      const running = find(id)
      if (running.job.state === 'running') running.stopping = true
      return { ...running.job }
    },
    list: () => jobs.map(({ job }) => ({ ...job })),
    get: (id) => ({ ...find(id).job }),
    async close() {
      closed = true
      for (const running of jobs) running.stopping = true
      await Promise.all(jobs.map(({ done }) => done))
    },
  }
}

/** The part of a filter on which the action can do something; null when there is none. */
function queryOf(action: BulkAction, filter: BulkFilter): BulkFilter | null {
  const able = BULK_STATES[action]
  const asked = typeof filter.status === 'string' ? [filter.status] : (filter.status ?? able)
  const status = able.filter((state) => asked.includes(state))
  return status.length === 0 ? null : { ...filter, status }
}

function isPassedBy(reason: unknown): boolean {
  return reason instanceof EngineError && (reason.reason === 'wrong_state' || reason.reason === 'message_not_found')
}

async function* inSteps(ids: readonly number[]): AsyncGenerator<number[]> {
  for (let i = 0; i < ids.length; i += STEP) yield ids.slice(i, i + STEP)
}
