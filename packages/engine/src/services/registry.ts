/** The configured services with their adapters, in memory: who sends a channel's next message. */
import type { AdapterContext, AnyAdapter } from '@signalbox/channels/adapter'
import { CHANNELS, type Channel } from '@signalbox/contracts'
import type { Clock } from '../clock.ts'
import { describe, EngineError, issue } from '../errors.ts'
import type { Events } from '../events.ts'
import { accountResource } from '../limiter/rules.ts'
import type { ServiceSecrets } from '../secrets/service-secrets.ts'
import { createAccount, type Account, type Line } from './account.ts'
import type { BreakerTerms } from './breaker.ts'
import { lineupOf, type Lineup, type Part, type Refusal } from './lineup.ts'
import { bestOf, inOrder } from './selection.ts'
import { SERVICE_DEFAULTS, type ServiceRecord, type Services, type ServiceStore, type ServiceUse } from './services.ts'

/** A service with its adapter, and its settings as that adapter checked them. */
export interface Configured {
  record: ServiceRecord
  adapter: AnyAdapter
  settings: unknown
  context: AdapterContext
}

/** One that may send. */
export interface ReadyService extends Configured {
  /** Under which it is limited. */
  resources: readonly string[]
  account: Account
}

export interface ServiceRegistry extends Services {
  load(): Promise<void>
  /** Where other nodes use the same quotas: gives back what is not used here, and learns what they have used. */
  shareQuotas(): Promise<void>
  /** Takes over what others have written; tells of each service that is another now. */
  readAgain(): Promise<void>
  /** Another number whenever the services of a channel may have changed. */
  readonly version: number
  /** The enabled services, highest priority first. */
  of(channel: Channel): readonly ReadyService[]
  /** Whether it depends on the recipient who may be asked. If not, the next three need none. */
  looksAtRecipients(channel: Channel): boolean
  /** The one to ask now; null when none may be asked, see `refusal`. */
  best(channel: Channel, recipient: string | null): ReadyService | null
  /** All that may be asked now, the best first. */
  inOrder(channel: Channel, recipient: string | null): readonly ReadyService[]
  /** Why none may be asked, of all what ends first; null when one may. */
  refusal(channel: Channel, recipient: string | null): Refusal | null
  /** See `Lineup`. */
  partOf(channel: Channel, recipient: string): Part | null
  /** With its adapter and what that makes of its settings. Throws `invalid` when it refuses them. */
  configured(record: ServiceRecord): Configured
  /** Any service, also one that sends nothing now: its receipts still come. Null when there is none that its adapter accepts. */
  known(id: number): Configured | null
  /**
   * Reads the recipient as the first of the channel's enabled services that takes it. Throws `invalid_recipient`, as the first of
   * all says it, when none does. A channel without a service cannot tell.
   */
  checkRecipient(channel: Channel, raw: string, path: string): string
  closeAll(): Promise<void>
}

export function createServiceRegistry(options: {
  store: ServiceStore
  secrets: ServiceSecrets
  adapters: readonly AnyAdapter[]
  clock: Clock
  events: Events
  contextOf: (service: ServiceRecord) => AdapterContext
  /** Of the display: that of quotas without one of their own. */
  timeZone: () => string
  breaker: () => BreakerTerms
  /** One of its accounts may be asked again, earlier than it had said. */
  onReady: (channel: Channel) => void
  /** Its provider ended the account: it was disabled. */
  onEnded: (service: ServiceRecord) => void
}): ServiceRegistry {
  const { store, secrets, clock, events, contextOf } = options
  const adapters = new Map(options.adapters.map((adapter) => [adapter.key, adapter]))
  const services = new Map<number, ServiceRecord>()
  const accounts = new Map<number, Account>()
  const lines = new Map<Channel, Line>(CHANNELS.map((channel) => [channel, { head: 0 }]))
  const lineups = new Map<Channel, Lineup>()
  /** With what their adapters make of them. A change makes another record. */
  const accepted = new WeakMap<ServiceRecord, ReadyService | null>()
  let uses: readonly ServiceUse[] = []
  let turn = 0
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
      issues: checked.errors.map(({ field, message, expected = message, got = '' }) => ({
        path: field ? `settings.${field}` : 'settings',
        expected,
        got,
        message,
      })),
    })
  }

  /** By the first instant of the day. */
  function usesOf(id: number, figure: (use: ServiceUse) => number): ReadonlyMap<number, number> {
    return new Map(uses.filter(({ serviceId }) => serviceId === id).map((use) => [use.day, figure(use)]))
  }

  function accountOf(record: ServiceRecord): Account {
    let account = accounts.get(record.id)
    if (!account) {
      const { grant } = store
      account = createAccount({
        ...{ name: record.name, terms: record, clock, timeZone: options.timeZone, breaker: options.breaker },
        used: usesOf(record.id, ({ count, own }) => (grant ? own : count)),
        ask: grant && ((write) => grant({ serviceId: record.id, ...write })),
        line: lines.get(record.channel) ?? { head: 0 },
        onReady: () => options.onReady(record.channel),
        onEnded: (because) => void end(record.id, because),
        onError: (error) => events.emit('engine:error', { where: `quota of ${record.name}`, error }),
      })
      accounts.set(record.id, account)
    }
    return account
  }

  function configured(record: ServiceRecord): Configured {
    const adapter = adapterFor(record.adapter, record.channel)
    return { record, adapter, settings: checkSettings(adapter, record.settings), context: contextOf(record) }
  }

  /** Null when its adapter does not accept it, and will not until it is changed. */
  function prepared(record: ServiceRecord): ReadyService | null {
    const known = accepted.get(record)
    if (known !== undefined) return known
    let service: ReadyService | null = null
    try {
      const resources = [`service:${record.id}`, `service:${record.name}`, accountResource(record.id)]
      service = { ...configured(record), resources, account: accountOf(record) }
    } catch (error) {
      if (record.enabled) events.emit('engine:error', { where: `service ${record.name}`, error })
    }
    accepted.set(record, service)
    return service
  }

  function arrange(): void {
    version += 1
    for (const channel of CHANNELS) {
      const list = [...services.values()].filter((record) => record.channel === channel).map(prepared)
      lineups.set(
        channel,
        lineupOf(
          channel,
          list.filter((service) => service !== null),
        ),
      )
    }
  }

  const moment = () => ({ monotonic: clock.monotonic(), now: clock.now() })
  const lineup = (channel: Channel): Lineup => lineups.get(channel) ?? lineupOf(channel, [])

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

  /** The adapter, when it takes these settings. */
  function accepting({
    adapter: key,
    channel,
    settings,
  }: Pick<ServiceRecord, 'adapter' | 'channel' | 'settings'>): AnyAdapter {
    const adapter = adapterFor(key, channel)
    checkSettings(adapter, settings)
    return adapter
  }

  function inForce(service: ServiceRecord): ServiceRecord {
    services.set(service.id, service)
    arrange()
    events.emit('service:changed', { id: service.id, channel: service.channel })
    return service
  }

  /** Changes come one after the other: each begins from what the one before it wrote. */
  let changing: Promise<unknown> = Promise.resolve()
  function inTurn<T>(change: () => Promise<T>): Promise<T> {
    const mine = changing.then(change)
    changing = mine.catch(() => undefined)
    return mine
  }

  /** Nothing is written, and nothing told, where it stands so already. */
  function set(id: number, change: Partial<Pick<ServiceRecord, 'paused' | 'enabled' | 'disabledBecause'>>) {
    return onTop(async () => {
      const before = get(id)
      const after = { ...before, ...change }
      const same = (Object.keys(change) as (keyof typeof change)[]).every((key) => before[key] === change[key])
      if (same) return before
      const written = await store.update(after, clock.now())
      if (!written) return null
      inForce(written)
      if (!written.enabled) closeWhenIdle(written)
      return written
    })
  }

  /** On top of what others have written, read again for as long as they are faster. */
  function onTop(change: () => Promise<ServiceRecord | null>): Promise<ServiceRecord> {
    return inTurn(async () => {
      for (let tries = 0; tries < TRIES; tries++) {
        const written = await change()
        if (written) return written
        await readNow()
      }
      throw new EngineError('conflict', 'expected a service that others leave alone for a moment, got one they do not')
    })
  }

  async function readNow(): Promise<void> {
    // Services first: a secret that one of them says is stored is there then.
    const read = await store.list()
    const renewed = await secrets.readAgain()
    const now = read.map((service) => secrets.loaded(service, adapters.get(service.adapter)))
    const kept = new Set(now.map(({ id }) => id))
    const gone = [...services.values()].filter(({ id }) => !kept.has(id))
    const changed = now.filter((service) => renewed.has(service.id) || !isSame(services.get(service.id), service))
    if (gone.length === 0 && changed.length === 0) return
    const before = new Map(changed.map(({ id }) => [id, services.get(id)]))
    for (const { id } of gone) services.delete(id)
    for (const service of changed) {
      services.set(service.id, service)
      accounts.get(service.id)?.configure(service.name, service, isPutRight(before.get(service.id), service))
    }
    arrange()
    for (const { id, channel } of [...gone, ...changed]) events.emit('service:changed', { id, channel })
    for (const service of gone) closeNow(service)
    for (const service of changed) {
      const was = before.get(service.id)
      if (!was) continue
      if (renewed.has(service.id) || !isSame(was.settings, service.settings)) closeNow(service)
      else if (!service.enabled) closeWhenIdle(service)
    }
  }

  function closeNow({ id, adapter }: ServiceRecord): void {
    const closing = adapters.get(adapter)?.close?.(id)
    closing?.catch((error: unknown) => events.emit('engine:error', { where: `close service ${id}`, error }))
  }

  /** Not while its provider has messages: their connections are what it closes. */
  function closeWhenIdle(service: ServiceRecord): void {
    accounts.get(service.id)?.whenIdle(() => {
      if (!services.get(service.id)?.enabled) closeNow(service)
    })
  }

  /** Everything that was with its provider is told the same. */
  const ending = new Set<number>()
  async function end(id: number, disabledBecause: string): Promise<void> {
    if (ending.has(id) || !get(id).enabled) return
    ending.add(id)
    try {
      options.onEnded(await set(id, { enabled: false, disabledBecause }))
    } catch (error) {
      events.emit('engine:error', { where: `disable service ${id}`, error })
    } finally {
      ending.delete(id)
    }
  }

  async function lookAtQuotas(): Promise<void> {
    const others = ({ count, own }: ServiceUse) => count - own
    await Promise.all([...accounts].map(([id, account]) => account.lookAtQuota(usesOf(id, others))))
  }

  return {
    async load() {
      uses = await store.uses(clock.now())
      for (const service of await store.list()) {
        services.set(service.id, secrets.loaded(service, adapters.get(service.adapter)))
      }
      arrange()
      await lookAtQuotas()
    },
    async shareQuotas() {
      if (!store.grant || ![...services.values()].some(({ dailyQuota }) => dailyQuota !== null)) return
      uses = await store.uses(clock.now())
      await lookAtQuotas()
    },
    list: () => [...services.values()],
    get,
    health: (id) => accountOf(get(id)).health(),
    readAgain: () => inTurn(readNow),
    create: (input) =>
      inTurn(async () => {
        checkName(input.name)
        const adapter = accepting(input)
        const id = await store.reserveId()
        const { settings, changes } = secrets.split(adapter, id, input.settings)
        const service = await store
          .insert({ ...SERVICE_DEFAULTS, ...input, settings, id }, clock.now(), changes)
          .catch(async (error: unknown) => {
            // Another node may have been faster with the name.
            await readNow()
            checkName(input.name)
            throw error
          })
        secrets.written(id, changes)
        return inForce(service)
      }),
    update: (id, input) =>
      onTop(async () => {
        const before = get(id)
        const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined))
        const after: ServiceRecord = { ...before, ...given }
        if (after.enabled) after.disabledBecause = null
        checkName(after.name, id)
        const { settings, changes } = input.settings
          ? secrets.split(accepting(after), id, input.settings)
          : { settings: before.settings, changes: [] }
        const written = await store.update({ ...after, settings }, clock.now(), changes)
        if (!written) return null
        secrets.written(id, changes)
        accountOf(written).configure(written.name, written, true)
        inForce(written)
        // With other settings what is open is of no use; without them only a service that is disabled has nothing to keep.
        if (input.settings !== undefined) await adapters.get(written.adapter)?.close?.(id)
        else if (!written.enabled) closeWhenIdle(written)
        return written
      }),
    pause: (id) => set(id, { paused: true }),
    resume: (id) => set(id, { paused: false }),
    drain: (id) => set(id, { enabled: false }),
    get version() {
      return version
    },
    of: (channel) => lineup(channel).active.flat(),
    looksAtRecipients: (channel) => !lineup(channel).uniform,
    best(channel, recipient) {
      const { active, uniform, takes, of } = lineup(channel)
      const at = moment()
      const best = bestOf(active, turn++, at)
      if (best === null || recipient === null || uniform || takes(best, recipient)) return best
      return bestOf(of(recipient), turn++, at)
    },
    inOrder(channel, recipient) {
      const { active, of } = lineup(channel)
      return inOrder(recipient === null ? active : of(recipient), moment())
    },
    refusal: (channel, recipient) => lineup(channel).refusal(recipient),
    partOf: (channel, recipient) => lineup(channel).partOf(recipient),
    configured,
    known(id) {
      const record = services.get(id)
      if (!record) return null
      return prepared(record)
    },
    checkRecipient(channel, raw, path) {
      const checked = lineup(channel).check(raw)
      if (typeof checked === 'string') return checked
      throw refusedRecipient(raw, path, checked.reason)
    },
    async closeAll() {
      await Promise.all([...services.values()].map(async ({ adapter, id }) => adapters.get(adapter)?.close?.(id)))
    },
  }
}

/** Others write a service once in a while, not again and again. */
const TRIES = 10

const isSame = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b)

/** Whether an operator changed or enabled it, as opposed to pausing or resuming it. */
function isPutRight(was: ServiceRecord | undefined, is: ServiceRecord): boolean {
  if (!was || !is.enabled) return false
  return was.paused === is.paused || !isSame({ ...was, paused: is.paused, updatedAt: is.updatedAt }, is)
}

/** `reason`: in the words of the adapter. */
export function refusedRecipient(raw: unknown, path: string, reason: string): EngineError {
  const message = `${path}: ${reason}`
  const expected = reason.replace(/^expected /, '').replace(/, got .*$/s, '')
  return new EngineError('invalid_recipient', message, { issues: [{ path, expected, got: describe(raw), message }] })
}

function invalid(problem: ReturnType<typeof issue>): EngineError {
  return new EngineError('invalid', problem.message, { issues: [problem] })
}
