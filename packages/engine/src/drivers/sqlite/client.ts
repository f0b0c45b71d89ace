/**
 * The main thread's side of a store thread: calls issued within one turn of the event loop cross as one batch. What has
 * arrived when the thread is free shares a transaction: the thread never waits for the main thread to hear of the last one,
 * and the longer a commit takes, the more share the next. Never a timer.
 */
import { Worker } from 'node:worker_threads'
import { EngineError } from '../../errors.ts'
import type { Batch, Reply, ThreadSetup } from './protocol.ts'
import type { ReadOperations, WriteOperations } from './operations/index.ts'
import { keepWasmWrappers } from '../../workers/steady-wasm.ts'

interface Pending {
  name: string
  args: readonly unknown[]
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
const PROBE: keyof WriteOperations = 'room.probe'
const NOBODY: Pick<Pending, 'resolve' | 'reject'> = { resolve: () => undefined, reject: () => undefined }

/** Fewer than these that were answered together are told at once. */
const SPLIT_FROM = 32

/** What the main thread is told of a thread beside the answers to its calls. */
export interface ThreadListeners {
  /** Called once when a commit failed: what it wrote is not known, and the thread takes nothing more. */
  onCommitUnknown(error: Error): void
  /** With the reason when writes cannot be made for now, with null when they can again. */
  onWritable?: ((refused: string | null) => void) | undefined
  /** After each transaction. */
  onBatch?: (() => void) | undefined
}

export async function openThread<O>(setup: ThreadSetup, listeners: ThreadListeners): Promise<StoreThread<O>> {
  const { onCommitUnknown, onWritable, onBatch } = listeners
  keepWasmWrappers()
  const worker = new Worker(new URL('./thread.ts', import.meta.url), { workerData: setup })
  /** Called in this turn. */
  let called: Pending[] = []
  /** With the thread, oldest first. It answers in that order, as many at a time as shared a transaction. */
  let crossed: Pending[] = []
  /** Not written for lack of room or because another program held the database: they cross again, in their order. */
  let again: Pending[] = []
  /** Why nothing can be written for now, until a probe was. */
  let refused: string | null = null
  let nextTry: NodeJS.Timeout | null = null
  /** The places of the operations' names in the thread's list. */
  const places = new Map<string, number>()
  let scheduled = false
  /** Answers of which some callers are still to be told. */
  let telling = 0
  let refusal: EngineError | null = null
  let drained: (() => void) | null = null

  /** Whether what crossed was written is not known: nothing is acknowledged, and nothing more is taken. */
  function refuseAll(cause: Error): void {
    refusal = new EngineError('not_accepting', cause.message, { cause })
    for (const pending of [...crossed, ...again, ...called]) pending.reject(refusal)
    crossed = []
    forgetWaiting()
    if (nextTry) clearTimeout(nextTry)
    drained?.()
    onCommitUnknown(cause)
  }

  function take(pending: Pending): void {
    called.push(pending)
    if (scheduled || nextTry) return
    scheduled = true
    setImmediate(cross)
  }

  /** The thread need not be free: it takes all that has arrived when it is. */
  function cross(): void {
    scheduled = false
    if (called.length === 0 || nextTry) return
    const batch: Batch = []
    for (const { name, args } of called) {
      batch.push(places.get(name), args.length)
      for (const arg of args) batch.push(arg)
    }
    if (crossed.length === 0) crossed = called
    else for (const pending of called) crossed.push(pending)
    called = []
    worker.postMessage(batch)
  }

  /** The oldest that crossed. */
  function answered(count: number): Pending[] {
    if (count < crossed.length) return crossed.splice(0, count)
    const all = crossed
    crossed = []
    return all
  }

  function tryLater(why: string): void {
    if (refused === null) onWritable?.(why)
    refused = why
    if (refusal) return giveUp(why)
    // Also when nobody waits: somebody must find out when it can.
    if (!again.some(({ name }) => name === PROBE)) again.push({ name: PROBE, args: [], ...NOBODY })
    nextTry ??= setTimeout(tryAgain, TRIED_EVERY_MS)
  }

  function tryAgain(): void {
    nextTry = null
    called = [...again, ...called]
    again = []
    cross()
  }

  /** Closing in that state: nothing that waits was written, and nothing will be. */
  function giveUp(why: string): void {
    if (nextTry) clearTimeout(nextTry)
    for (const pending of [...again, ...called]) pending.reject(notNow(why))
    forgetWaiting()
    endDraining()
  }

  function forgetWaiting(): void {
    again = []
    called = []
  }

  /** Whether somebody is still to be answered. */
  function owes(): boolean {
    return crossed.length > 0 || called.length > 0 || again.length > 0 || telling > 0
  }

  function endDraining(): void {
    if (!owes()) drained?.()
  }

  function settle({ calls, values, failures }: Extract<Reply, { kind: 'results' }>): void {
    onBatch?.()
    const settled = answered(calls)
    const failed = new Set<number>()
    let why: string | null = null
    for (const [i, kind, reason] of failures) {
      const pending = settled[i] as Pending
      failed.add(i)
      if (kind === 'failed') pending.reject(reason)
      else {
        why = reason
        if (TRIED_AGAIN.has(pending.name)) again.push(pending)
        else pending.reject(notNow(reason))
      }
    }
    if (why !== null) {
      resolveAll(settled, values, failed, 0, values.length)
      return tryLater(why)
    }
    if (refused !== null && settled.some(({ name }) => name === PROBE)) {
      refused = null
      onWritable?.(null)
    }
    tell(settled, values, failed)
  }

  function tell(settled: readonly Pending[], values: readonly unknown[], failed: ReadonlySet<number>): void {
    const { length } = settled
    const isIdle = crossed.length === 0
    // With everybody waiting for one answer, thread and main thread would take turns in working. What the first half asks for
    // next is written while the second half is told.
    const half = isIdle && called.length === 0 && length >= SPLIT_FROM ? length >> 1 : length
    if (isIdle) cross()
    resolveAll(settled, values, failed, 0, half)
    if (half === length) return endDraining()
    telling += 1
    scheduled = true
    setImmediate(cross)
    setImmediate(() => {
      resolveAll(settled, values, failed, half, length)
      telling -= 1
      endDraining()
    })
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
    if (reply.kind === 'commit-unknown') refuseAll(reply.error)
    else if (reply.kind === 'results') settle(reply)
  })

  let closing: Promise<void> | null = null
  return {
    call(name, ...args) {
      if (refusal) return Promise.reject(refusal)
      return new Promise((resolve, reject) => take({ name, args, resolve, reject }))
    },
    mapped(make, name, ...args) {
      if (refusal) return Promise.reject(refusal)
      return new Promise((resolve, reject) => {
        take({ name, args, resolve: (result) => resolve(make(result)), reject })
      })
    },
    close() {
      closing ??= (async () => {
        refusal ??= new EngineError('not_accepting', 'the store is closed')
        if (refused !== null && crossed.length === 0) giveUp(refused)
        if (owes()) await new Promise<void>((resolve) => (drained = resolve))
        worker.postMessage('close')
        await ended
      })()
      return closing
    },
  }
}

function resolveAll(
  settled: readonly Pending[],
  values: readonly unknown[],
  failed: ReadonlySet<number>,
  from: number,
  to: number,
): void {
  for (let i = from; i < to; i++) if (!failed.has(i)) settled[i]?.resolve(values[i] as never)
}

function notNow(refused: string): EngineError {
  return new EngineError('not_accepting', `${refused}: nothing was stored`, { retryAfterMs: TRIED_EVERY_MS })
}
