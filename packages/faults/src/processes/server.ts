/** The system under test: the real server of the BFF, with `fault.http` beside the adapters it always has. */
import { startServer, stopOnSignal } from '@signalbox/bff'
import { adapters } from '@signalbox/channels'
import type { NodeRole } from '@signalbox/contracts'
import type { Engine } from '@signalbox/engine'
import { pino } from 'pino'
import { driverAt, type Place } from '../rig/place.ts'
import { crashTriggers, type Crash } from '../system/crash.ts'
import { faultHttp } from '../system/fault-http.ts'
import { seededDriver } from '../system/seeded-driver.ts'

export interface ServerSettings {
  /** Slots of the pool that sends: what can be in flight at once. */
  inFlight: number
  /** Values of `system_config`. */
  system: Record<string, string>
  /** False: messages are taken and wait. */
  sending: boolean
  /** The provider tells of each delivery. */
  receipts: boolean
}

export interface ServerProcessOptions extends ServerSettings {
  place: Place
  /** As whom, among others on the same store. */
  node?: { name: string; role: NodeRole } | undefined
  port: number
  providerUrl: string
  crash?: Crash | undefined
}

export interface ServerReady {
  kind: 'ready'
  url: string
  templateId: number
}

const options = JSON.parse(process.argv[2] ?? '{}') as ServerProcessOptions
const log = pino({ level: 'warn' }, pino.destination({ fd: 1, sync: true }))
const triggers = crashTriggers(options.crash)
const server = await startServer({
  engine: {
    driver: triggers.driver(seededDriver(driverAt(options.place), options)),
    ...(options.node && { node: options.node }),
    adapters: [...adapters(), faultHttp(triggers.hooks)],
  },
  port: options.port,
  log,
  prepare,
})
const [template] = await server.engine.templates.list()
process.send?.({ kind: 'ready', url: server.url, templateId: template?.id ?? 0 } satisfies ServerReady)
// Whoever started it has gone: so does it.
process.once('disconnect', () => process.exit(1))
stopOnSignal(
  () => server.close(),
  (error) => {
    log.error({ err: error }, 'the server did not stop cleanly')
    process.exit(1)
  },
)

async function prepare({ services, templates }: Engine): Promise<void> {
  const settings = { url: options.providerUrl, receipts: options.receipts }
  const enabled = options.sending
  const [service] = services.list()
  if (service) await services.update(service.id, { settings, enabled })
  else {
    const name = 'Fake provider'
    await services.create({ name, channel: 'sms', adapter: 'fault.http', settings, priority: 10, enabled })
    await templates.create({ name: 'Code', channel: 'sms', content: 'Your code is {{code}}' })
  }
}
