/** Brings what waits and who is free together: whenever either changes, as long as there are both. */
import type { Pool } from '../workers/pool.ts'
import type { FairWindow } from './fair-window.ts'
import type { Entry } from './store.ts'

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
      const entry = window.take()
      if (!entry) return
      // The pool kicks when the worker is free again.
      pool.run((worker) => process(entry, worker))
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
