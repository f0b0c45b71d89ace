import Database from 'better-sqlite3'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { better, defineQueue, defineWorker } from 'plainjob'
import { removeFolder, temporaryFolder } from '../../temporary-folder.ts'
import type { Contender } from '../contender.ts'

const TYPE = 'job'
const POLL_MS = 10
const silent = { error: () => {}, warn: () => {}, info: () => {}, debug: () => {} }

/** All of it runs in the main thread and blocks it for each commit. */
export function plainjob(synchronous: 'FULL' | 'NORMAL'): Contender {
  return {
    name: `plainjob, SQLite ${synchronous}`,
    durable: synchronous === 'FULL' ? 'yes' : 'may lose recent commits',
    needs: null,
    packages: ['plainjob', 'better-sqlite3'],
    async open() {
      const folder = temporaryFolder()
      const database = new Database(join(folder, 'jobs.db'))
      const queue = defineQueue({ connection: better(database), logger: silent })
      // After the queue, which sets the journal mode; WAL and this are what counts for what a commit means.
      database.pragma(`synchronous = ${synchronous}`)
      const workers: ReturnType<typeof defineWorker>[] = []
      return {
        // It returns at once; a caller, who answers a request, goes on in a later turn of the loop.
        async enqueue(payload) {
          queue.add(TYPE, payload)
          await setImmediate()
        },
        async enqueueBulk(payloads) {
          queue.addMany(TYPE, [...payloads])
          await setImmediate()
        },
        // A worker takes one job at a time.
        async process(handler, concurrency) {
          for (let i = 0; i < concurrency; i++) {
            workers.push(defineWorker(TYPE, () => handler(), { queue, pollIntervall: POLL_MS, logger: silent }))
          }
          for (const worker of workers) void worker.start()
        },
        async close() {
          await Promise.all(workers.map((worker) => worker.stop()))
          queue.close()
          removeFolder(folder)
        },
      }
    },
  }
}
