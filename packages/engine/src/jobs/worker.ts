/** Jobs of `ai.process` and `notification`: handlers of the application, at least once, with the same order, pools and retries as messages. */
import { PRIORITY_DEFAULT, prioritySchema, type QueueName } from '@signalbox/contracts'
import type { Clock } from '../clock.ts'
import { EngineError, issue } from '../errors.ts'
import type { Events } from '../events.ts'
import type { NextId } from '../ids.ts'
import { backoffMs } from '../messages/retry.ts'
import type { Queues } from '../queue/queues.ts'
import type { Entry } from '../queue/store.ts'
import type { Settings } from '../settings/settings.ts'
import type { Job, Jobs } from './jobs.ts'
import type { JobStore } from './store.ts'

export type JobQueue = 'ai.process' | 'notification'
export const JOB_QUEUES: readonly JobQueue[] = ['ai.process', 'notification']

type Handler = (job: Job, signal: AbortSignal) => Promise<void>

export interface JobWorker extends Jobs {
  /** Runs one job; for the dispatcher. */
  process(entry: Entry): Promise<void>
  /** Tells running handlers to end. */
  abort(): void
}

export interface JobWorkerDeps {
  store: JobStore
  queues: Queues
  settings: Settings
  clock: Clock
  events: Events
  nextId: NextId
  random: () => number
  checkRoom: (count: number) => void
}

export function createJobWorker(deps: JobWorkerDeps): JobWorker {
  const { store, queues, clock, events, settings } = deps
  const handlers = new Map<QueueName, Handler>()
  const stopping = new AbortController()
  // Without a handler jobs wait behind their gate.
  for (const queue of JOB_QUEUES) queues.window(queue).close(queue)

  async function fail(entry: Entry, job: Job, error: unknown): Promise<void> {
    const text = error instanceof Error ? error.message : String(error)
    const { maxRetries, retryBaseMs, retryCapMs } = settings.values
    const again = job.attempt <= maxRetries
    const retryAt = again ? clock.now() + backoffMs(job.attempt, retryBaseMs, retryCapMs, deps.random) : null
    await store.fail(entry, text, retryAt, clock.now())
    if (retryAt === null) events.emit('job:failed', { queue: entry.queue, id: entry.id, error: text })
    else queues.delay(retryAt)
  }

  return {
    async enqueue(queue, payload, { priority = PRIORITY_DEFAULT, delayMs = 0, scheduledAt } = {}) {
      if (!prioritySchema.safeParse(priority).success) {
        const problem = issue('priority', 'an integer from 0 to 10', priority)
        throw new EngineError('invalid', problem.message, { issues: [problem] })
      }
      deps.checkRoom(1)
      const now = clock.now()
      const dueAt = scheduledAt ?? now + delayMs
      const entry: Entry = { queue, priority, lane: queue, id: deps.nextId() }
      await store.insert(entry, JSON.stringify(payload), dueAt, now)
      if (dueAt > now) queues.delay(dueAt)
      else queues.push([entry])
      return { id: entry.id }
    },
    handle(queue, handler) {
      if (handlers.has(queue)) throw new Error(`expected queue ${queue} to have no handler yet, got a second one`)
      handlers.set(queue, handler)
      queues.window(queue).open(queue)
      queues.kick(queue)
      return () => {
        handlers.delete(queue)
        queues.window(queue).close(queue)
      }
    },
    async process(entry) {
      const window = queues.window(entry.queue)
      const handler = handlers.get(entry.queue)
      if (!handler) return window.putBack(entry)
      const begun = await store.begin(entry)
      if (!begun) return window.release(entry)
      const job: Job = { id: entry.id, queue: entry.queue, payload: JSON.parse(begun.payload), attempt: begun.attempt }
      try {
        await handler(job, stopping.signal)
      } catch (error) {
        // Cut short by a stop: its entry stays, and the next start hands it out again.
        if (!stopping.signal.aborted) await fail(entry, job, error)
        window.release(entry)
        return
      }
      await store.complete(entry)
      window.release(entry)
      events.emit('job:completed', { queue: entry.queue, id: entry.id })
    },
    abort: () => stopping.abort(),
  }
}
