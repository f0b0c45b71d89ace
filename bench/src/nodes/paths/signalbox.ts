import { PRIORITY_MAX, PRIORITY_MIN, WORKED_QUEUES } from '@signalbox/contracts'
import { distributed } from '@signalbox/engine/distributed'
import { connect } from 'amqplib'
import { ourAdapter } from '../../our-adapter.ts'
import { openOurEngineOn } from '../../our-engine.ts'
import { recipient } from '../../payload.ts'
import { addressOf, CONCURRENCY, type Path, type Place } from '../path.ts'

const ROLES = { takes: 'api', works: 'worker', both: 'all' } as const

const driverAt = (place: Place) =>
  distributed({
    databaseUrl: addressOf(place, 'postgres'),
    amqpUrl: addressOf(place, 'rabbitmq'),
    redisUrl: addressOf(place, 'redis'),
    schema: place.name,
  })

/** With all that it does by default: template, trace, statistics, claim on disk before the adapter is called. */
const signalbox = (name: string, shape: Path['shape']): Path => ({
  name,
  durable: 'yes',
  needs: ['postgres', 'rabbitmq', 'redis'],
  packages: ['pg', 'amqplib'],
  shape,
  prioritised: true,
  async open(place, part, handler) {
    const node = { name: `${part}-${process.pid}`, role: ROLES[part] }
    const { engine, templateId } = await openOurEngineOn(driverAt(place), ourAdapter(handler), CONCURRENCY, node)
    if (part === 'takes') await engine.start()
    let sent = 0
    return {
      enqueue: (body, priority) =>
        engine.messages.accept({ templateId, recipient: recipient(sent++), variables: { body }, priority }),
      begin: () => engine.start(),
      close: () => engine.stop(),
    }
  },
  remove,
})

/** Its schema goes with the database, its keys with the server. */
async function remove(place: Place): Promise<void> {
  const connection = await connect(addressOf(place, 'rabbitmq'))
  const channel = await connection.createChannel()
  const priorities = Array.from({ length: PRIORITY_MAX - PRIORITY_MIN + 1 }, (_, i) => PRIORITY_MIN + i)
  const queues = WORKED_QUEUES.flatMap((queue) => priorities.map((priority) => `${queue}.${priority}`))
  for (const queue of [...queues, 'unreadable']) await channel.deleteQueue(`${place.name}.${queue}`)
  for (const exchange of [place.name, `${place.name}.unreadable`]) await channel.deleteExchange(exchange)
  await connection.close()
}

/** Each process takes messages in and sends them. */
export const signalboxTogether = signalbox('Signalbox, every node does all', 'together')
/** What one process takes in goes through the broker to another. */
export const signalboxApart = signalbox('Signalbox, api and worker apart', 'apart')
