/**
 * Who waits for the rule of one recipient, in what order: by priority, then first come, first served. It lives in memory
 * only, to give each a time of its own instead of all of them the same; the rule itself is kept by the limiter. After a
 * restart those who wait come in their old times as if they were new.
 */
import { PRIORITY_MAX, PRIORITY_MIN } from '@signalbox/contracts'

/** Waiters remembered at most. One more waits as well, only nobody counts it. */
const CAPACITY = 100_000

interface Line {
  /** Waiters by priority. */
  counts: number[]
  size: number
}

export interface RecipientLine {
  /** Its place, from 1: how many would have to be let through, itself included. */
  place(resource: string, id: number, priority: number): number
  join(resource: string, id: number, priority: number): void
  /** It was let through, cancelled, or has ended. */
  leave(id: number): void
  /** Everybody gets in line anew. */
  clear(): void
  /** Waiters in all lines. */
  readonly size: number
}

export function createRecipientLine(capacity = CAPACITY): RecipientLine {
  const lines = new Map<string, Line>()
  const waiters = new Map<number, { resource: string; priority: number }>()

  return {
    place(resource, id, priority) {
      const line = lines.get(resource)
      if (!line) return 1
      // Who was here already comes back in its turn: those of its own priority that came earlier are through.
      const from = waiters.has(id) ? priority + 1 : priority
      let before = 0
      for (let each = from; each <= PRIORITY_MAX; each++) before += line.counts[each - PRIORITY_MIN] ?? 0
      return before + 1
    },
    join(resource, id, priority) {
      if (waiters.has(id) || waiters.size >= capacity) return
      waiters.set(id, { resource, priority })
      const line = lines.get(resource) ?? {
        counts: Array(PRIORITY_MAX - PRIORITY_MIN + 1).fill(0) as number[],
        size: 0,
      }
      lines.set(resource, line)
      line.counts[priority - PRIORITY_MIN] = (line.counts[priority - PRIORITY_MIN] ?? 0) + 1
      line.size += 1
    },
    leave(id) {
      const waiter = waiters.get(id)
      const line = waiter && lines.get(waiter.resource)
      if (!waiter || !line) return
      waiters.delete(id)
      line.counts[waiter.priority - PRIORITY_MIN] = (line.counts[waiter.priority - PRIORITY_MIN] ?? 1) - 1
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
