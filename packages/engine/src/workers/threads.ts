/**
 * Real threads, for work that would hold the event loop up. (A worker of a `Pool` is one concurrency slot: it waits for
 * stores and providers and computes nothing.) Bounded in threads and in what waits for one; a thread is started when the
 * first task needs it and does one task at a time; one that is aborted, or takes too long, is ended and another takes
 * its place.
 */
import { Worker } from 'node:worker_threads'
import type { Clock } from '../clock.ts'
import { EngineError } from '../errors.ts'
import { keepWasmWrappers } from './steady-wasm.ts'

/** What a thread answers; `serveTasks` sends it. */
export type ThreadReply = { ok: true; value: unknown } | { ok: false; error: unknown }

export interface ThreadFigures {
  name: string
  /** Threads at work. */
  activeCount: number
  /** Threads that exist now. */
  poolSize: number
  maxPoolSize: number
  queueSize: number
  queueCapacity: number
  completedTasks: number
  /** Failed, taken too long, aborted. */
  failedTasks: number
  /** Mean of all completed; null before the first. */
  avgTaskDurationMs: number | null
}

export interface Threads<I, O> {
  /**
   * Rejects with `EngineError('queue_full')` when too many wait, with `TaskTimeoutError`, with the signal's reason, or
   * with an error whose `cause` is what the task threw or what became of the thread.
   */
  run(input: I, options?: { signal?: AbortSignal | undefined; deadlineMs?: number }): Promise<O>
  figures(): ThreadFigures
  /** Ends every thread; what runs and what waits is refused. Idempotent. */
  close(): Promise<void>
}

export interface ThreadsOptions {
  name: string
  /** The module that a thread runs; it calls `serveTasks`. */
  entry: URL
  size: number
  /** Tasks that may wait for a thread. */
  capacity: number
  /** Milliseconds a task may take once it runs. */
  deadlineMs: number
  clock: Clock
}

export class TaskTimeoutError extends Error {
  override readonly name = 'TaskTimeoutError'
}

interface Task<I> {
  input: I
  deadlineMs: number
  signal: AbortSignal | undefined
  resolve(value: never): void
  reject(error: unknown): void
  /** Ends it before its time, whether it waits or runs. */
  abort: () => void
}

const RETRY_AFTER_MS = 1_000

export function createThreads<I, O>(options: ThreadsOptions): Threads<I, O> {
  const { name, entry, size, capacity, clock } = options
  const threads = new Set<Worker>()
  const idle: Worker[] = []
  let waiting: Task<I>[] = []
  const running = new Map<Task<I>, (error: unknown) => void>()
  let completed = 0
  let failed = 0
  let durationSum = 0
  let closed = false

  function startThread(): Worker {
    keepWasmWrappers()
    const worker = new Worker(entry)
    threads.add(worker)
    // Also for one that ends while it is idle; a task at work has listeners of its own.
    worker.on('error', () => undefined)
    worker.once('exit', () => {
      threads.delete(worker)
      const at = idle.indexOf(worker)
      if (at >= 0) idle.splice(at, 1)
    })
    return worker
  }

  function look(): void {
    while (waiting.length > 0 && running.size < size) begin(waiting.shift() as Task<I>)
  }

  function begin(task: Task<I>): void {
    const worker = idle.pop() ?? startThread()
    const begun = clock.monotonic()
    const cancelDeadline = clock.after(task.deadlineMs, () =>
      end(new TaskTimeoutError(`expected a task of threads ${name} to end within ${task.deadlineMs} ms, got none`)),
    )
    const onReply = (reply: ThreadReply) => {
      settle(worker)
      if (!reply.ok) {
        failed += 1
        task.reject(new Error(`a task of threads ${name} failed: ${messageOf(reply.error)}`, { cause: reply.error }))
      } else {
        completed += 1
        durationSum += clock.monotonic() - begun
        task.resolve(reply.value as never)
      }
      look()
    }
    const onError = (cause: unknown) => end(new Error(`a thread of ${name} failed: ${messageOf(cause)}`, { cause }))
    const onExit = (code: number) => end(new Error(`a thread of ${name} ended by itself with code ${code}`))

    function settle(reusable: Worker | null): void {
      cancelDeadline()
      task.signal?.removeEventListener('abort', task.abort)
      running.delete(task)
      worker.off('message', onReply).off('error', onError).off('exit', onExit)
      if (!reusable) return
      reusable.unref()
      idle.push(reusable)
    }

    /** Its thread cannot be trusted any more: another takes its place with the next task. */
    function end(error: unknown): void {
      settle(null)
      threads.delete(worker)
      failed += 1
      void worker.terminate()
      task.reject(error)
      look()
    }

    running.set(task, end)
    worker.on('message', onReply).on('error', onError).on('exit', onExit)
    worker.ref()
    try {
      worker.postMessage(task.input)
    } catch (cause) {
      end(new Error(`expected a task of threads ${name} that can cross, got ${messageOf(cause)}`, { cause }))
    }
  }

  function abort(task: Task<I>): void {
    const error: unknown = task.signal?.reason
    const end = running.get(task)
    if (end) return end(error)
    waiting = waiting.filter((each) => each !== task)
    failed += 1
    task.reject(error)
  }

  return {
    run(input, { signal, deadlineMs = options.deadlineMs } = {}) {
      return new Promise<O>((resolve, reject) => {
        signal?.throwIfAborted()
        if (closed) throw refused()
        if (running.size >= size && waiting.length >= capacity) {
          const text = `expected at most ${capacity} tasks to wait for threads ${name}, got one more`
          throw new EngineError('queue_full', text, { retryAfterMs: RETRY_AFTER_MS })
        }
        const task: Task<I> = { input, deadlineMs, signal, resolve, reject, abort: () => abort(task) }
        signal?.addEventListener('abort', task.abort, { once: true })
        waiting.push(task)
        look()
      })
    },
    figures: () => ({
      name,
      activeCount: running.size,
      poolSize: threads.size,
      maxPoolSize: size,
      queueSize: waiting.length,
      queueCapacity: capacity,
      completedTasks: completed,
      failedTasks: failed,
      avgTaskDurationMs: completed === 0 ? null : durationSum / completed,
    }),
    async close() {
      closed = true
      const left = waiting
      waiting = []
      for (const task of left) {
        task.signal?.removeEventListener('abort', task.abort)
        task.reject(refused())
      }
      for (const end of running.values()) end(refused())
      await Promise.all([...threads].map((worker) => worker.terminate()))
    },
  }

  function refused(): EngineError {
    return new EngineError('not_accepting', `expected threads ${name} to be open, got closed`)
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
