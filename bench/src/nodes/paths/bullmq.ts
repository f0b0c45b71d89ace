import { Queue, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import { addressOf, CONCURRENCY, type Path, type Place } from '../path.ts'

const JOB = 'job'
/** Nothing is kept of a job that is done: the cheapest that it can do. */
const OPTIONS = { removeOnComplete: true, removeOnFail: true }

const connect = (place: Place) => new Redis(addressOf(place, 'redis'), { maxRetriesPerRequest: null })

/** Without priorities, which make it slower. */
export const bullmq: Path = {
  name: 'BullMQ, Redis AOF everysec',
  durable: 'may lose a second',
  needs: ['redis'],
  packages: ['bullmq', 'ioredis'],
  shape: 'apart',
  prioritised: false,
  async open(place, part, handler) {
    const producing = connect(place)
    const queue = new Queue<string>(place.name, { connection: producing, defaultJobOptions: OPTIONS })
    await queue.waitUntilReady()
    const consuming = connect(place)
    let worker: Worker<string> | null = null
    return {
      enqueue: (payload) => queue.add(JOB, payload),
      async begin() {
        if (part === 'takes') return
        const work = async ({ data }: { data: string }) => handler(data)
        worker = new Worker<string>(place.name, work, { connection: consuming, concurrency: CONCURRENCY })
        await worker.waitUntilReady()
      },
      async close() {
        await worker?.close()
        await queue.close()
        producing.disconnect()
        consuming.disconnect()
      },
    }
  },
  async remove(place) {
    const connection = connect(place)
    const queue = new Queue(place.name, { connection })
    await queue.obliterate({ force: true })
    await queue.close()
    connection.disconnect()
  },
}
