import { connect } from 'amqplib'
import { addressOf, CONCURRENCY, type Path, type Place } from '../path.ts'

const QUEUE_OPTIONS = { durable: true, maxPriority: 10 }

const rabbitUrl = (place: Place): string => addressOf(place, 'rabbitmq')

/** The broker with nothing around it: durable classic queue with priorities, persistent, confirms, manual acknowledgement. */
export const rabbitmq: Path = {
  name: 'RabbitMQ raw, confirms',
  durable: 'yes',
  needs: ['rabbitmq'],
  packages: ['amqplib'],
  shape: 'apart',
  prioritised: true,
  async open(place, part, handler) {
    const queue = `bench.${place.name}`
    const connection = await connect(rabbitUrl(place), { noDelay: true })
    const producer = await connection.createConfirmChannel()
    await producer.assertQueue(queue, QUEUE_OPTIONS)
    return {
      enqueue: (payload, priority) =>
        new Promise<void>((resolve, reject) => {
          producer.sendToQueue(queue, Buffer.from(payload), { persistent: true, priority }, (error: unknown) => {
            if (error) reject(new Error('the broker refused a message', { cause: error }))
            else resolve()
          })
        }),
      async begin() {
        if (part === 'takes') return
        const consumer = await connection.createChannel()
        await consumer.prefetch(CONCURRENCY)
        await consumer.consume(queue, (message) => {
          if (!message) return
          handler(message.content.toString())
          consumer.ack(message)
        })
      },
      close: () => connection.close(),
    }
  },
  async remove(place) {
    const connection = await connect(rabbitUrl(place))
    const channel = await connection.createChannel()
    await channel.deleteQueue(`bench.${place.name}`)
    await connection.close()
  },
}
