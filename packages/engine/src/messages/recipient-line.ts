/**
 * Who waits for the rule of one recipient, in what order: by priority, then first come, first served. It lives in memory
 * only, to give each a time of its own instead of all of them the same; the rule itself is kept by the limiter. After a
 * restart those who wait come in their old times as if they were new.
 */
import { PRIORITY_MAX, PRIORITY_MIN } from '@signalbox/contracts'

/** Waiters remembered at most. One more waits as well, only nobody counts it. */
const CAPACITY = 100_000

interface Waiter {
  resource: string
  priority: number
  /** It was told that its turn has come. */
  called: boolean
}

interface Line {
  /** Ids by priority, first come first. */
  waiting: Set<number>[]
  size: number
}

export interface RecipientLine {
  /** Its place, from 1: how many would have to be let through, itself included. */
  place(resource: string, id: number, priority: number): number
  /** One that was called and has to wait again keeps its place and may be called again. */
  join(resource: string, id: number, priority: number): void
  /** The first whose turn it is and who was not called yet; from now on it was. Null when there is none. */
  call(resource: string): number | null
  /** It was let through, cancelled, or has ended. */
  leave(id: number): void
  /** Everybody gets in line anew. */
  clear(): void
  /** Waiters in all lines. */
  readonly size: number
}

export function createRecipientLine(capacity = CAPACITY): RecipientLine {
  const lines = new Map<string, Line>()
  const waiters = new Map<number, Waiter>()

  return {
    place(resource, id, priority) {
      const line = lines.get(resource)
      if (!line) return 1
      // Who was here already comes back in its turn: those of its own priority that came earlier are through.
      const from = waiters.has(id) ? priority + 1 : priority
      let before = 0
      for (let each = from; each <= PRIORITY_MAX; each++) before += line.waiting[each - PRIORITY_MIN]?.size ?? 0
      return before + 1
    },
    join(resource, id, priority) {
      const known = waiters.get(id)
      if (known) known.called = false
      if (known || waiters.size >= capacity) return
      waiters.set(id, { resource, priority, called: false })
      const line = lines.get(resource) ?? {
        waiting: Array.from({ length: PRIORITY_MAX - PRIORITY_MIN + 1 }, () => new Set<number>()),
        size: 0,
      }
      lines.set(resource, line)
      line.waiting[priority - PRIORITY_MIN]?.add(id)
      line.size += 1
    },
    call(resource) {
      for (const ids of lines.get(resource)?.waiting.toReversed() ?? []) {
        // At most as many are passed over as places were given back and not taken yet.
        for (const id of ids) {
          const waiter = waiters.get(id)
          if (!waiter || waiter.called) continue
          waiter.called = true
          return id
        }
      }
      return null
    },
    leave(id) {
      const waiter = waiters.get(id)
      const line = waiter && lines.get(waiter.resource)
      if (!waiter || !line) return
      waiters.delete(id)
      line.waiting[waiter.priority - PRIORITY_MIN]?.delete(id)
      line.size -= 1
      if (line.size === 0) lines.delete(waiter.resource)
    },
    clear() {
      lines.clear()
      waiters.clear()
    },
    get size() {
      return waiters.size
    },
  }
}
