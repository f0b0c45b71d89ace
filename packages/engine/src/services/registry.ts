/** The configured services with their adapters, in memory: who sends a channel's next message. */
import type { AdapterContext, AnyAdapter } from '@signalbox/channels/adapter'
import { CHANNELS, type Channel } from '@signalbox/contracts'
import type { Clock } from '../clock.ts'
import { describe, EngineError, issue } from '../errors.ts'
import type { Events } from '../events.ts'
import type { ServiceRecord, Services, ServiceStore } from './services.ts'

/** A service ready to send: its adapter, and its settings as that adapter checked them. */
export interface ReadyService {
  record: ServiceRecord
  adapter: AnyAdapter
  settings: unknown
  context: AdapterContext
  /** Under which it is limited. */
  resources: readonly string[]
}

export interface ServiceRegistry extends Services {
  load(): Promise<void>
  /** Another number whenever the services of a channel may have changed. */
  readonly version: number
  /** The enabled services with the highest priority. */
  of(channel: Channel): readonly ReadyService[]
  /** The same, the next in turn first. */
  inTurn(channel: Channel): readonly ReadyService[]
  /** Reads the recipient as the channel's first service does. Throws `invalid_recipient`. A channel without a service cannot tell. */
  checkRecipient(channel: Channel, raw: string, path: string): string
  closeAll(): Promise<void>
}

export function createServiceRegistry(options: {
  store: ServiceStore
  adapters: readonly AnyAdapter[]
  clock: Clock
  events: Events
  contextOf: (service: ServiceRecord) => AdapterContext
}): ServiceRegistry {
  const { store, clock, events, contextOf } = options
  const adapters = new Map(options.adapters.map((adapter) => [adapter.key, adapter]))
  const services = new Map<number, ServiceRecord>()
  const ready = new Map<Channel, ReadyService[]>()
  const turns = new Map<Channel, number>()
  let version = 0

  function adapterFor(key: string, channel: Channel): AnyAdapter {
    const adapter = adapters.get(key)
    if (!adapter || !adapter.channels.includes(channel)) {
      const known = [...adapters.values()].filter((each) => each.channels.includes(channel)).map((each) => each.key)
      throw invalid(issue('adapter', `one of ${known.join(', ') || '(none for this channel)'}`, key))
    }
    return adapter
  }

  function checkSettings(adapter: AnyAdapter, raw: unknown): unknown {
    const checked = adapter.settings(raw)
    if (checked.ok) return checked.value
    throw new EngineError('invalid', `expected settings that ${adapter.key} accepts`, {
      issues: checked.errors.map(({ field, message }) => ({
        path: field ? `settings.${field}` : 'settings',
        expected: message,
        got: '',
        message,
      })),
    })
  }

  function arrange(): void {
    version += 1
    for (const channel of CHANNELS) {
      const enabled = [...services.values()].filter((service) => service.enabled && service.channel === channel)
      const top = Math.max(...enabled.map((service) => service.priority))
      const list: ReadyService[] = []
      for (const record of enabled.filter((service) => service.priority === top)) {
        try {
          const adapter = adapterFor(record.adapter, channel)
          const resources = [`service:${record.id}`, `service:${record.name}`]
          const checked = checkSettings(adapter, record.settings)
          list.push({ record, adapter, settings: checked, context: contextOf(record), resources })
        } catch (error) {
          events.emit('engine:error', { where: `service ${record.name}`, error })
        }
      }
      ready.set(channel, list)
    }
  }

  function get(id: number): ServiceRecord {
    const service = services.get(id)
    if (!service) throw new EngineError('service_not_found', `service ${id} not found`)
    return service
  }

  function checkName(name: string, except?: number): void {
    const taken = [...services.values()].some((service) => service.name === name && service.id !== except)
    if (taken)
      throw new EngineError('conflict', `expected a name that no other service has, got ${JSON.stringify(name)}`)
  }

  async function changed(service: ServiceRecord): Promise<ServiceRecord> {
    const before = services.get(service.id)
    services.set(service.id, service)
    arrange()
    events.emit('service:changed', { id: service.id })
    if (before) await adapters.get(before.adapter)?.close?.(service.id)
    return service
  }

  return {
    async load() {
      for (const service of await store.list()) services.set(service.id, service)
      arrange()
    },
    list: () => [...services.values()],
    get,
    async create(input) {
      checkName(input.name)
      checkSettings(adapterFor(input.adapter, input.channel), input.settings)
      return changed(await store.insert(input, clock.now()))
    },
    async update(id, input) {
      const before = get(id)
      const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined))
      const after: ServiceRecord = { ...before, ...given }
      checkName(after.name, id)
      checkSettings(adapterFor(after.adapter, after.channel), after.settings)
      return changed(await store.update(after, clock.now()))
    },
    get version() {
      return version
    },
    of: (channel) => ready.get(channel) ?? [],
    inTurn(channel) {
      const list = ready.get(channel) ?? []
      if (list.length < 2) return list
      const turn = (turns.get(channel) ?? 0) % list.length
      turns.set(channel, turn + 1)
      return [...list.slice(turn), ...list.slice(0, turn)]
    },
    checkRecipient(channel, raw, path) {
      const service = ready.get(channel)?.[0]
      if (!service) return raw
      const checked = service.adapter.validateRecipient(raw, channel, service.settings)
      if (checked.ok) return checked.canonical
      const message = `${path}: ${checked.reason}`
      const expected = checked.reason.replace(/^expected /, '').replace(/, got .*$/s, '')
      throw new EngineError('invalid_recipient', message, {
        issues: [{ path, expected, got: describe(raw), message }],
      })
    },
    async closeAll() {
      await Promise.all([...services.values()].map(async ({ adapter, id }) => adapters.get(adapter)?.close?.(id)))
    },
  }
}

function invalid(problem: ReturnType<typeof issue>): EngineError {
  return new EngineError('invalid', problem.message, { issues: [problem] })
}
