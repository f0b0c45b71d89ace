import type { ServiceName } from '../contender.ts'
import { startPostgres } from './postgres.ts'
import { startRabbitmq } from './rabbitmq.ts'
import { startRedis } from './redis.ts'
import type { Service } from './service.ts'

const START: Record<ServiceName, () => Promise<Service>> = {
  redis: startRedis,
  postgres: startPostgres,
  rabbitmq: startRabbitmq,
}

export interface Services {
  /** The service, or why it is not there. */
  find(name: ServiceName): Service | string
  versions(): string[]
  stop(): Promise<void>
}

export async function startServices(names: Iterable<ServiceName>): Promise<Services> {
  const found = new Map<ServiceName, Service | string>()
  for (const name of new Set(names)) {
    const service = await START[name]().catch((error: unknown) => `${name} is not there: ${reasonOf(error)}`)
    found.set(name, service)
  }
  const running = () => [...found.values()].filter((service) => typeof service !== 'string')
  return {
    find: (name) => found.get(name) ?? `${name} was not asked for`,
    versions: () => running().map(({ version }) => version),
    async stop() {
      for (const service of running()) await service.stop()
    },
  }
}

/** A refused connection has its text inside, one per address that was tried. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ')
  return error instanceof Error ? error.message : String(error)
}
