/**
 * The main thread's side of a store thread: calls issued within one turn of the event loop cross as one batch. One batch
 * is under way at a time; what arrives meanwhile leaves together as soon as its reply is there. Never a timer.
 */
import { Worker } from 'node:worker_threads'
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
  let refusal: Error | null = null
  let drained: (() => void) | null = null

  function refuseAll(error: Error): void {
    refusal = error
    for (const waiter of [...(underWay ?? []), ...waiters]) waiter.reject(error)
    underWay = null
    calls = []
    waiters = []
    drained?.()
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
  function lose(cause?: unknown): void {
    if (refusal) return
    const lost = new Error('the store thread ended', { cause })
    refuseAll(lost)
    onCommitUnknown(lost)
  }
  worker.on('error', lose)
  worker.on('exit', () => lose())
  worker.on('message', (reply: Reply) => {
    if (reply.kind === 'commit-unknown') {
      refuseAll(reply.error)
      onCommitUnknown(reply.error)
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
        if (underWay || calls.length > 0) await new Promise<void>((resolve) => (drained = resolve))
        refusal ??= new Error('the store is closed')
        worker.postMessage('close')
        await ended
      })()
      return closing
    },
  }
}
