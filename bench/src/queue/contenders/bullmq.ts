import { Queue, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import { randomUUID } from 'node:crypto'
import type { Contender } from '../contender.ts'

const JOB = 'job'
/** Nothing is kept of a job that is done: the cheapest that it can do. */
const OPTIONS = { removeOnComplete: true, removeOnFail: true }

export const bullmq: Contender = {
  name: 'BullMQ, Redis AOF everysec',
  durable: 'may lose a second',
  needs: 'redis',
  packages: ['bullmq', 'ioredis'],
  async open(address) {
    const connect = () => new Redis(address, { maxRetriesPerRequest: null })
    const name = randomUUID()
    const producing = connect()
    const queue = new Queue(name, { connection: producing, defaultJobOptions: OPTIONS })
    await queue.waitUntilReady()
    const closers: (() => Promise<unknown>)[] = []
    return {
      enqueue: (payload) => queue.add(JOB, payload),
      enqueueBulk: (payloads) => queue.addBulk(payloads.map((data) => ({ name: JOB, data }))),
      async process(handler, concurrency) {
        const consuming = connect()
        const worker = new Worker(name, async () => handler(), { connection: consuming, concurrency })
        closers.push(async () => {
          await worker.close()
          consuming.disconnect()
        })
        await worker.waitUntilReady()
      },
      async close() {
        for (const close of closers) await close()
        await queue.obliterate({ force: true })
        await queue.close()
        producing.disconnect()
      },
    }
  },
}
