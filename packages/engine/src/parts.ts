/** The parts of an engine, each told of the others it needs. Nothing runs yet: see `life-cycle.ts`. */
import { randomUUID } from 'node:crypto'
import type { AdapterContext, AnyAdapter, Outcome } from '@signalbox/channels/adapter'
import { WORKED_QUEUES, type Channel, type ThreadPoolConfig } from '@signalbox/contracts'
import { createAlerts } from './alerts/alerts.ts'
import { createOverNodes } from './alerts/over-nodes.ts'
import { createCleaning } from './cleaning.ts'
import type { Clock } from './clock.ts'
import type { Store } from './driver.ts'
import type { Events } from './events.ts'
import { createIds } from './ids.ts'
import { createInbox } from './inbox/inbox.ts'
import { createJobWorker } from './jobs/worker.ts'
import { createLimiter } from './limiter/limiter.ts'
import { intervalRule, serviceIdOf, type Rule } from './limiter/rules.ts'
import type { Share } from './limiter/share.ts'
import { createSharedLimiter } from './limiter/shared-limiter.ts'
import { alone } from './lock/alone.ts'
import { ownersOf } from './lock/lock.ts'
import { createLocks } from './lock/locks.ts'
import { createLookups } from './lookups/lookups.ts'
import { createAdmission } from './messages/admission.ts'
import { createAfterMoves } from './messages/after-moves.ts'
import { createBulk } from './messages/bulk.ts'
import { createCallbacks } from './messages/callbacks.ts'
import { createExplain } from './messages/explain.ts'
import { createFind } from './messages/find.ts'
import { createFreshRecords } from './messages/fresh.ts'
import { createHeldForServices, OF_ACCOUNTS } from './messages/held-for-services.ts'
import { createMessages } from './messages/messages.ts'
import { createPipeline } from './messages/pipeline.ts'
import { createPrepare } from './messages/prepare.ts'
import { createProviderCalls } from './messages/provider-calls.ts'
import { createRecipientLine } from './messages/recipient-line.ts'
import type { MessageRecord } from './messages/record.ts'
import { createTurnedDown } from './messages/turned-down.ts'
import { createViews } from './messages/views.ts'
import { openMarketingHours } from './quiet-hours/marketing-hours.ts'
import { createEndSilent } from './nodes/end-silent.ts'
import type { Following } from './nodes/follow.ts'
import { createLeader } from './nodes/leader.ts'
import { createMembership } from './nodes/membership.ts'
import { createRoom } from './nodes/room.ts'
import { createSharing, NOT_SHARED } from './nodes/sharing.ts'
import type { NodeIdentity } from './nodes/store.ts'
import { createWhereabouts } from './nodes/whereabouts.ts'
import { createPatience } from './patience.ts'
import { createPauses } from './queue/pauses.ts'
import { createQueues } from './queue/queues.ts'
import type { Entry } from './queue/store.ts'
import type { Readiness } from './readiness.ts'
import type { KeySource } from './secrets/master-key.ts'
import { openServiceSecrets } from './secrets/service-secrets.ts'
import { createServiceRegistry } from './services/registry.ts'
import type { ServiceRecord } from './services/services.ts'
import { createTrial } from './services/trial.ts'
import { createInForce } from './settings/in-force.ts'
import { createSettings } from './settings/settings.ts'
import { createRates } from './stats/rates.ts'
import { createStats } from './stats/report.ts'
import { openSuppressions } from './suppressions/suppressions.ts'
import { createUnsubscribe } from './suppressions/unsubscribe.ts'
import { createTasks } from './tasks/progress.ts'
import { createTemplateCatalogue } from './templates/catalogue.ts'
import { createExperiments } from './templates/experiments.ts'
import { openMjmlThreads } from './templates/mjml-threads.ts'
import { openRenderThreads } from './templates/render-many.ts'
import { createTemplates } from './templates/templates.ts'
import { openTemplateWatch } from './templates/watch.ts'
import { createTracer } from './tracer/tracer.ts'

export interface PartsDeps {
  store: Store
  node: NodeIdentity
  adapters: readonly AnyAdapter[]
  secret: (name: string) => string | undefined
  keys: KeySource | null
  log: AdapterContext['log']
  clock: Clock
  /** Under which others reach this server; null: not at all. */
  publicUrl: string | null
  events: Events
  readiness: Readiness
  /** Hears of what others write. */
  following: Following
  onError: (where: string, error: unknown) => void
}

export type Parts = Awaited<ReturnType<typeof createParts>>

/** Reads the settings and services, and recovers the messages that a crash left with a provider. */
export async function createParts(deps: PartsDeps) {
  const { store, clock, events, readiness, onError } = deps
  const settings = createSettings({ store: store.settings, events, clock })
  await settings.refresh()
  const nextId = createIds(clock, store.nodes.self.number, await store.messages.lastId())
  const limiter = store.shared
    ? createSharedLimiter({ ...{ store: store.shared.limits, clock, shareOf }, ruleOf: intervalOf })
    : createLimiter({ clock })
  const owner = ownersOf(store.nodes.self.lease) + randomUUID()
  const locks = createLocks({ store: store.locks, clock, owner })
  const line = createRecipientLine()
  const tracer = createTracer(clock)
  const rates = createRates()
  const fresh = createFreshRecords()
  const inbox = createInbox({ store: store.inbox, clock, events, changed })
  const turnedDown = createTurnedDown()
  const held = createHeldForServices(() => queues, onError)
  const catalogue = createTemplateCatalogue({ store: store.templates, events })
  const templateWatch = await openTemplateWatch({ store: store.templates, catalogue, events })
  const secrets = await openServiceSecrets({
    ...{ store: store.secrets, keys: deps.keys, environment: deps.secret, onError },
  })
  const services = createServiceRegistry({
    store: store.services,
    secrets,
    adapters: deps.adapters,
    clock,
    events,
    contextOf,
    timeZone: () => settings.values.timeZone,
    breaker: () => settings.values.breaker,
    onReady: (channel) => openGate(channel),
    onEnded: ended,
  })
  await services.load()
  const suppressions = await openSuppressions({
    ...{ store: store.suppressions, clock, events },
    spell: services.checkRecipient,
  })
  await store.messages.recover(settings.values.unknownPolicy, clock.now())

  const unsubscribe = createUnsubscribe({
    ...{ key: secrets.keyFor('unsubscribe'), publicUrl: deps.publicUrl, suppressions },
  })

  const works = deps.node.role !== 'api'
  const membership = createMembership({
    ...{ nodes: store.nodes, shared: store.shared !== null, settings, clock, onError },
    onConfirmed() {
      queues.resume()
      sharing.look()
    },
    onEnded: nodeEnded,
  })
  const leader = createLeader({
    ...{ shared: store.shared !== null, locks, clock, onError },
    // What it judges by (pools, what waits) is with those that send.
    mayLead: () => works || membership.working === 0,
  })
  const room = createRoom()
  const queues = createQueues({
    store: store.queue,
    clock,
    shared: store.shared && {
      ...{ works, handedOut: room.handedOut },
      mayHandOut: () => membership.mayWork,
      unowned: () => sharing.unowned,
      unownedAtMost: () => sharing.unownedAtMost,
      handOver: (entries) => sharing.handOver(entries),
    },
    config: poolConfig,
    onScaled: (decision) => events.emit('pool:scaled', decision),
    onDue(records) {
      for (const record of records) changed(record)
    },
    onLoaded: (record) => fresh.accepted(record),
    onError,
  })
  const sharing = store.shared
    ? createSharing({
        ...{ store: store.queue, shared: store.shared, works, membership, room, clock, onError },
        windows: WORKED_QUEUES.map((queue) => queues.window(queue)),
        window: queues.window,
        maxBacklog: () => settings.values.maxBacklog,
      })
    : NOT_SHARED
  const alerts = createAlerts({
    ...{ store: store.alerts, stats: store.stats },
    ...{ settings, queues, clock, events, locks, onError, works },
    judges: () => leader.leads,
    nodes: store.shared && createOverNodes({ bus: store.shared.bus, lease: store.nodes.self.lease, clock }),
  })
  await alerts.load()
  const messages = createMessages({
    store: store.messages,
    catalogue,
    services,
    clock,
    nextId,
    settingsVersion: () => settings.version,
    owns: sharing.hasRoom,
    reserve: (entries) => store.queue.keepsResidents && queues.window('message.send').reserve(entries),
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
  const bulk = createBulk({
    ...{ store: store.bulk, messages: store.messages, clock, nextId, checkRoom, onError },
    exclusive: (id, run) =>
      store.shared ? alone(locks, `bulk ${id}`, (_fence, signal) => run(signal)) : run(new AbortController().signal),
    afterMove: createAfterMoves(queues, changed),
    changed: (job) => events.emit('bulk:changed', job),
  })
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
  const pauses = createPauses({ settings, queues })
  const lookups = createLookups({
    ...{ store: store.looks, messages: store.messages, services, limiter, queues, locks, settings, clock, events },
    ...{ changed, onError },
  })
  const quiet = await openMarketingHours({
    ...{ templates: store.templates, catalogue, events, settings },
    wake: () => void queues.wake('quiet_hours').catch((error: unknown) => onError('wake', error)),
  })
  const explain = createExplain({
    messages: store.messages,
    store: store.queue,
    elsewhere: store.shared && createWhereabouts({ queue: store.queue, self: store.nodes.self, membership }),
    queues,
    pauses,
    limiter,
    services,
    lookups,
    quiet,
    settings,
    clock,
    running: () => readiness.running,
  })
  const abandonment = new AbortController()
  const process = createPipeline({
    turnedDown,
    store: store.messages,
    services,
    admit: createAdmission({
      store: store.messages,
      services,
      limiter,
      queues,
      clock,
      fresh,
      line,
      held,
      turnedDown,
      quiet,
      changed,
      onError,
    }),
    prepare: createPrepare({ catalogue, suppressions, unsubscribe }),
    patiently: createPatience(clock, abandonment.signal),
    abandoned: abandonment.signal,
    queues,
    tracer,
    settings,
    clock,
    random: Math.random,
    fresh,
    changed,
    maySend: membership.confirmed,
    callProvider: createProviderCalls({
      ...{ store: store.messages, settings, clock, changed, onError, answered },
      abandoned: abandonment.signal,
    }),
  })
  const applySettings = createInForce({ settings, limiter, queues, pauses, line, onError })
  applySettings()
  await queues.restore()
  events.on('settings:changed', applySettings)
  // Others are shown at once who has them.
  events.on('settings:applied', ({ version: revision }) => {
    const renewing = store.nodes.renew({ revision, problems: settings.problems })
    renewing.catch((error: unknown) => onError('settings', error))
  })
  events.on('service:changed', ({ channel }) => openGate(channel, true))
  const render = openRenderThreads(clock)
  const mjml = openMjmlThreads(clock)
  const lastPayloads = async (templateId: number, limit: number) =>
    (await store.messages.search({ templateId, limit })).messages
      // A test may have had other variables.
      .filter(({ templateVersion }) => templateVersion > 0)
      .map(({ id, variables }) => ({ recordId: id, variables }))
  const templates = createTemplates({ store: store.templates, events, clock, render, mjml, lastPayloads })

  /** Among whom a limit is shared out while nodes cannot ask each other: who takes messages, or who sends them. */
  function shareOf(resource: string): Share {
    return membership.among(resource.startsWith('api:') ? ['all', 'api'] : ['all', 'worker'])
  }

  /** The interval of an account, which holds over all nodes. */
  function intervalOf(resource: string): Rule | null {
    const id = serviceIdOf(resource)
    const intervalMs = id === null ? 0 : (services.known(id)?.record.sendingIntervalMs ?? 0)
    return id !== null && intervalMs > 0 ? intervalRule(id, intervalMs) : null
  }

  function contextOf(service: ServiceRecord): AdapterContext {
    return {
      service: { id: service.id, name: service.name, channel: service.channel },
      now: () => clock.now(),
      secret: (field) => secrets.open(service, field),
      log: deps.log,
      inbox: inbox.port,
      receipt: (event) => void messages.receipt(event).catch((error: unknown) => onError('receipt', error)),
      keep: (message) =>
        void store.kept
          .keep({ ...message, channel: service.channel, serviceId: service.id, keptAt: clock.now() })
          .catch((error: unknown) => onError('sandbox', error)),
    }
  }

  /** The provider itself may say that nobody should write there again. */
  function answered({ id, channel, recipient }: MessageRecord, outcome: Outcome): void {
    if (outcome.status !== 'failed' || !outcome.suppress) return
    const { suppress: reason, code } = outcome
    suppressions
      .add({ channel, recipient, reason, detail: code, recordId: id })
      .catch((error: unknown) => onError('suppression', error))
  }

  /** What held a channel may have been an account that is not asked any more, or may be asked again. */
  function openGate(channel: Channel, changed = false): void {
    for (const reason of OF_ACCOUNTS) queues.gates.open(channel, reason === 'paused' ? 'service_paused' : reason)
    held.call(changed)
  }

  /** Its provider said that the account is at its end: it was disabled, which nobody asked for. */
  function ended({ id, name, channel, disabledBecause }: ServiceRecord): void {
    const because = disabledBecause ?? ''
    deps.log.warn({ service: name, because }, 'service: disabled, its provider ended the account')
    events.emit('service:ended', { id, name, channel, because })
    store.messages
      .audit('service_disabled', null, `service ${id} (${name}): ${because}`, clock.now())
      .catch((error: unknown) => onError('audit', error))
  }

  /** It writes nothing more: what it has is with others. */
  function nodeEnded(reason: string): void {
    if (readiness.status === 'stopping' || readiness.status === 'stopped') return
    readiness.ended('not_accepting', reason)
    queues.stop()
    onError('node', new Error(reason))
    events.emit('node:ended', { reason })
    for (const stopped of [sharing.stop(), leader.stop()]) {
      stopped.catch((error: unknown) => onError('node', error))
    }
  }

  function poolConfig(name: string): ThreadPoolConfig {
    const config = settings.threadPool(name)
    if (!config) throw new Error(`expected a configuration of pool ${name}, got none`)
    return config
  }

  function checkRoom(count: number): void {
    readiness.checkRoom(count, queues.backlog, settings.values.maxBacklog)
  }

  function forget(id: number): void {
    fresh.take(id)
    line.leave(id)
  }

  function changed(record: MessageRecord): void {
    rates.changed(record, clock.now())
    if (record.state === 'cancelled') forget(record.id)
    if (record.state !== 'scheduled' && record.state !== 'queued') events.emit(`message:${record.state}`, record)
    events.emit('message:changed', record)
  }

  const views = createViews(store.views, events)
  deps.following.follow({
    settings: () => settings.refresh(),
    templates: templateWatch.readAgain,
    services: services.readAgain,
    suppressions: suppressions.readAgain,
    bulk: bulk.readAgain,
    alerts: alerts.readAgain,
    async views() {
      events.emit('views:changed', { name: null })
    },
    cancelled({ node, priority, lane, ids }) {
      for (const id of ids) {
        forget(id)
        const entry: Entry = { queue: 'message.send', priority, lane, id }
        if (node === store.nodes.self.number) queues.window('message.send').drop(entry)
      }
    },
  })

  return {
    ...{ settings, limiter, tracer, catalogue, services, queues, alerts, messages, bulk, jobs, pauses, explain },
    ...{ leader, membership, sharing },
    endSilent: createEndSilent({
      ...{ nodes: store.nodes, membership, sharing, clock, changed, log: deps.log },
      policies: () => settings.values.unknownPolicy,
    }),
    ...{ lookups, abandonment, process, render, mjml, templates, suppressions, unsubscribe },
    // For others; what the engine does one at a time is told apart from it, and stands beside what it writes.
    locks: store.shared ? createLocks({ store: store.shared.locks, clock }) : locks,
    experiments: createExperiments({ store: store.templates, templates, events, clock, locks }),
    clean: createCleaning(store.messages, locks, settings, clock),
    inbox,
    tasks: createTasks(store.tasks),
    views,
    stats: createStats({ store: store.stats, settings, clock, rates, queues, onError }),
    find: createFind({ store: store.messages, services }),
    tryService: createTrial({ services, catalogue, store: store.messages, settings, clock, nextId }),
    keyFor: secrets.keyFor,
    callbacks: createCallbacks({
      ...{ replays: store.replays, services, messages, suppressions, events, clock, changed },
      log: deps.log,
    }),
  }
}
