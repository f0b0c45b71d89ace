import type { AdapterContext, AnyAdapter } from '@signalbox/channels/adapter'
import { CHANNELS, type Channel, type QueueName, type ThreadPoolConfig } from '@signalbox/contracts'
import { systemClock, type Clock } from './clock.ts'
import type { Driver } from './driver.ts'
import { createDuties } from './duties.ts'
import { EngineError } from './errors.ts'
import { createEvents, type Events } from './events.ts'
import { createIds } from './ids.ts'
import type { Jobs } from './jobs/jobs.ts'
import { createJobWorker } from './jobs/worker.ts'
import { createLimiter, type Limiter } from './limiter/limiter.ts'
import { createLocks } from './lock/locks.ts'
import type { Locks } from './lock/lock.ts'
import { createMessages, type Messages } from './messages/messages.ts'
import { createPipeline } from './messages/pipeline.ts'
import type { MessageRecord } from './messages/record.ts'
import { createDelays } from './queue/delays.ts'
import { createDispatcher, type Dispatcher } from './queue/dispatcher.ts'
import { createFairWindow, type FairWindow } from './queue/fair-window.ts'
import { createGates } from './queue/gates.ts'
import type { Entry } from './queue/store.ts'
import { createServiceRegistry } from './services/registry.ts'
import type { ServiceRecord, Services } from './services/services.ts'
import { SETTINGS_DEFAULTS } from './settings/definitions.ts'
import { createSettings, type Settings } from './settings/settings.ts'
import { createRates } from './stats/rates.ts'
import { createStats, emptyQueues } from './stats/report.ts'
import type { QueueDepth, Stats } from './stats/stats.ts'
import { createTasks } from './tasks/progress.ts'
import type { Tasks } from './tasks/tasks.ts'
import { createTemplateCatalogue } from './templates/catalogue.ts'
import { createTemplates, type Templates } from './templates/templates.ts'
import type { Trace, Traces } from './tracer/trace.ts'
import { assembleTrace, createTracer } from './tracer/tracer.ts'
import { createPool, type Pool } from './workers/pool.ts'

export interface KeptRecord {
  recordId: number
  channel: Channel
  serviceId: number
  recipient: string
  subject: string | null
  text: string
  html: string | null
  keptAt: number
}

export interface EngineOptions {
  driver: Driver
  adapters: readonly AnyAdapter[]
  clock?: Clock
  /** 0-31, part of every id; each engine on the same store needs its own. */
  node?: number
  /** Looks up secrets that service settings name. Default: none. */
  secret?: (name: string) => string | undefined
  log?: { info(fields: object, message: string): void; warn(fields: object, message: string): void }
}

export interface Engine {
  readonly events: Events
  readonly messages: Messages
  readonly templates: Templates
  readonly traces: Traces
  readonly tasks: Tasks
  readonly stats: Stats
  readonly services: Services
  readonly settings: Settings
  readonly limiter: Limiter
  readonly locks: Locks
  readonly jobs: Jobs
  readonly pools: ReadonlyMap<string, Pool>
  /** Newest first. */
  kept(query: { channel?: Channel | undefined; limit: number }): Promise<KeptRecord[]>
  /** `not_accepting` after a failed commit: what it may have written is not known. */
  readonly status: 'starting' | 'ok' | 'not_accepting' | 'stopping' | 'stopped'
  /** Begins to send. Idempotent. */
  start(): Promise<void>
  /**
   * Stops taking work, waits for what is under way until the deadline (ms, default 10,000; 0: not at all), closes the
   * store. What was still with a provider then is `unknown`. Idempotent.
   */
  stop(options?: { deadlineMs?: number }): Promise<void>
}

const VALUES_CHECKED_EVERY_MS = 500
const POOLS_SCALED_EVERY_MS = 1_000
const CLEANED_EVERY_MS = 60_000
const CLEANED_AT_ONCE = 2_000
/** Records kept from their acceptance to their first claim, so that the claim need not read them back. */
const FRESH_RECORDS = 20_000
const KEPT_MESSAGES = 10_000
const STOP_DEADLINE_MS = 10_000
/** What a caller is told to wait when the backlog is full. */
const FULL_RETRY_MS = 1_000

/** Which pool works for which queue. */
const POOLS = { 'message.send': 'message_sender', 'ai.process': 'ai_processor', notification: 'notification' } as const
type WorkedQueue = keyof typeof POOLS
const WORKED_QUEUES = Object.keys(POOLS) as WorkedQueue[]

/**
 * Opens the store, recovers what a crash left and gives the engine, not yet sending: `start()` does that. Accepting,
 * templates and look-ups work at once.
 */
export async function createEngine(options: EngineOptions): Promise<Engine> {
  const clock = options.clock ?? systemClock
  const events = createEvents()
  let status: Engine['status'] = 'starting'

  const onError = (where: string, error: unknown) => {
    options.log?.warn({ where, err: error }, 'engine: something failed, going on')
    events.emit('engine:error', { where, error })
  }
  const store = await options.driver.open({
    defaults: SETTINGS_DEFAULTS,
    onCommitUnknown(error) {
      status = 'not_accepting'
      onError('commit', error)
    },
  })

  const settings = createSettings({ store: store.settings, events, clock })
  await settings.refresh()
  const limiter = createLimiter()
  const tracer = createTracer(clock)
  const rates = createRates()
  const catalogue = createTemplateCatalogue({ store: store.templates, events })
  const nextId = createIds(clock, options.node ?? 0, await store.messages.lastId())
  const services = createServiceRegistry({
    store: store.services,
    adapters: options.adapters,
    clock,
    events,
    contextOf,
  })
  await services.load()
  await store.messages.recover(settings.values.unknownPolicy, clock.now())

  const fresh = new Map<number, MessageRecord>()
  const windows = new Map<QueueName, FairWindow>()
  const pools = new Map<string, Pool>()
  const dispatchers = new Map<QueueName, Dispatcher>()
  const kick = (queue: QueueName) => dispatchers.get(queue)?.kick()
  for (const queue of WORKED_QUEUES) {
    const onReady = () => kick(queue)
    windows.set(
      queue,
      createFairWindow({ store: store.queue, onReady, onError: (error) => onError(`queue ${queue}`, error) }),
    )
    const pool = createPool(
      POOLS[queue],
      poolConfig(POOLS[queue]),
      clock,
      (error) => onError(`worker of ${queue}`, error),
      onReady,
    )
    pools.set(POOLS[queue], pool)
  }
  const messageWindow = windows.get('message.send') as FairWindow
  const gates = createGates(clock, messageWindow, () => kick('message.send'))
  const delays = createDelays({ store: store.queue, clock, onDue, onError: (error) => onError('delays', error) })

  const messages = createMessages({
    store: store.messages,
    catalogue,
    services,
    clock,
    nextId,
    settingsVersion: () => settings.version,
    checkRoom,
    queued,
    delayed(dueAt, count) {
      for (let i = 0; i < count; i++) delays.added(dueAt)
    },
    undelayed: () => delays.removed(),
    accepted(record) {
      if (record.state === 'queued' && fresh.size < FRESH_RECORDS) fresh.set(record.id, record)
      rates.accepted(1, clock.now())
      events.emit('message:accepted', record)
      events.emit('message:changed', record)
    },
    changed,
  })
  const jobs = createJobWorker({
    store: store.jobs,
    windows,
    settings,
    clock,
    events,
    nextId,
    random: Math.random,
    checkRoom,
    queued,
    delayed: (dueAt) => delays.added(dueAt),
    kick,
  })
  const abandonment = new AbortController()
  const process = createPipeline({
    store: store.messages,
    services,
    catalogue,
    limiter,
    gates,
    tracer,
    settings,
    clock,
    random: Math.random,
    fresh(id) {
      const record = fresh.get(id) ?? null
      fresh.delete(id)
      return record
    },
    putBack: (entry) => messageWindow.putBack(entry),
    release: (entry) => messageWindow.release(entry),
    delayed: (dueAt) => delays.added(dueAt),
    changed,
    onError,
    abandoned: abandonment.signal,
  })
  for (const queue of WORKED_QUEUES) {
    const pool = pools.get(POOLS[queue]) as Pool
    const window = windows.get(queue) as FairWindow
    dispatchers.set(
      queue,
      createDispatcher({ window, pool, process: queue === 'message.send' ? process : jobs.process }),
    )
  }
  applySettings()
  const lanes = await store.queue.lanes()
  for (const [queue, window] of windows) window.restore(lanes.filter((lane) => lane.queue === queue))

  events.on('settings:changed', applySettings)
  events.on('service:changed', ({ id }) => gates.open(services.get(id).channel))
  const duties = createDuties(clock, onError)
  const stats = createStats({ store: store.stats, settings, clock, rates, pools, queues })

  function contextOf(service: ServiceRecord): AdapterContext {
    return {
      service: { id: service.id, name: service.name, channel: service.channel },
      now: () => clock.now(),
      secret: (name) => options.secret?.(name),
      log: options.log ?? { info: () => undefined, warn: () => undefined },
      receipt: (event) => void messages.receipt(event).catch((error: unknown) => onError('receipt', error)),
      keep: (message) =>
        void store.kept
          .keep({ ...message, channel: service.channel, serviceId: service.id, keptAt: clock.now() })
          .catch((error: unknown) => onError('sandbox', error)),
    }
  }

  function poolConfig(name: string): ThreadPoolConfig {
    const config = settings.threadPool(name)
    if (!config) throw new Error(`expected a configuration of pool ${name}, got none`)
    return config
  }

  function applySettings(): void {
    limiter.configure(settings.rateLimits)
    for (const [name, pool] of pools) {
      const decision = pool.configure(poolConfig(name))
      if (decision) events.emit('pool:scaled', decision)
    }
    for (const channel of CHANNELS) if (gates.why(channel)?.reason === 'rate_limit') gates.open(channel)
    for (const queue of WORKED_QUEUES) kick(queue)
  }

  function checkRoom(count: number): void {
    if (status !== 'starting' && status !== 'ok') {
      throw new EngineError('not_accepting', `expected the engine to take messages, got status ${status}`, {
        retryAfterMs: FULL_RETRY_MS,
      })
    }
    const waiting = [...windows.values()].reduce((sum, window) => sum + window.size, delays.size)
    if (waiting + count <= settings.values.maxBacklog) return
    throw new EngineError(
      'queue_full',
      `expected at most ${settings.values.maxBacklog} waiting messages, got ${waiting} and ${count} more`,
      {
        retryAfterMs: FULL_RETRY_MS,
      },
    )
  }

  function queued(entries: readonly Entry[]): void {
    for (const entry of entries) windows.get(entry.queue)?.push(entry)
    for (const queue of WORKED_QUEUES) kick(queue)
  }

  function onDue(entries: readonly Entry[], records: readonly MessageRecord[]): void {
    queued(entries)
    for (const record of records) changed(record)
  }

  function changed(record: MessageRecord): void {
    rates.changed(record, clock.now())
    if (record.state === 'cancelled') fresh.delete(record.id)
    if (record.state !== 'scheduled' && record.state !== 'queued') events.emit(`message:${record.state}`, record)
    events.emit('message:changed', record)
  }

  function queues(): Record<QueueName, QueueDepth> {
    const depths = emptyQueues()
    for (const queue of WORKED_QUEUES) {
      depths[queue].queued = windows.get(queue)?.size ?? 0
      depths[queue].processing = pools.get(POOLS[queue])?.figures().activeCount ?? 0
    }
    depths.delayed.scheduled = delays.size
    return depths
  }

  function waitingFor(record: MessageRecord): Trace['waiting'] {
    if (record.dueAt > clock.now()) {
      const retry = record.state === 'queued'
      const detail = retry
        ? `attempt ${record.attempt} failed: ${record.errorMessage ?? record.errorCode ?? ''}`
        : 'scheduled'
      return { reason: retry ? 'retry' : 'delay', until: record.dueAt, detail }
    }
    const gate = gates.why(record.channel)
    if (gate) return gate
    const { activeCount, poolSize, queueSize } = (pools.get('message_sender') as Pool).figures()
    return {
      reason: 'no_worker',
      until: null,
      detail: `${activeCount} of ${poolSize} workers are busy, ${queueSize} messages wait`,
    }
  }

  async function clean(): Promise<void> {
    const { traceRetentionDays, idempotencyRetentionHours } = settings.values
    const now = clock.now()
    const removed = await store.messages.clean({
      tracesBefore: now - traceRetentionDays * 86_400_000,
      keysBefore: now - idempotencyRetentionHours * 3_600_000,
      keptAtMost: KEPT_MESSAGES,
      batch: CLEANED_AT_ONCE,
    })
    if (removed >= CLEANED_AT_ONCE && status === 'ok') await clean()
  }

  async function within(deadlineMs: number, work: Promise<unknown>): Promise<void> {
    if (deadlineMs <= 0) return
    let cancelTimer: () => void = () => undefined
    await Promise.race([work, new Promise<void>((resolve) => (cancelTimer = clock.after(deadlineMs, resolve)))])
    cancelTimer()
  }

  let starting: Promise<void> | null = null
  let stopping: Promise<void> | null = null

  return {
    events,
    messages,
    templates: createTemplates({ store: store.templates, events, clock }),
    traces: {
      async get(recordId) {
        const record = await messages.get(recordId)
        if (!record) return null
        return assembleTrace(record, await store.traces.get(recordId), tracer.running(recordId), waitingFor(record))
      },
    },
    tasks: createTasks(store.tasks),
    stats,
    services,
    settings,
    limiter,
    locks: createLocks({ store: store.locks, clock }),
    jobs,
    pools,
    kept: (query) => store.kept.list(query),
    get status() {
      return status
    },
    start() {
      starting ??= (async () => {
        if (stopping) return
        await delays.start()
        if (status === 'starting') status = 'ok'
        for (const dispatcher of dispatchers.values()) dispatcher.start()
        duties.every(VALUES_CHECKED_EVERY_MS, 'settings', () => settings.refresh())
        duties.every(CLEANED_EVERY_MS, 'cleaning', clean)
        duties.every(POOLS_SCALED_EVERY_MS, 'scaling', () => {
          for (const queue of WORKED_QUEUES) {
            const decision = pools.get(POOLS[queue])?.scale(windows.get(queue)?.size ?? 0, clock.now())
            if (!decision) continue
            events.emit('pool:scaled', decision)
            kick(queue)
          }
        })
      })()
      return starting
    },
    stop({ deadlineMs = STOP_DEADLINE_MS } = {}) {
      stopping ??= (async () => {
        await starting
        status = 'stopping'
        for (const dispatcher of dispatchers.values()) dispatcher.stop()
        duties.stop()
        delays.stop()
        gates.stop()
        jobs.abort()
        await within(deadlineMs, Promise.all([...pools.values()].map((pool) => pool.idle())))
        // What is still with a provider ends as unknown, and that is written before the store closes.
        abandonment.abort()
        await pools.get(POOLS['message.send'])?.idle()
        await services.closeAll()
        catalogue.close()
        await store.close()
        status = 'stopped'
      })()
      return stopping
    },
  }
}
