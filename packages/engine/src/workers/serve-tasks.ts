/** The other side of `createThreads`: what runs inside a thread. */
import { parentPort } from 'node:worker_threads'
import type { ThreadReply } from './threads.ts'

/** Answers each task, one at a time, with what `work` gives or throws. */
export function serveTasks<I, O>(work: (input: I) => O | Promise<O>): void {
  const port = parentPort
  if (!port) throw new Error('expected to run in a worker thread, got the main one')
  port.on('message', (input: I) => {
    void answer(work, input).then((reply) => {
      try {
        port.postMessage(reply)
      } catch (error) {
        // What it gave cannot cross; that can be said.
        port.postMessage(refusal(error))
      }
    })
  })
}

async function answer<I, O>(work: (input: I) => O | Promise<O>, input: I): Promise<ThreadReply> {
  try {
    return { ok: true, value: await work(input) }
  } catch (error) {
    return refusal(error)
  }
}

function refusal(error: unknown): ThreadReply {
  return { ok: false, error: error instanceof Error ? error : new Error(String(error)) }
}
