/** Brings what waits and who is free together: whenever either changes, as long as there are both. */
import type { Pool } from '../workers/pool.ts'
import type { FairWindow } from './fair-window.ts'
import type { Entry } from './store.ts'

/**
 * Workers that are free at once take so many from one lane before the next lane has its turn: neighbours lie together on
 * disk, and are written together. Where workers come free one by one, as with a slow provider, a turn is one message.
 */
const LONGEST_TURN = 32

export interface Dispatcher {
  /** Something arrived, a worker became free, a gate opened. Cheap; many calls within a turn become one look. */
  kick(): void
  start(): void
  /** Hands out nothing more. What runs goes on. */
  stop(): void
}

export function createDispatcher(options: {
  window: FairWindow
  pool: Pool
  process: (entry: Entry, worker: string) => Promise<void>
  /** While it says so, nothing is handed out. Kick when it no longer does. */
  paused: () => boolean
}): Dispatcher {
  const { window, pool, process, paused } = options
  let running = false
  let asked = false

  function look(): void {
    asked = false
    while (running && !paused() && pool.free > 0) {
      const entries = window.take(Math.min(pool.free, LONGEST_TURN))
      if (entries.length === 0) return
      // The pool kicks when the worker is free again.
      for (const entry of entries) pool.run((worker) => process(entry, worker))
    }
  }

  function kick(): void {
    if (asked || !running) return
    asked = true
    queueMicrotask(look)
  }

  return {
    kick,
    start() {
      running = true
      kick()
    },
    stop() {
      running = false
    },
  }
}
