import { connect } from 'amqplib'
import type { Service } from './service.ts'

const LOCAL = 'amqp://127.0.0.1:5672'

/** The local broker, or the one that `AMQP_URL` names; contenders use queues of their own and delete them. */
export async function startRabbitmq(): Promise<Service> {
  const address = process.env['AMQP_URL'] ?? LOCAL
  const connection = await connect(address)
  const { version } = connection.connection.serverProperties
  await connection.close()
  return { address, version: `RabbitMQ ${version}`, stop: async () => undefined }
}
