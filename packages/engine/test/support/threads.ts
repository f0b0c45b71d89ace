import { subscribe } from 'node:diagnostics_channel'
import type { Worker } from 'node:worker_threads'

const running = new Set<Worker>()

// Node announces every thread that this one starts.
subscribe('worker_threads', (message) => {
  const { worker } = message as { worker: Worker }
  running.add(worker)
  worker.once('exit', () => running.delete(worker))
})

/** Number of worker threads started since this file was loaded that have not ended: a leak check. */
export function runningThreads(): number {
  return running.size
}

/** Ends them as a fault would: nobody has asked them to. */
export async function loseThreads(): Promise<void> {
  await Promise.all([...running].map((worker) => worker.terminate()))
}
