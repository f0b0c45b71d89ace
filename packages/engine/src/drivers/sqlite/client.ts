/**
 * The main thread's side of a store thread: calls issued within one turn of the event loop cross as one batch. One batch
 * is under way at a time; what arrives meanwhile leaves together as soon as its reply is there. Never a timer.
 */
import { Worker } from 'node:worker_threads'
import { EngineError } from '../../errors.ts'
import type { Call, Reply, ThreadSetup } from './protocol.ts'
import type { ReadOperations, WriteOperations } from './operations/index.ts'

interface Waiter {
  resolve(value: never): void
  reject(error: unknown): void
}

export interface StoreThread<O> {
  call<K extends keyof O & string>(
    name: K,
    ...args: O[K] extends (...args: infer A) => unknown ? A : never
  ): Promise<O[K] extends (...args: never[]) => infer R ? R : never>
  /** Settles what was called before, then ends the thread. Later calls are refused. */
  close(): Promise<void>
}

export type Writer = StoreThread<WriteOperations>
export type Reader = StoreThread<ReadOperations>

/** Calls in one batch at most: bounds a transaction, and with it the wait of what comes after. */
const BATCH_CALLS = 2_000

export async function openThread<O>(
  setup: ThreadSetup,
  onCommitUnknown: (error: Error) => void,
): Promise<StoreThread<O>> {
  const worker = new Worker(new URL('./thread.ts', import.meta.url), { workerData: setup })
  let calls: Call[] = []
  let waiters: Waiter[] = []
  let underWay: Waiter[] | null = null
  let scheduled = false
  let refusal: EngineError | null = null
  let drained: (() => void) | null = null

  /** Whether what is under way was written is not known: nothing is acknowledged, and nothing more is taken. */
  function refuseAll(cause: Error): void {
    refusal = new EngineError('not_accepting', cause.message, { cause })
    for (const waiter of [...(underWay ?? []), ...waiters]) waiter.reject(refusal)
    underWay = null
    calls = []
    waiters = []
    drained?.()
    onCommitUnknown(cause)
  }

  function flush(): void {
    scheduled = false
    if (underWay || calls.length === 0) return
    const batch = calls.length > BATCH_CALLS ? calls.splice(0, BATCH_CALLS) : calls
    underWay = batch === calls ? waiters : waiters.splice(0, BATCH_CALLS)
    if (batch === calls) {
      calls = []
      waiters = []
    }
    worker.postMessage({ calls: batch })
  }

  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
  await new Promise<void>((resolve, reject) => {
    worker.once('error', reject)
    worker.once('message', () => {
      worker.off('error', reject)
      resolve()
    })
  })
  worker.on('error', (cause) => refuseAll(new Error('the store thread ended', { cause })))
  worker.on('exit', () => {
    if (!refusal) refuseAll(new Error('the store thread ended'))
  })
  worker.on('message', (reply: Reply) => {
    if (reply.kind === 'commit-unknown') {
      refuseAll(reply.error)
      return
    }
    if (reply.kind !== 'results') return
    const settled = underWay ?? []
    underWay = null
    for (const [i, [ok, value]] of reply.results.entries()) {
      if (ok) settled[i]?.resolve(value as never)
      else settled[i]?.reject(value)
    }
    if (calls.length > 0) flush()
    else drained?.()
  })

  let closing: Promise<void> | null = null
  return {
    call(name, ...args) {
      if (refusal) return Promise.reject(refusal)
      calls.push([name, args])
      if (!scheduled && !underWay) {
        scheduled = true
        setImmediate(flush)
      }
      return new Promise((resolve, reject) => waiters.push({ resolve, reject }))
    },
    close() {
      closing ??= (async () => {
        refusal ??= new EngineError('not_accepting', 'the store is closed')
        if (underWay || calls.length > 0) await new Promise<void>((resolve) => (drained = resolve))
        worker.postMessage('close')
        await ended
      })()
      return closing
    },
  }
}
