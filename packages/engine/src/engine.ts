import type { AdapterContext, AnyAdapter, RenderedContent } from '@signalbox/channels/adapter'
import { CHANNELS, type Channel, type ThreadPoolConfig } from '@signalbox/contracts'
import { createAlerts, type Alerts } from './alerts/alerts.ts'
import { createCleaning } from './cleaning.ts'
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
import { createFreshRecords } from './messages/fresh.ts'
import { createBulk, type Bulk } from './messages/bulk.ts'
import { createFind, type Find } from './messages/find.ts'
import { createMessages, type Messages } from './messages/messages.ts'
import { createAdmission } from './messages/admission.ts'
import { createPipeline } from './messages/pipeline.ts'
import { createProviderCalls } from './messages/provider-calls.ts'
import type { KeptRecord } from './messages/kept.ts'
import { createRecipientLine } from './messages/recipient-line.ts'
import type { MessageRecord } from './messages/record.ts'
import { createExplain, type Explanation } from './messages/explain.ts'
import { createPauses, type Paused, type PauseTarget } from './queue/pauses.ts'
import { createQueues } from './queue/queues.ts'
import { createServiceRegistry } from './services/registry.ts'
import type { ServiceRecord, Services } from './services/services.ts'
import { SETTINGS_DEFAULTS } from './settings/definitions.ts'
import { createSettings, type Settings } from './settings/settings.ts'
import { createRates } from './stats/rates.ts'
import { createStats } from './stats/report.ts'
import type { Stats } from './stats/stats.ts'
import { createTasks } from './tasks/progress.ts'
import type { Tasks } from './tasks/tasks.ts'
import { createTemplateCatalogue } from './templates/catalogue.ts'
import { openRenderThreads } from './templates/render-many.ts'
import { createExperiments, type Experiments } from './templates/experiments.ts'
import { createTemplates, type Templates } from './templates/templates.ts'
import type { Traces } from './tracer/trace.ts'
import { assembleTrace, createTracer } from './tracer/tracer.ts'
import { createUsual } from './tracer/usual.ts'
import type { PoolFigures } from './workers/pool.ts'
import type { ScalingDecision } from './workers/scaling.ts'
import type { ThreadFigures } from './workers/threads.ts'

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

export interface PoolsReport {
  /** `history`: oldest first, at most 100. */
  workers: { name: string; figures: PoolFigures; history: readonly ScalingDecision[] }[]
  threads: ThreadFigures[]
}

export interface Engine {
  readonly events: Events
  readonly messages: Messages
  readonly templates: Templates
  readonly experiments: Experiments
  readonly traces: Traces
  readonly tasks: Tasks
  readonly stats: Stats
  readonly services: Services
  readonly settings: Settings
  readonly limiter: Limiter
  readonly locks: Locks
  readonly jobs: Jobs
  readonly alerts: Alerts
  /** One action on all that a filter finds. */
  readonly bulk: Bulk
  /** By trace id, record id, idempotency key or recipient. */
  readonly find: Find['find']
  readonly spelling: Find['spelling']
  /** Writes down who was looked at, or what else was done that changes no message. */
  audit(action: string, recordId: number | null, detail?: string): Promise<void>
  /** Every pool of workers with its last changes of size, and every pool of threads. */
  pools(): PoolsReport
  /** Why a message waits, or what became of it, by record id. Null when there is no such message. */
  explain(recordId: number): Promise<Explanation | null>
  /** On disk and in force when it settles; what is being sent goes on. `pause({ channel: 'sms' })`. Idempotent. */
  pause(target: PauseTarget): Promise<void>
  resume(target: PauseTarget): Promise<void>
  readonly paused: Paused
  /** The rendered test of a template, where the sandbox keeps its messages. */
  keepTest(channel: Channel, content: Pick<RenderedContent, 'subject' | 'text' | 'html'>): Promise<void>
  /** Newest first. */
  kept(query: { channel?: Channel | undefined; limit: number }): Promise<KeptRecord[]>
  /** `not_accepting` while the disk is full, and for good after a failed commit: what it may have written is not known. */
  readonly status: 'starting' | 'ok' | 'not_accepting' | 'stopping' | 'stopped'
  /** Begins to send. Idempotent. */
  start(): Promise<void>
  /**
   * Stops taking work, waits for what is under way until the deadline (ms, default 10,000; 0: not at all), closes the
   * store. What was still with a provider then is `unknown`. Idempotent.
   */
  stop(options?: { deadlineMs?: number }): Promise<void>
}

const SETTINGS_READ_EVERY_MS = 500
const POOLS_SCALED_EVERY_MS = 1_000
const CLEANED_EVERY_MS = 60_000
const EXPERIMENTS_JUDGED_EVERY_MS = 10_000
const ALERTS_JUDGED_EVERY_MS = 1_000
/** What waits in memory alone for longer is written down; bounds what a restart has to look through. */
const RESIDENTS_WRITTEN_DOWN_EVERY_MS = 2_000
const STOP_DEADLINE_MS = 10_000
/** What a caller is told to wait when nothing can be taken. */
const REFUSED_RETRY_MS = 1_000

/**
 * Opens the store, recovers what a crash left and gives the engine, not yet sending: `start()` does that. Accepting,
 * templates and look-ups work at once.
 */
export async function createEngine(options: EngineOptions): Promise<Engine> {
  const clock = options.clock ?? systemClock
  const events = createEvents()
  let status: Engine['status'] = 'starting'
  let writable = true
  const current = (): Engine['status'] => (writable || status !== 'ok' ? status : 'not_accepting')

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
    onWritable(refused) {
      writable = refused === null
      if (refused !== null) onError('store', new Error(`${refused}: nothing is taken until it can be written`))
    },
  })
  try {
    return await assemble()
  } catch (error) {
    await store.close()
    throw error
  }

  async function assemble(): Promise<Engine> {
    const settings = createSettings({ store: store.settings, events, clock })
    await settings.refresh()
    const nextId = createIds(clock, options.node ?? 0, await store.messages.lastId())
    const limiter = createLimiter({ clock })
    const line = createRecipientLine()
    const tracer = createTracer(clock)
    const rates = createRates()
    const fresh = createFreshRecords()
    const catalogue = createTemplateCatalogue({ store: store.templates, events })
    const services = createServiceRegistry({
      store: store.services,
      adapters: options.adapters,
      clock,
      events,
      contextOf,
    })
    await services.load()
    await store.messages.recover(settings.values.unknownPolicy, clock.now())

    const queues = createQueues({
      store: store.queue,
      clock,
      config: poolConfig,
      onScaled: (decision) => events.emit('pool:scaled', decision),
      onDue(records) {
        for (const record of records) changed(record)
      },
      onLoaded: (record) => fresh.accepted(record),
      onError,
    })
    const alerts = createAlerts({
      ...{ store: store.alerts, stats: store.stats },
      ...{ settings, queues, clock, events, onError },
    })
    await alerts.load()
    const messages = createMessages({
      store: store.messages,
      catalogue,
      services,
      clock,
      nextId,
      settingsVersion: () => settings.version,
      reserve: (entries) => queues.window('message.send').reserve(entries),
      checkRoom,
      queues,
      accepted(record) {
        // The others come with their records when they are read out of the store.
        if (queues.window('message.send').holds(record.id)) fresh.accepted(record)
        rates.accepted(1, clock.now())
        events.emit('message:accepted', record)
        events.emit('message:changed', record)
      },
      changed,
    })
    const bulk = createBulk({ store: store.messages, messages, clock, nextId, checkRoom, onError })
    const jobs = createJobWorker({
      store: store.jobs,
      queues,
      settings,
      clock,
      events,
      nextId,
      random: Math.random,
      checkRoom,
    })
    let rulesInForce: string | null = null
    const pauses = createPauses({ settings, queues })
    const explain = createExplain({
      messages: store.messages,
      store: store.queue,
      queues,
      pauses,
      limiter,
      clock,
      running: () => status === 'ok' || status === 'not_accepting',
    })
    const abandonment = new AbortController()
    const process = createPipeline({
      store: store.messages,
      admit: createAdmission({ store: store.messages, services, limiter, queues, clock, fresh, line, changed }),
      catalogue,
      queues,
      tracer,
      settings,
      clock,
      random: Math.random,
      fresh,
      changed,
      callProvider: createProviderCalls({
        ...{ store: store.messages, settings, clock, changed, onError },
        abandoned: abandonment.signal,
      }),
    })
    let recipientRules = rulesOfRecipients()
    applySettings()
    await queues.restore()
    events.on('settings:changed', applySettings)
    events.on('service:changed', ({ id }) => {
      const { channel } = services.get(id)
      queues.gates.open(channel, 'no_service')
      // The limit may have been that of a service which is not asked any more.
      queues.gates.open(channel, 'rate_limit')
    })
    const render = openRenderThreads(clock)
    const lastPayloads = async (templateId: number, limit: number) =>
      (await store.messages.search({ templateId, limit })).messages
        // A test may have had other variables.
        .filter(({ templateVersion }) => templateVersion > 0)
        .map(({ id, variables }) => ({ recordId: id, variables }))
    const templates = createTemplates({ store: store.templates, events, clock, render, lastPayloads })
    const experiments = createExperiments({ store: store.templates, templates, events, clock })
    const duties = createDuties(clock, onError)
    const locks = createLocks({ store: store.locks, clock })
    const clean = createCleaning(store.messages, locks, settings, clock)

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

    function applyLimits(): void {
      const rules = JSON.stringify(settings.rateLimits)
      // Another setting changed: what a limit holds stays held, and its time is still told.
      if (rules === rulesInForce) return
      rulesInForce = rules
      limiter.configure(settings.rateLimits)
      for (const channel of CHANNELS) queues.gates.open(channel, 'rate_limit')
      const ofRecipients = rulesOfRecipients()
      if (ofRecipients === recipientRules) return
      recipientRules = ofRecipients
      // What the old rules hold until its time gets in line anew.
      line.clear()
      void queues.wake('rate_limit').catch((error: unknown) => onError('wake', error))
    }

    function rulesOfRecipients(): string {
      return JSON.stringify(settings.rateLimits.filter(({ resource }) => resource.startsWith('recipient:')))
    }

    function applySettings(): void {
      applyLimits()
      pauses.apply()
      queues.configure()
    }

    function checkRoom(count: number): void {
      const retry = { retryAfterMs: REFUSED_RETRY_MS }
      const now = current()
      if (now !== 'starting' && now !== 'ok') {
        throw new EngineError('not_accepting', `expected the engine to take messages, got status ${now}`, retry)
      }
      const { maxBacklog } = settings.values
      if (queues.backlog + count <= maxBacklog) return
      const got = `${queues.backlog} and ${count} more`
      throw new EngineError('queue_full', `expected at most ${maxBacklog} waiting messages, got ${got}`, retry)
    }

    function changed(record: MessageRecord): void {
      rates.changed(record, clock.now())
      if (record.state === 'cancelled') {
        fresh.take(record.id)
        line.leave(record.id)
      }
      if (record.state !== 'scheduled' && record.state !== 'queued') events.emit(`message:${record.state}`, record)
      events.emit('message:changed', record)
    }

    async function within(deadlineMs: number, work: Promise<unknown>): Promise<void> {
      if (deadlineMs <= 0) return
      let cancelTimer: () => void = () => undefined
      await Promise.race([work, new Promise<void>((resolve) => (cancelTimer = clock.after(deadlineMs, resolve)))])
      cancelTimer()
    }

    async function start(): Promise<void> {
      if (stopping) return
      await queues.start({ 'message.send': process, 'ai.process': jobs.process, notification: jobs.process })
      if (status === 'starting') status = 'ok'
      duties.every(SETTINGS_READ_EVERY_MS, 'settings', () => settings.refresh())
      duties.every(POOLS_SCALED_EVERY_MS, 'scaling', () => queues.scale())
      duties.every(RESIDENTS_WRITTEN_DOWN_EVERY_MS, 'queue', () => queues.writeDown())
      duties.every(CLEANED_EVERY_MS, 'cleaning', clean)
      duties.every(EXPERIMENTS_JUDGED_EVERY_MS, 'experiments', () => experiments.evaluate())
      duties.every(ALERTS_JUDGED_EVERY_MS, 'alerts', () => alerts.evaluate())
    }

    async function stop(deadlineMs: number): Promise<void> {
      // A start that failed was told to its caller; what it opened is closed all the same.
      await starting?.catch(() => undefined)
      status = 'stopping'
      queues.stop()
      duties.stop()
      jobs.abort()
      await bulk.close()
      await render.close()
      await within(deadlineMs, queues.idle())
      // What is still with a provider ends as unknown, and that is written before the store closes.
      abandonment.abort()
      await queues.pool('message.send').idle()
      await queues.finished()
      await services.closeAll()
      catalogue.close()
      await store.close()
      status = 'stopped'
    }

    let starting: Promise<void> | null = null
    let stopping: Promise<void> | null = null

    return {
      events,
      messages,
      templates,
      experiments,
      traces: {
        async get(recordId) {
          const record = await messages.get(recordId)
          if (!record) return null
          const stored = await store.traces.get(recordId)
          return assembleTrace(record, stored, tracer.running(recordId), explain.reasons(record)[0] ?? null)
        },
        usual: createUsual(store.traces, clock),
      },
      tasks: createTasks(store.tasks),
      stats: createStats({ store: store.stats, settings, clock, rates, queues, onError }),
      services,
      settings,
      limiter,
      locks,
      jobs,
      alerts,
      bulk,
      ...createFind({ store: store.messages, services }),
      audit: (action, recordId, detail) => store.messages.audit(action, recordId, detail ?? null, clock.now()),
      pools: () => ({
        workers: [...queues.pools.values()].map((pool) => ({
          name: pool.name,
          figures: pool.figures(),
          history: pool.history(),
        })),
        threads: [render.figures()],
      }),
      explain: explain.explain,
      pause: pauses.pause,
      resume: pauses.resume,
      get paused() {
        return pauses.list()
      },
      keepTest: (channel, { subject, text, html }) =>
        store.kept.keep({
          ...{ recordId: 0, serviceId: 0, recipient: 'test', channel, subject, text, html },
          keptAt: clock.now(),
        }),
      kept: (query) => store.kept.list(query),
      get status() {
        return current()
      },
      start: () => (starting ??= start()),
      stop: ({ deadlineMs = STOP_DEADLINE_MS } = {}) => (stopping ??= stop(deadlineMs)),
    }
  }
}
