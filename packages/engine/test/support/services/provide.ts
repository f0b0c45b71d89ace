/** The services of a run of tests: found or started once, and told to every process of the run by its environment. */
import { POSTGRES } from './postgres.ts'
import { RABBITMQ } from './rabbitmq.ts'
import { REDIS } from './redis.ts'
import { advice, type Service } from './service.ts'

export const SERVICES: readonly Service[] = [POSTGRES, RABBITMQ, REDIS]

/** Set by the set-up of a run, inherited by whoever it starts. */
const told = (service: Service): string => `TEST_${service.variable}`

export interface Provided {
  /** What could not be had. */
  missing: Service[]
  /** Ends what was started. */
  stop(): Promise<void>
}

/** Those of the environment, else those that listen here already, else started from what is installed. */
export async function provide(services: readonly Service[]): Promise<Provided> {
  const provided = await Promise.all(services.map(provideOne))
  return {
    missing: provided.flatMap(({ missing }) => missing ?? []),
    async stop() {
      for (const { stop } of provided) await stop?.()
    },
  }
}

async function provideOne(service: Service): Promise<{ missing?: Service; stop?: () => Promise<void> }> {
  // Another project of the same run has it.
  if (process.env[told(service)] !== undefined) return {}
  const here = await listening(service)
  if (here !== null) {
    process.env[told(service)] = here
    return {}
  }
  const own = await service.start()
  if (!own) return { missing: service }
  process.env[told(service)] = own.url
  return { stop: () => own.remove() }
}

async function listening({ name, variable, usual, answers }: Service): Promise<string | null> {
  const given = process.env[variable]
  for (const url of given ? [given] : usual()) if (await answers(url)) return url
  if (given) throw new Error(`expected the ${name} of ${variable} to answer and to let us in, got none`)
  return null
}

/** Where the tests find it. */
export function testUrl(service: Service): string {
  const url = process.env[told(service)]
  if (url === undefined) throw new Error(`expected a ${service.name} for the tests, got none: ${advice([service])}`)
  return url
}

/** Why tests that need these cannot run, or null. */
export function missing(services: readonly Service[]): string | null {
  const none = services.filter((service) => process.env[told(service)] === undefined)
  return none.length === 0 ? null : `no ${none.map(({ name }) => name).join(', no ')}; ${advice(none)}`
}

/** What a project of tests does before its first test. Without the services they are skipped, visibly; on CI that is a failure. */
export async function setUp(services: readonly Service[]): Promise<() => Promise<void>> {
  const { stop } = await provide(services)
  const problem = missing(services)
  if (problem === null) return stop
  if (process.env['CI'] === 'true') {
    await stop()
    throw new Error(`expected the services of the tests, got ${problem}`)
  }
  process.stdout.write(`Tests are skipped: ${problem}\n`)
  return stop
}
