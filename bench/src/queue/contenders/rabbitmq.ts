import { connect } from 'amqplib'
import { randomUUID } from 'node:crypto'
import type { Contender } from '../contender.ts'

const QUEUE_OPTIONS = { durable: true, maxPriority: 10 }

/** The broker with nothing around it: durable classic queue with priorities, persistent, confirms, manual acknowledgement. */
export const rabbitmq: Contender = {
  name: 'RabbitMQ raw, confirms',
  durable: 'yes',
  needs: 'rabbitmq',
  packages: ['amqplib'],
  async open(address) {
    const queue = `signalbox-bench-${randomUUID()}`
    const connection = await connect(address, { noDelay: true })
    const producer = await connection.createConfirmChannel()
    const consumer = await connection.createChannel()
    await producer.assertQueue(queue, QUEUE_OPTIONS)
    const publish = (payload: string) =>
      new Promise<void>((resolve, reject) => {
        const options = { persistent: true, priority: 5 }
        producer.sendToQueue(queue, Buffer.from(payload), options, (error: unknown) => {
          if (error) reject(new Error('the broker refused a message', { cause: error }))
          else resolve()
        })
      })
    return {
      enqueue: publish,
      enqueueBulk: (payloads) => Promise.all(payloads.map(publish)),
      async process(handler, concurrency) {
        await consumer.prefetch(concurrency)
        await consumer.consume(queue, (message) => {
          if (!message) return
          handler()
          consumer.ack(message)
        })
      },
      async close() {
        await producer.deleteQueue(queue)
        await connection.close()
      },
    }
  },
}
