/**
 * Moves what falls due from the delays into the queue: one timer for the earliest time, whatever waits behind it. The
 * `delayed` queue of the product is this.
 */
import type { PendingReason } from '@signalbox/contracts'
import type { Clock } from '../clock.ts'
import type { MessageRecord } from '../messages/record.ts'
import type { Entry, QueueStore } from './store.ts'

/** Moved in one transaction; a million that fall due at once take turns with other writes. */
const PROMOTED_AT_ONCE = 500
/** A wall clock that is put back or forward is noticed within this time. */
const LONGEST_WAIT_MS = 60_000
/** What other nodes have put here is noticed within this time. */
const LONGEST_WAIT_SHARED_MS = 1_000

export interface Delays {
  /** Things that wait for their time, on whichever node they were put here. */
  readonly size: number
  /** A new thing waits until then. */
  added(dueAt: number): void
  /** What was held for this reason falls due now. */
  wake(reason: PendingReason): Promise<void>
  /** One that is held falls due then, if that is earlier. */
  hasten(id: number, dueAt: number): Promise<void>
  /** One left without being promoted: it was cancelled. */
  removed(): void
  /** Reads how many there are: others put some here, and take some. */
  recount(): Promise<void>
  start(): Promise<void>
  stop(): void
}

export function createDelays(options: {
  store: Pick<QueueStore, 'promote' | 'delayed' | 'wake' | 'hasten'>
  clock: Clock
  /** Of several nodes: `promotes` of one that also works. Default: there is one. */
  shared?: { promotes: boolean } | null
  onDue: (entries: readonly Entry[], records: readonly MessageRecord[]) => void
  onError: (error: unknown) => void
}): Delays {
  const { store, clock, shared = null, onDue, onError } = options
  const longestWaitMs = shared ? LONGEST_WAIT_SHARED_MS : LONGEST_WAIT_MS
  const promotes = shared?.promotes ?? true
  let size = 0
  let running = false
  let promoting = false
  /** The earliest that was added while a promotion was under way: its answer may not know of it. */
  let addedAt = Infinity
  let timerAt = Infinity
  let cancelTimer: () => void = () => undefined

  function arm(at: number): void {
    if ((at === Infinity && !shared) || !running || !promotes) return
    const wakeAt = Math.min(at, clock.now() + longestWaitMs)
    if (wakeAt >= timerAt) return
    cancelTimer()
    timerAt = wakeAt
    cancelTimer = clock.after(wakeAt - clock.now(), () => void promote())
  }

  async function promote(): Promise<void> {
    timerAt = Infinity
    if (!running || promoting || !promotes) return
    promoting = true
    addedAt = Infinity
    let next = Infinity
    try {
      const due = await store.promote(clock.now(), PROMOTED_AT_ONCE)
      size = Math.max(0, size - due.entries.length)
      next = due.nextDueAt ?? Infinity
      if (due.entries.length > 0) onDue(due.entries, due.records)
    } catch (error) {
      onError(error)
      next = clock.now() + 1_000
    } finally {
      promoting = false
    }
    arm(Math.min(next, addedAt))
  }

  async function recount(): Promise<void> {
    size = (await store.delayed()).reduce((sum, { count }) => sum + count, 0)
  }

  return {
    get size() {
      return size
    },
    added(dueAt) {
      size += 1
      if (promoting) addedAt = Math.min(addedAt, dueAt)
      else arm(dueAt)
    },
    async wake(reason) {
      let woken = 0
      let last: number
      do {
        last = await store.wake(reason, clock.now(), PROMOTED_AT_ONCE)
        woken += last
      } while (last === PROMOTED_AT_ONCE)
      if (promoting) addedAt = Math.min(addedAt, clock.now())
      else if (woken > 0) await promote()
    },
    async hasten(id, dueAt) {
      if (!(await store.hasten(id, dueAt))) return
      if (promoting) addedAt = Math.min(addedAt, dueAt)
      else if (dueAt <= clock.now()) await promote()
      else arm(dueAt)
    },
    removed() {
      size = Math.max(0, size - 1)
    },
    recount,
    async start() {
      running = true
      await recount()
      await promote()
    },
    stop() {
      running = false
      cancelTimer()
      timerAt = Infinity
    },
  }
}
