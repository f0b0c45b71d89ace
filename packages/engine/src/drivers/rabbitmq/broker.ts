/**
 * RabbitMQ. Two connections, because a broker that is short of memory stops listening to who publishes, and must still hear
 * what was read.
 */
import { systemClock, type Clock } from '../../clock.ts'
import type { LinkState } from '../../driver.ts'
import type { Broker } from '../../queue/broker.ts'
import { addressOf, keepConnected, within, type Kept, type KeptOptions } from './connection.ts'
import { createConsumer, type Consumer } from './consumer.ts'
import { createPublisher } from './publisher.ts'

export interface BrokerOptions {
  /** `amqp://user:password@host:5672/vhost`, or `amqps://`. */
  url: string
  /** All that is made at the broker begins with it: several installations may share one. */
  prefix: string
  /** Told when it goes up or down, or is down for another reason. */
  onLink(link: LinkState): void
  clock?: Clock
  random?(): number
}

/** What was published before a stop has so long to be confirmed. */
const STOP_MS = 2_000

/** Resolves after the first try to reach it, whether that succeeded or not. Rejects for a broker that will not do. */
export async function openBroker(options: BrokerOptions): Promise<Broker> {
  const { prefix, onLink, clock = systemClock, random = Math.random } = options
  const address = addressOf(options.url)
  let consumer: Consumer | null = null
  let reading: Kept | null = null
  let told: string | null | undefined
  let stopping: Promise<void> | null = null

  const keep = (role: string, parts: Pick<KeptOptions, 'prepare' | 'onLost'>) =>
    keepConnected({ address, name: `signalbox ${prefix} ${role}`, clock, random, onChange: tell, ...parts })

  const publisher = createPublisher({ prefix, clock, onBlocked: () => tell() })
  const publishing = keep('publisher', { prepare: publisher.prepare, onLost: publisher.lose })

  const problem = () => publishing.problem ?? publisher.blocked ?? reading?.problem ?? null

  function tell(): void {
    const now = problem()
    if (now === told || stopping) return
    told = now
    onLink({ name: 'RabbitMQ', up: now === null, problem: now })
  }

  await publishing.first.catch(async (error: unknown) => {
    await publishing.close()
    throw error
  })

  return {
    get isUp() {
      return stopping === null && problem() === null
    },
    publish: publisher.publish,
    async consume(taking) {
      if (reading || stopping) return
      consumer = createConsumer({ prefix, clock, taking })
      reading = keep('consumer', { prepare: consumer.prepare, onLost: consumer.lose })
      await reading.first
    },
    hasRoom() {
      consumer?.hasRoom()
    },
    stop() {
      stopping ??= (async () => {
        await consumer?.stop()
        await within(clock, STOP_MS, publisher.settled(), 'not confirmed in time').catch(() => undefined)
        await Promise.all([publishing.close(), reading?.close()])
      })()
      return stopping
    },
  }
}
