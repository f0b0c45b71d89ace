import { Logger, makeWorkerUtils, run } from 'graphile-worker'
import { randomUUID } from 'node:crypto'
import type { Contender } from '../contender.ts'

const TASK = 'job'
const LOCAL_QUEUE = 500
const COMPLETE_WITHIN_MS = 5
const silent = new Logger(() => () => undefined)

/** With its local queue and completions in batches, as its documentation advises for throughput. */
export const graphileWorker: Contender = {
  name: 'graphile-worker, PostgreSQL',
  durable: 'yes',
  needs: 'postgres',
  packages: ['graphile-worker'],
  async open(address) {
    const schema = `graphile_${randomUUID().replaceAll('-', '')}`
    const preset = { worker: { connectionString: address, schema, maxPoolSize: 20, logger: silent } }
    const utils = await makeWorkerUtils({ preset })
    await utils.migrate()
    const closers: (() => Promise<void>)[] = []
    return {
      enqueue: (payload) => utils.addJob(TASK, { payload }),
      enqueueBulk: (payloads) => utils.addJobs(payloads.map((payload) => ({ identifier: TASK, payload: { payload } }))),
      async process(handler, concurrency) {
        const runner = await run({
          preset: {
            worker: {
              ...preset.worker,
              concurrentJobs: concurrency,
              pollInterval: 500,
              localQueue: { size: LOCAL_QUEUE },
              completeJobBatchDelay: COMPLETE_WITHIN_MS,
              failJobBatchDelay: COMPLETE_WITHIN_MS,
            },
          },
          taskList: { [TASK]: () => handler() },
          noHandleSignals: true,
        })
        closers.push(() => runner.stop())
      },
      async close() {
        for (const close of closers) await close()
        await utils.release()
      },
    }
  },
}
