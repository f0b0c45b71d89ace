/** Several nodes: PostgreSQL keeps and decides, RabbitMQ carries what belongs to no node, Redis has the limits and is the bus. */
import type { Driver, OpenOptions, Store } from '../driver.ts'
import { checkSchema, DEFAULT_SCHEMA, withLink } from './postgres.ts'

export interface DistributedOptions {
  /** `postgres://user:password@host:5432/database` */
  databaseUrl: string
  /** `amqp://user:password@host:5672/vhost`, or `amqps://`. */
  amqpUrl: string
  /** `redis://user:password@host:6379/0`, or `rediss://`. */
  redisUrl: string
  /** Of PostgreSQL; what stands at the others begins with it too. Lower-case letters, digits and underscores. */
  schema?: string
  /** The time of every node, ms, where one process runs them all by a clock of its own. Left out: that of the services. */
  now?: () => number
}

/**
 * Clients are loaded when it is opened. PostgreSQL has to be there then; RabbitMQ and Redis may come later and may go: without
 * them nodes go on, more slowly.
 */
export function distributed({ schema = DEFAULT_SCHEMA, ...rest }: DistributedOptions): Driver {
  checkSchema(schema)
  return { name: 'distributed', open: (options) => openAll({ ...rest, schema }, withLink(options)) }
}

async function openAll(
  { databaseUrl, amqpUrl, redisUrl, schema, now }: DistributedOptions & { schema: string },
  options: OpenOptions,
): Promise<Store> {
  const [{ openStore }, { openBroker }, { openRedis }] = await Promise.all([
    import('./postgres/store.ts'),
    import('./rabbitmq/broker.ts'),
    import('./redis/open.ts'),
  ])
  const opened: (() => Promise<void>)[] = []
  const close = async () => {
    for (const end of opened.splice(0).toReversed()) await end()
  }
  const onLink: NonNullable<OpenOptions['onLink']> = (link) => options.onLink?.(link)
  try {
    const redis = await openRedis({ url: redisUrl, prefix: schema, now, onLink })
    opened.push(() => redis.close())
    const broker = await openBroker({ url: amqpUrl, prefix: schema, onLink })
    opened.push(() => broker.stop())
    const store = await openStore({ url: databaseUrl, schema }, options, {
      nodes: 'many',
      leases: now ? 'caller' : 'server',
    })
    opened.push(() => store.close())
    let closing: Promise<void> | null = null
    const { bus, limits, locks } = redis
    return { ...store, shared: { broker, bus, limits, locks }, close: () => (closing ??= close()) }
  } catch (error) {
    await close()
    throw error
  }
}
