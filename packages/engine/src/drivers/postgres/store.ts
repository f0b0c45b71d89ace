/** The ports over one PostgreSQL schema. */
import type { Channel, StoreChange } from '@signalbox/contracts'
import type { OpenOptions, Store } from '../../driver.ts'
import type { Fence } from '../../lock/lock.ts'
import type { NodeIdentity } from '../../nodes/store.ts'
import { connectWriter, type Place } from './connect.ts'
import { createMembership, type Membership } from './membership.ts'
import { createNotices } from './notices.ts'
import { acceptOperations } from './operations/accept.ts'
import { alertOperations, alertReads } from './operations/alerts.ts'
import { attemptOperations } from './operations/attempts.ts'
import { bulkOperations, bulkReads } from './operations/bulk.ts'
import { cleaningOperations } from './operations/cleaning.ts'
import { inboxOperations, inboxReads } from './operations/inbox.ts'
import { jobOperations } from './operations/jobs.ts'
import { keep, listKept } from './operations/kept.ts'
import { lockOperations } from './operations/locks.ts'
import { lookOperations, lookReads } from './operations/looks.ts'
import { messageRows } from './operations/message-rows.ts'
import { moveOperations } from './operations/moves.ts'
import { nodeStore } from './operations/nodes.ts'
import { ownershipOperations } from './operations/ownership.ts'
import { queueOperations, queueReads } from './operations/queue.ts'
import { messageReads, taskReads, traceReads } from './operations/reads.ts'
import { quotaOperations } from './operations/quotas.ts'
import { replayOperations, replayReads } from './operations/replays.ts'
import { searchReads } from './operations/search.ts'
import { secretOperations, serviceOperations, serviceReads } from './operations/services.ts'
import { settingsOperations, settingsReads } from './operations/settings.ts'
import { statsReads } from './operations/stats.ts'
import { suppressionOperations, suppressionReads } from './operations/suppressions.ts'
import { templateOperations, templateReads } from './operations/templates.ts'
import { listViews, viewOperations } from './operations/views.ts'
import { openPartitions } from './partitions.ts'
import { openReader, type Reader } from './reader.ts'
import type { Step } from './schema/index.ts'
import type { Sharing } from './session-locks.ts'
import { createTally } from './tally.ts'
import { together } from './together.ts'
import { openWriter, type Writer } from './writer.ts'

export interface Composition {
  /** Whether the schema is this process' alone, or shared with others that open it so. */
  nodes: Sharing
  /** Whose clock ends the lease of a lock. Left out: the caller's. */
  leases?: 'caller' | 'server'
  /** Of its tables. Left out: those of this version. */
  steps?: readonly Step[]
}
const ALONE: Composition = { nodes: 'one' }

export async function openStore(place: Place, options: OpenOptions, composition = ALONE): Promise<Store> {
  const reader = openReader(place)
  const membership = createMembership(
    ...([place, composition.nodes, options.node ?? ONLY, options.defaults, composition.steps] as const),
  )
  let opened: ReturnType<typeof createStore> | null = null
  try {
    const writer = await openWriter({
      connect: (events, before) =>
        connectWriter(place, events, before ? membership.resume : membership.join, before?.process),
      onChanged(change) {
        opened?.changed(change)
        options.onChanged?.(change)
      },
      onCommitUnknown: options.onCommitUnknown,
      onEnded: (reason) => options.onEnded?.(reason),
      onWritable: (refused) => options.onWritable?.(refused),
    })
    opened = createStore(writer, reader, membership, place, composition)
    return opened.store
  } catch (error) {
    await reader.close()
    throw error
  }
}

const ONLY: NodeIdentity = { name: 'signalbox', role: 'all', version: '' }
const INSIST = { insist: true }

function createStore(
  writer: Writer,
  reader: Reader,
  membership: Membership,
  { schema }: Place,
  { nodes: sharing, leases = 'caller' }: Composition,
): { store: Store; changed(change: StoreChange): void } {
  const { db, alone, beside, gathered } = writer
  const partitions = openPartitions(db)
  const { self } = membership
  const tally = createTally(db, partitions.monthName, self.number)
  const notices = createNotices(db, schema)
  const ground = { db, partitions, tally, notices, self }
  writer.append({
    prepare: tally.prepare,
    async flush() {
      await together([tally.flush(), notices.flush()])
    },
    clear() {
      tally.clear()
      notices.clear()
      partitions.clear()
    },
  })
  const rows = messageRows(ground)
  const moves = moveOperations(ground, rows)
  const { accept } = acceptOperations(ground)
  const { claim, settle } = attemptOperations(ground, rows)
  const queue = queueOperations(ground)
  const ownership = ownershipOperations(ground)
  const jobs = jobOperations(ground, rows)
  const replays = replayOperations(db, rows, moves)
  const looks = lookOperations(db, rows, moves)
  const bulk = bulkOperations(db, rows, moves)
  const templates = templateOperations(ground)
  const services = serviceOperations(db, self.number)
  const { grant } = quotaOperations(db, self.number)
  const secrets = secretOperations(db)
  const locks = lockOperations(db, leases)
  const alerts = alertOperations(db)
  const views = viewOperations(db)
  const inbox = inboxOperations(db, moves)
  const suppressions = suppressionOperations(db)
  const { clean } = cleaningOperations(ground)
  const { writeSystem } = settingsOperations(db)
  const read = {
    ...{ messages: messageReads(reader), search: searchReads(reader), bulk: bulkReads(reader) },
    ...{ queue: queueReads(reader, self), templates: templateReads(reader), services: serviceReads(reader) },
    ...{ traces: traceReads(reader), tasks: taskReads(reader), stats: statsReads(reader) },
    ...{ alerts: alertReads(reader), inbox: inboxReads(reader), settings: settingsReads(reader) },
    ...{ suppressions: suppressionReads(reader), looks: lookReads(reader), replays: replayReads(reader) },
  }
  /** Made only while the fence is the highest of its key, in the same transaction as that check; else null. */
  const fenced = <T>(fence: Fence | undefined, run: () => Promise<T>): Promise<T | null> =>
    alone(async () => (!fence || (await locks.holds(fence)) ? run() : null))
  let closing: Promise<void> | null = null

  const store: Store = {
    messages: {
      accept: (write) => gathered(accept, write),
      claim: (write) => gathered(claim, write, INSIST),
      hold: (write) => beside([write.entry.id], () => moves.hold(write), INSIST),
      settle: (write) => gathered(settle, write, INSIST),
      resolveLate: (write) => beside([write.id], () => moves.resolveLate(write), INSIST),
      cancel: (id, now) => beside([id], () => moves.cancel(id, now)),
      requeue: (id, from, now, audit) => beside([id], () => moves.requeue(id, from, now, audit)),
      resolve: (id, state, now, note) => beside([id], () => moves.resolve(id, state, now, note)),
      receipt: (event, now) => beside([event.recordId], () => moves.receipt(event, now), INSIST),
      recover: (policies: Record<Channel, 'hold' | 'retry'>, now) => alone(() => moves.recover(policies, now)),
      ...read.messages,
      ...read.search,
      audit: (action, recordId, detail, now) => beside([], () => moves.audit(action, recordId, detail, now)),
      clean: (limits, fence) => fenced(fence, () => clean(limits)),
    },
    bulk: {
      begin: (record) => alone(() => bulk.begin(record)),
      step: (step) => alone(() => bulk.step(step)),
      end: (id, state, problem, now) => alone(() => bulk.end(id, state, problem, now)),
      interrupted: (id) => alone(() => bulk.interrupted(id)),
      ...read.bulk,
    },
    replays: {
      ...read.replays,
      take(events, answer, now) {
        const keys = [...events.map(({ recordId }) => recordId), ...(answer ? [`answer ${answer.key}`] : [])]
        return beside(keys, () => replays.take(events, answer, now))
      },
    },
    looks: {
      ...read.looks,
      write: (look, lock) => fenced(lock, () => looks.write(look)),
    },
    queue: {
      ...read.queue,
      keepsResidents: false,
      writeDown: async () => undefined,
      adopt: (limit, lowestPriority) => alone(() => ownership.adopt(limit, lowestPriority)),
      adoptThese: (entries) => gathered(ownership.adoptThese, entries),
      giveUp: (lane, after, limit) => alone(() => ownership.giveUp(lane, after, limit)),
      promote: (now, limit) => alone(() => queue.promote(now, limit)),
      wake: (reason, now, limit) => alone(() => queue.wake(reason, now, limit)),
      hasten: (id, dueAt) => beside([id], () => queue.hasten(id, dueAt)),
    },
    jobs: {
      insert: (entry, payload, dueAt, now) => beside([entry.id], () => jobs.insert(entry, payload, dueAt, now)),
      begin: (entry) => beside([entry.id], () => jobs.begin(entry), INSIST),
      complete: (entry) => beside([entry.id], () => jobs.complete(entry), INSIST),
      fail: (entry, error, retryAt, now) => beside([entry.id], () => jobs.fail(entry, error, retryAt, now), INSIST),
    },
    templates: {
      ...read.templates,
      insert: (template, now, publish) => alone(() => templates.insert(template, now, publish)),
      update: (template, revision, now, publish) => alone(() => templates.update(template, revision, now, publish)),
      remove: (id) => alone(() => templates.remove(id)),
      keepTest: (test, now) => alone(() => templates.keepTest(test, now)),
      putExperiment: async (experiment, fence) =>
        (await fenced(fence, () => templates.putExperiment(experiment))) ?? false,
    },
    services: {
      list: read.services.list,
      reserveId: () => alone(services.reserveId),
      insert: (service, now, changes = []) => alone(() => services.insert(service, now, changes)),
      update: (service, now, changes = []) => alone(() => services.update(service, now, changes)),
      uses: (now) => alone(() => services.uses(now)),
      grant: sharing === 'many' ? (write) => gathered(grant, write) : null,
    },
    secrets: {
      list: read.services.secrets,
      putFirst: (secret) => alone(() => secrets.putFirst(secret)),
      replaceAll: (all, keyId) => alone(() => secrets.replaceAll(all, keyId)),
      clear: () => alone(secrets.clear),
    },
    settings: {
      ...read.settings,
      writeSystem: (key, value, now) => alone(() => writeSystem(key, value, now)),
    },
    traces: read.traces,
    tasks: read.tasks,
    stats: {
      ...read.stats,
      importHistory: (history) =>
        beside([], async () => {
          for (const row of history) tally.history(row)
        }),
    },
    locks: {
      acquire: (key, owner, leaseMs, now) => beside([`lock ${key}`], () => locks.acquire(key, owner, leaseMs, now)),
      renew: (key, owner, fence, leaseMs, now) =>
        beside([`lock ${key}`], () => locks.renew(key, owner, fence, leaseMs, now)),
      release: (key, owner, fence) => beside([`lock ${key}`], () => locks.release(key, owner, fence)),
    },
    kept: {
      keep: (message) => beside([], () => keep(db, message)),
      list: (query) => listKept(reader, query),
    },
    alerts: {
      ...read.alerts,
      write: async (alert, event, fence) =>
        (await fenced(fence, async () => {
          await alerts.write(alert, event)
          return true
        })) ?? false,
    },
    views: {
      list: () => listViews(reader),
      put: (view, how) => alone(() => views.put(view, how)),
      remove: (key) => alone(() => views.remove(key)),
    },
    inbox: {
      ...read.inbox,
      put: (entry, now) => alone(() => inbox.put(entry, now), INSIST),
      delivered: (user, upTo, device, now) => alone(() => inbox.delivered(user, upTo, device, now), INSIST),
      read: (user, seqs, device, now) => alone(() => inbox.read(user, seqs, device, now)),
      expire: (now, limit) => alone(() => inbox.expire(now, limit)),
    },
    suppressions: {
      ...read.suppressions,
      add: (suppression) => alone(() => suppressions.add(suppression)),
      remove: (id, now) => alone(() => suppressions.remove(id, now)),
      lift: (lift) => alone(() => suppressions.lift(lift)),
    },
    nodes: nodeStore({ writer, reader, schema, membership, moves, ownership }),
    shared: null,
    close() {
      closing ??= (async () => {
        await writer.close()
        await reader.close()
      })()
      return closing
    },
  }
  return {
    store,
    changed({ kind }) {
      if (kind === 'templates' || kind === 'all') tally.experimentsChanged()
    },
  }
}
