/**
 * The main thread's side of a store thread: calls issued within one turn of the event loop cross as one batch. One batch
 * is under way at a time; what arrives meanwhile leaves together as soon as its reply is there. Never a timer.
 */
import { Worker } from 'node:worker_threads'
import { EngineError } from '../../errors.ts'
import type { Batch, Call, Reply, ThreadSetup } from './protocol.ts'
import type { ReadOperations, WriteOperations } from './operations/index.ts'
import { keepWasmWrappers } from '../../workers/steady-wasm.ts'

interface Waiter {
  resolve(value: never): void
  reject(error: unknown): void
}

type Args<O, K extends keyof O> = O[K] extends (...args: infer A) => unknown ? A : never
type Result<O, K extends keyof O> = O[K] extends (...args: never[]) => infer R ? R : never

export interface StoreThread<O> {
  call<K extends keyof O & string>(name: K, ...args: Args<O, K>): Promise<Result<O, K>>
  /** The same, settling with what is made of the result: spares a promise where every message passes. */
  mapped<K extends keyof O & string, T>(make: (result: Result<O, K>) => T, name: K, ...args: Args<O, K>): Promise<T>
  /** Settles what was called before, then ends the thread. Later calls are refused. */
  close(): Promise<void>
}

export type Writer = StoreThread<WriteOperations>
export type Reader = StoreThread<ReadOperations>

/**
 * What the engine itself must get written: when the disk is full or the database is held, it is tried again. Everything else
 * has a caller who can come again, and is refused at once.
 */
const TRIED_AGAIN: ReadonlySet<string> = new Set<keyof WriteOperations>([
  'messages.claim',
  'messages.claimFresh',
  'messages.hold',
  'queue.writeDown',
  'messages.settleEnd',
  'messages.settleRetry',
  'messages.resolveLate',
  'messages.receipt',
  'inbox.put',
  'inbox.delivered',
  'jobs.begin',
  'jobs.complete',
  'jobs.fail',
  'room.probe',
])
const TRIED_EVERY_MS = 500
const PROBE: Call = ['room.probe', []]
const NOBODY: Waiter = { resolve: () => undefined, reject: () => undefined }

/** Calls in one batch at most: bounds a transaction, and with it the wait of what comes after. */
const BATCH_CALLS = 2_000

/** Batches smaller than this are told at once. */
const SPLIT_FROM = 32

/** What the main thread is told of a thread beside the answers to its calls. */
export interface ThreadListeners {
  /** Called once when a commit failed: what it wrote is not known, and the thread takes nothing more. */
  onCommitUnknown(error: Error): void
  /** With the reason when writes cannot be made for now, with null when they can again. */
  onWritable?: ((refused: string | null) => void) | undefined
  /** After each batch. */
  onBatch?: (() => void) | undefined
}

export async function openThread<O>(setup: ThreadSetup, listeners: ThreadListeners): Promise<StoreThread<O>> {
  const { onCommitUnknown, onWritable, onBatch } = listeners
  keepWasmWrappers()
  const worker = new Worker(new URL('./thread.ts', import.meta.url), { workerData: setup })
  let calls: Call[] = []
  let waiters: Waiter[] = []
  let underWay: { calls: Call[]; waiters: Waiter[] } | null = null
  /** Set while nothing can be written: cancels the next try. */
  let cancelTry: (() => void) | null = null
  let lastRefused = ''
  /** The places of the operations' names in the thread's list. */
  const places = new Map<string, number>()
  let scheduled = false
  /** Batches of which some callers are still to be told. */
  let telling = 0
  let refusal: EngineError | null = null
  let drained: (() => void) | null = null

  /** Whether what is under way was written is not known: nothing is acknowledged, and nothing more is taken. */
  function refuseAll(cause: Error): void {
    refusal = new EngineError('not_accepting', cause.message, { cause })
    for (const waiter of [...(underWay?.waiters ?? []), ...waiters]) waiter.reject(refusal)
    underWay = null
    calls = []
    waiters = []
    drained?.()
    onCommitUnknown(cause)
  }

  function take(call: Call): void {
    calls.push(call)
    if (scheduled || underWay) return
    scheduled = true
    setImmediate(flush)
  }

  function flush(): void {
    scheduled = false
    if (underWay || calls.length === 0) return
    const batch = calls.length > BATCH_CALLS ? calls.splice(0, BATCH_CALLS) : calls
    underWay = { calls: batch, waiters: batch === calls ? waiters : waiters.splice(0, BATCH_CALLS) }
    if (batch === calls) {
      calls = []
      waiters = []
    }
    worker.postMessage(flat(batch))
  }

  function flat(batch: readonly Call[]): Batch {
    const encoded: Batch = []
    for (const [name, args] of batch) {
      encoded.push(places.get(name), args.length)
      for (const arg of args) encoded.push(arg)
    }
    return encoded
  }

  /** Nothing can be written for now: what must be goes back in front, in its order, and waits. */
  function tryLater(again: { call: Call; waiter: Waiter }[], refused: string): void {
    lastRefused = refused
    if (!cancelTry) onWritable?.(refused)
    // Also when nobody waits: somebody must find out when it can.
    if (!again.some(({ call: [name] }) => name === PROBE[0])) again.push({ call: PROBE, waiter: NOBODY })
    calls = [...again.map(({ call }) => call), ...calls]
    waiters = [...again.map(({ waiter }) => waiter), ...waiters]
    if (refusal) return giveUp()
    scheduled = true
    const timer = setTimeout(flush, TRIED_EVERY_MS)
    cancelTry = () => clearTimeout(timer)
  }

  /** Closing in that state: nothing that waits was written, and nothing will be. */
  function giveUp(): void {
    cancelTry?.()
    for (const waiter of waiters) waiter.reject(notNow(lastRefused))
    calls = []
    waiters = []
    drained?.()
  }

  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
  await new Promise<void>((resolve, reject) => {
    worker.once('error', reject)
    worker.once('message', (ready: Reply) => {
      worker.off('error', reject)
      if (ready.kind === 'ready') for (const [place, name] of ready.operations.entries()) places.set(name, place)
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
    onBatch?.()
    const settled = underWay ?? { calls: [], waiters: [] }
    underWay = null
    const again: { call: Call; waiter: Waiter }[] = []
    let refused: string | null = null
    const failed = new Set<number>()
    for (const [i, kind, why] of reply.failures) {
      const waiter = settled.waiters[i] as Waiter
      const call = settled.calls[i] as Call
      failed.add(i)
      if (kind === 'failed') waiter.reject(why)
      else {
        refused = why
        if (TRIED_AGAIN.has(call[0])) again.push({ call, waiter })
        else waiter.reject(notNow(why))
      }
    }
    if (refused !== null) {
      resolveAll(settled.waiters, reply.values, failed, 0, reply.values.length)
      return tryLater(again, refused)
    }
    if (cancelTry) {
      cancelTry = null
      onWritable?.(null)
    }
    const { length } = settled.waiters
    // With everybody waiting for one batch, thread and main thread would take turns in working. What the first half asks for
    // next is written while the second half is told.
    const half = calls.length === 0 && length >= SPLIT_FROM ? length >> 1 : length
    if (calls.length > 0) flush()
    resolveAll(settled.waiters, reply.values, failed, 0, half)
    if (half === length) {
      if (!underWay && calls.length === 0) drained?.()
      return
    }
    telling += 1
    scheduled = true
    setImmediate(flush)
    setImmediate(() => {
      resolveAll(settled.waiters, reply.values, failed, half, length)
      telling -= 1
      if (!underWay && calls.length === 0) drained?.()
    })
  })

  let closing: Promise<void> | null = null
  return {
    call(name, ...args) {
      if (refusal) return Promise.reject(refusal)
      take([name, args])
      return new Promise((resolve, reject) => waiters.push({ resolve, reject }))
    },
    mapped(make, name, ...args) {
      if (refusal) return Promise.reject(refusal)
      take([name, args])
      return new Promise((resolve, reject) => waiters.push({ resolve: (result) => resolve(make(result)), reject }))
    },
    close() {
      closing ??= (async () => {
        refusal ??= new EngineError('not_accepting', 'the store is closed')
        if (cancelTry && !underWay) giveUp()
        if (underWay || calls.length > 0 || telling > 0) await new Promise<void>((resolve) => (drained = resolve))
        worker.postMessage('close')
        await ended
      })()
      return closing
    },
  }
}

function resolveAll(
  waiters: readonly Waiter[],
  values: readonly unknown[],
  failed: ReadonlySet<number>,
  from: number,
  to: number,
): void {
  for (let i = from; i < to; i++) if (!failed.has(i)) waiters[i]?.resolve(values[i] as never)
}

function notNow(refused: string): EngineError {
  return new EngineError('not_accepting', `${refused}: nothing was stored`, { retryAfterMs: TRIED_EVERY_MS })
}
