import type { AnyAdapter } from '@signalbox/channels/adapter'
import type { Channel } from '@signalbox/contracts'
import type { Alerts } from './alerts/alerts.ts'
import { systemClock, type Clock } from './clock.ts'
import type { Driver, LinkState, Store } from './driver.ts'
import { createEvents, type Events } from './events.ts'
import type { Inbox } from './inbox/inbox.ts'
import type { Jobs } from './jobs/jobs.ts'
import { createLifeCycle } from './life-cycle.ts'
import type { Limiter } from './limiter/limiter.ts'
import type { Lookups } from './lookups/lookups.ts'
import type { Locks } from './lock/lock.ts'
import type { Bulk } from './messages/bulk.ts'
import type { Callbacks } from './messages/callbacks.ts'
import type { Explanation } from './messages/explain.ts'
import type { Find } from './messages/find.ts'
import type { KeptRecord } from './messages/kept.ts'
import type { Messages } from './messages/messages.ts'
import type { Views } from './messages/views.ts'
import { createParts, type Parts } from './parts.ts'
import type { Paused, PauseTarget } from './queue/pauses.ts'
import { createReadiness, type EngineStatus } from './readiness.ts'
import type { KeySource } from './secrets/master-key.ts'
import type { Services } from './services/services.ts'
import type { TryService } from './services/trial.ts'
import { SETTINGS_DEFAULTS } from './settings/defaults.ts'
import { createCluster, type Cluster } from './nodes/cluster.ts'
import { createFollowing } from './nodes/follow.ts'
import type { NodeIdentity } from './nodes/store.ts'
import { createSettingsApplied, type SettingsApplied } from './settings/applied.ts'
import type { Settings } from './settings/settings.ts'
import type { Stats } from './stats/stats.ts'
import type { Suppressions } from './suppressions/suppressions.ts'
import type { Unsubscribe } from './suppressions/unsubscribe.ts'
import type { Tasks } from './tasks/tasks.ts'
import type { Experiments } from './templates/experiments.ts'
import type { Templates } from './templates/templates.ts'
import type { Traces } from './tracer/trace.ts'
import { assembleTrace } from './tracer/tracer.ts'
import { createUsual } from './tracer/usual.ts'
import type { PoolFigures } from './workers/pool.ts'
import type { ScalingDecision } from './workers/scaling.ts'
import type { ThreadFigures } from './workers/threads.ts'

export interface EngineOptions {
  driver: Driver
  adapters: readonly AnyAdapter[]
  clock?: Clock
  /** As whom it works, among others on the same store. Default: `signalbox`, which does all. */
  node?: Partial<NodeIdentity>
  /** The master key. Left out: no secret can be kept here, only named (`secret`). */
  keys?: KeySource
  /** Address under which recipients reach this server, `https://box.example.com`: links to unsubscribe begin so. Default: there are none. */
  publicUrl?: string | undefined
  /** Looks up secrets that settings of services name as `{env: NAME}`. Default: none. */
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
  /** As they were given. */
  readonly adapters: readonly AnyAdapter[]
  /** A key derived for this purpose from the master key, the same after a restart: `keyFor('unsubscribe')`. Null without one. */
  keyFor(purpose: string): Buffer | null
  readonly settings: Settings
  /** On which nodes the present settings are in force, and since when. */
  settingsApplied(): Promise<SettingsApplied>
  readonly limiter: Limiter
  readonly locks: Locks
  readonly jobs: Jobs
  readonly alerts: Alerts
  /** One action on all that a filter finds. */
  readonly bulk: Bulk
  /** Filters of messages under a name. */
  readonly views: Views
  /** What waits for users' devices. */
  readonly inbox: Inbox
  readonly cluster: Cluster
  /** By trace id, record id, idempotency key or recipient. */
  readonly find: Find['find']
  readonly spelling: Find['spelling']
  /** One real message by one service, outside the queue. */
  readonly tryService: TryService
  /** Who must not be written to, over which channel and with what. */
  readonly suppressions: Suppressions
  /** Their own links to get off marketing. */
  readonly unsubscribe: Unsubscribe
  /** Asks the provider now what became of a message, by record id. */
  readonly lookUp: Lookups['ask']
  /** What a provider sends on its own: `receive(serviceId, request)`. */
  readonly callbacks: Callbacks
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
  keepTest(channel: Channel, content: Pick<KeptRecord, 'subject' | 'text' | 'html' | 'fields'>): Promise<void>
  /** Newest first. */
  kept(query: { channel?: Channel | undefined; limit: number }): Promise<KeptRecord[]>
  readonly status: EngineStatus
  /** Why it takes nothing more, where only a new start helps: others ended this node. Else null. */
  readonly problem: string | null
  /** Begins to send. Idempotent. */
  start(): Promise<void>
  /**
   * Stops taking work, waits for what is under way until the deadline (ms, default 10,000; 0: not at all), closes the
   * store. What was still with a provider then is `unknown`. Idempotent.
   */
  stop(options?: { deadlineMs?: number }): Promise<void>
}

const STOP_DEADLINE_MS = 10_000

/**
 * Opens the store, recovers what a crash left and gives the engine, not yet sending: `start()` does that. Accepting,
 * templates and look-ups work at once.
 */
export async function createEngine(options: EngineOptions): Promise<Engine> {
  const { clock = systemClock, adapters, log, secret = () => undefined } = options
  const events = createEvents()
  const readiness = createReadiness()
  const onError = (where: string, error: unknown) => {
    log?.warn({ where, err: error }, 'engine: something failed, going on')
    events.emit('engine:error', { where, error })
  }
  const following = createFollowing({ clock, onError })
  let opened: Parts | null = null
  const node: NodeIdentity = { name: 'signalbox', role: 'all', version: '', ...options.node }
  const links = new Map<string, LinkState>()
  const store = await options.driver.open({
    ...{ defaults: SETTINGS_DEFAULTS, node },
    onLink(link) {
      links.set(link.name, link)
      events.emit('link:changed', link)
    },
    onChanged: following.told,
    onCommitUnknown(error) {
      readiness.ended('not_accepting')
      onError('commit', error)
    },
    onEnded(reason) {
      if (opened) return opened.membership.end(reason)
      readiness.ended('not_accepting', reason)
      onError('node', new Error(reason))
    },
    onWritable(refused) {
      readiness.setWritable(refused === null)
      if (refused === null) opened?.membership.reconnected()
      else onError('store', new Error(`${refused}: nothing is taken until it can be written`))
    },
  })
  try {
    const quiet = { info: () => undefined, warn: () => undefined }
    const parts = await createParts({
      ...{
        store,
        node,
        adapters,
        secret,
        clock,
        events,
        readiness,
        following,
        onError,
        keys: options.keys ?? null,
        publicUrl: options.publicUrl ?? null,
      },
      log: log ?? quiet,
    })
    opened = parts
    const life = createLifeCycle({ store, parts, readiness, following, clock, onError })
    return {
      ...surfaceOf(parts, store, clock),
      ...{ adapters, events, cluster: createCluster(store, node, links, parts) },
      get paused() {
        return parts.pauses.list()
      },
      get status() {
        return readiness.status
      },
      get problem() {
        return readiness.problem
      },
      start: life.start,
      stop: ({ deadlineMs = STOP_DEADLINE_MS } = {}) => life.stop(deadlineMs),
    }
  } catch (error) {
    await following.close()
    await store.close()
    throw error
  }
}

/** What of the parts is the engine's own surface. */
function surfaceOf(parts: Parts, store: Store, clock: Clock) {
  const { messages, templates, experiments, tasks, stats, services, settings, limiter, locks, jobs, alerts, bulk } =
    parts
  const { queues, pauses, explain, tracer, render, mjml, callbacks, views, suppressions, unsubscribe } = parts
  return {
    ...{ messages, templates, experiments, tasks, stats, services, settings, limiter, locks, jobs, alerts, bulk },
    ...parts.find,
    callbacks,
    views,
    settingsApplied: createSettingsApplied(store),
    suppressions,
    unsubscribe,
    tryService: parts.tryService,
    lookUp: parts.lookups.ask,
    inbox: parts.inbox.inbox,
    keyFor: parts.keyFor,
    traces: {
      async get(recordId) {
        const record = await messages.get(recordId)
        if (!record) return null
        const [stored, looks] = await Promise.all([store.traces.get(recordId), store.looks.of(recordId)])
        return assembleTrace(record, { ...stored, looks }, tracer.running(recordId), explain.reasons(record)[0] ?? null)
      },
      usual: createUsual(store.traces, clock),
    },
    audit: (action, recordId, detail) => store.messages.audit(action, recordId, detail ?? null, clock.now()),
    pools: () => ({
      workers: [...queues.pools.values()].map((pool) => ({
        name: pool.name,
        figures: pool.figures(),
        history: pool.history(),
      })),
      threads: [render.figures(), mjml.figures()],
    }),
    explain: explain.explain,
    pause: pauses.pause,
    resume: pauses.resume,
    keepTest: (channel, { subject, text, html, fields }) =>
      store.kept.keep({
        ...{ recordId: 0, serviceId: 0, recipient: 'test', channel, subject, text, html, fields },
        keptAt: clock.now(),
      }),
    kept: (query) => store.kept.list(query),
  } satisfies Omit<Engine, 'adapters' | 'events' | 'cluster' | 'paused' | 'status' | 'problem' | 'start' | 'stop'>
}
