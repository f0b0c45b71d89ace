import type { Driver, Store } from '../driver.ts'
import type { Fence } from '../lock/lock.ts'
import { acceptedRecord, type MessageRecord } from '../messages/record.ts'
import type { AcceptResult, AcceptWrite, ClaimResult, ClaimWrite, NewMessage, SettleWrite } from '../messages/store.ts'
import type { NodeStore } from '../nodes/store.ts'
import type { QueueStore } from '../queue/store.ts'
import type { AcceptColumns } from './sqlite/operations/accept.ts'
import { encodeNodes } from './shared/nodes.ts'
import { SOLE_OWNER, soleNode } from './shared/sole-node.ts'
import type { UntouchedColumns } from './sqlite/operations/queue.ts'
import { openThread, type Reader, type StoreThread, type Writer } from './sqlite/client.ts'
import { holdFolder } from './sqlite/database.ts'
import { createLogKeeper, type LogKeeper } from './sqlite/log-keeper.ts'
import { recentMemory } from './sqlite/recipients.ts'
import type { ReadOperations, WriteOperations } from './sqlite/operations/index.ts'

export interface EmbeddedOptions {
  /** Created when missing. One engine at a time may hold it. */
  folder: string
}

/**
 * SQLite in one folder: everything in one process. One thread writes, with a group commit per turn of the event loop;
 * one answers look-ups and one the searches and statistics, so that neither waits for the other nor for a write.
 */
export function embedded({ folder }: EmbeddedOptions): Driver {
  return {
    name: 'embedded',
    async open(options) {
      const hold = holdFolder(folder)
      const recent = recentMemory()
      const opening: Promise<{ close(): Promise<void> }>[] = []
      function openOne<O>(mode: 'write' | 'read', onBatch?: () => void): Promise<StoreThread<O>> {
        const { onCommitUnknown } = options
        const thread = openThread<O>({ folder, mode, recent }, { onCommitUnknown, onWritable, onBatch })
        opening.push(thread)
        return thread
      }
      let log: LogKeeper | null = null
      function onWritable(refused: string | null): void {
        if (refused !== null) log?.empty()
        options.onWritable?.(refused)
      }
      try {
        const writer = await openOne<WriteOperations>('write', () => log?.committed())
        await writer.call('settings.seed', options.defaults)
        const [lookups, searches] = await Promise.all([
          openOne<ReadOperations>('read'),
          openOne<ReadOperations>('read'),
        ])
        log = createLogKeeper(() => searches.call('log.empty'))
        return createStore({ writer, lookups, searches, release: hold.release, nodes: soleNode(options.node) })
      } catch (error) {
        const opened = (await Promise.allSettled(opening)).filter((thread) => thread.status === 'fulfilled')
        await Promise.all(opened.map(({ value }) => value.close()))
        hold.release()
        throw error
      }
    },
  }
}

function accept(writer: Writer, write: AcceptWrite): Promise<AcceptResult> {
  const { messages, lane, resident = false, task, idempotency, now } = write
  const first = messages[0] as NewMessage
  const shared: AcceptColumns['shared'] = [
    ...([lane, resident, first.channel, first.templateId, first.templateVersion, first.priority] as const),
    ...([first.flow, first.taskId, first.acceptedAt, first.dueAt, first.expiresAt] as const),
    ...([first.settingsVersion, first.traceparent, first.timeZone] as const),
  ]
  if (messages.length === 1 && !task && !idempotency) {
    const { id, recipient, variables } = first
    return writer.mapped(isAccepted, 'messages.acceptOne', ...shared, id, recipient, JSON.stringify(variables))
  }
  const columns: AcceptColumns = {
    shared,
    ids: messages.map(({ id }) => id),
    recipients: messages.map(({ recipient }) => recipient),
    variables: messages.map(({ variables }) => JSON.stringify(variables)),
    // During an experiment a batch has messages of both versions.
    versions: messages.some(({ templateVersion }) => templateVersion !== first.templateVersion)
      ? messages.map(({ templateVersion }) => templateVersion)
      : null,
  }
  return writer.call('messages.accept', columns, task, idempotency, now)
}
const isAccepted = (): AcceptResult => ({ kind: 'accepted' })

/** A fresh record crosses to the writer as the few columns it needs, and back as a yes. */
async function claim(
  writer: Writer,
  { fresh, entry, resident = false, serviceId, quotaDay = null, now }: ClaimWrite,
): Promise<ClaimResult> {
  if (!fresh || (fresh.expiresAt !== null && fresh.expiresAt <= now)) {
    return writer.call('messages.claim', { entry, resident, serviceId, quotaDay, now })
  }
  const { priority, lane, id } = entry
  const { channel, templateId, taskId, acceptedAt } = fresh
  const resultOf = (claimed: 1 | ClaimResult): ClaimResult =>
    claimed === 1
      ? {
          kind: 'claimed',
          attemptBase: 0,
          queuedAt: acceptedAt,
          record: { ...fresh, state: 'sending', attempt: 1, fence: 1, serviceId, claimedAt: now, updatedAt: now },
        }
      : claimed
  return writer.mapped(
    resultOf,
    'messages.claimFresh',
    ...([resident, priority, lane, id, serviceId, quotaDay, now, channel, templateId, taskId, acceptedAt] as const),
  )
}

async function load(reader: Reader, ...args: Parameters<QueueStore['load']>): ReturnType<QueueStore['load']> {
  const { ids, untouched } = await reader.call('queue.load', ...args)
  return { ids, untouched: untouched.map(recordOfColumns) }
}

function recordOfColumns(columns: UntouchedColumns): MessageRecord {
  const [id, channel, recipient, templateId, templateVersion, variables, priority, flow, taskId] = columns
  const [acceptedAt, dueAt, expiresAt, settingsVersion, traceparent, timeZone] = columns.slice(9) as [
    number,
    number,
    number | null,
    number,
    string | null,
    string | null,
  ]
  return acceptedRecord({
    ...{ id, channel, recipient, templateId, templateVersion, priority, flow, taskId, acceptedAt, dueAt, expiresAt },
    variables: JSON.parse(variables) as Record<string, string>,
    settingsVersion,
    traceparent,
    timeZone,
  })
}

function settle(writer: Writer, write: SettleWrite): Promise<MessageRecord | null> {
  const { record, state, providerId, errorCode, errorMessage, responseMs, quotaBack = null, now } = write
  if (state === 'queued') return writer.call('messages.settleRetry', write)
  const { id, fence, attempt, channel, templateId, taskId, serviceId, claimedAt, firstDueAt } = record
  return writer.mapped(
    (ended): MessageRecord | null => {
      if (ended === 0) return null
      const result = ended === 1 ? { state, errorCode, errorMessage } : ended
      return {
        ...record,
        ...result,
        providerId: providerId ?? record.providerId,
        pendingReason: null,
        finishedAt: now,
        updatedAt: now,
      }
    },
    'messages.settleEnd',
    ...([id, fence, attempt, state, providerId, errorCode, errorMessage, responseMs] as const),
    ...([encodeNodes(write.nodes), now, channel, templateId, taskId, serviceId, claimedAt, firstDueAt] as const),
    quotaBack,
  )
}

/** Made only while the fence is the highest of its key, in the same transaction as that check; else null. */
function fenced<K extends Exclude<keyof WriteOperations, 'fenced.run'>>(
  writer: Writer,
  fence: Fence,
  name: K,
  ...args: Parameters<WriteOperations[K]>
): Promise<ReturnType<WriteOperations[K]> | null> {
  return writer.call('fenced.run', fence, name, args) as Promise<ReturnType<WriteOperations[K]> | null>
}

interface Opened {
  writer: Writer
  lookups: Reader
  searches: Reader
  nodes: NodeStore
  release: () => void
}

function createStore({ writer, lookups, searches, nodes, release }: Opened): Store {
  let closing: Promise<void> | null = null
  return {
    messages: {
      accept: (write) => accept(writer, write),
      claim: (write) => claim(writer, write),
      hold: (write) => writer.call('messages.hold', write),
      settle: (write) => settle(writer, write),
      resolveLate: (write) => writer.call('messages.resolveLate', write),
      cancel: (id, now) => writer.call('messages.cancel', id, now),
      requeue: (id, from, now, audit) => writer.call('messages.requeue', id, from, now, audit),
      resolve: (id, state, now, note) => writer.call('messages.resolve', id, state, now, note),
      receipt: (event, now) => writer.call('messages.receipt', event, now),
      recover: (policies, now) => writer.call('messages.recover', policies, now),
      lastId: () => lookups.call('messages.lastId'),
      get: (id) => lookups.call('messages.get', id),
      search: (query) => searches.call('messages.search', query),
      refs: (query) => searches.call('messages.refs', query),
      byIdempotencyKey: (key) => lookups.call('messages.byIdempotencyKey', key),
      audit: (action, recordId, detail, now) => writer.call('messages.audit', action, recordId, detail, now),
      clean: (limits, fence) =>
        fence ? fenced(writer, fence, 'cleaning.clean', limits) : writer.call('cleaning.clean', limits),
    },
    bulk: {
      begin: (record) => writer.call('bulk.begin', record),
      step: (step) => writer.call('bulk.step', step),
      end: (id, state, problem, now) => writer.call('bulk.end', id, state, problem, now),
      running: () => lookups.call('bulk.running'),
      interrupted: (id) => writer.call('bulk.interrupted', id),
      get: (id) => lookups.call('bulk.get', id),
      list: (limit) => lookups.call('bulk.list', limit),
      moved: (id, before, limit) => lookups.call('bulk.moved', id, before, limit),
    },
    replays: {
      answered: (key, since) => lookups.call('replays.answered', key, since),
      take: (events, answer, now) => writer.call('replays.take', events, answer, now),
    },
    looks: {
      candidates: (query) => searches.call('looks.candidates', query),
      write: (look, lock) => (lock ? fenced(writer, lock, 'looks.write', look) : writer.call('looks.write', look)),
      of: (recordId) => lookups.call('looks.of', recordId),
    },
    queue: {
      ...SOLE_OWNER,
      keepsResidents: true,
      lanes: () => writer.call('queue.lanes'),
      load: (lane, after, limit) => load(lookups, lane, after, limit),
      writeDown: (entries, oldestResident) => writer.call('queue.writeDown', entries, oldestResident),
      countBetween: (lane, after, before, limit) => lookups.call('queue.countBetween', lane, after, before, limit),
      promote: (now, limit) => writer.call('queue.promote', now, limit),
      wake: (reason, now, limit) => writer.call('queue.wake', reason, now, limit),
      hasten: (id, dueAt) => writer.call('queue.hasten', id, dueAt),
      delayed: () => writer.call('queue.delayed'),
    },
    jobs: {
      insert: (entry, payload, dueAt, now) => writer.call('jobs.insert', entry, payload, dueAt, now),
      begin: (entry) => writer.call('jobs.begin', entry),
      complete: (entry) => writer.call('jobs.complete', entry),
      fail: (entry, error, retryAt, now) => writer.call('jobs.fail', entry, error, retryAt, now),
    },
    templates: {
      list: () => lookups.call('catalogue.templates'),
      get: (id) => lookups.call('catalogue.template', id),
      insert: (template, now, publish) => writer.call('templates.insert', template, now, publish),
      update: (template, revision, now, publish) => writer.call('templates.update', template, revision, now, publish),
      remove: (id) => writer.call('templates.remove', id),
      keepTest: (test, now) => writer.call('templates.keepTest', test, now),
      experiment: (id) => lookups.call('catalogue.experiment', id),
      runningExperiments: () => lookups.call('catalogue.runningExperiments'),
      putExperiment: async (experiment, fence) =>
        fence
          ? ((await fenced(writer, fence, 'templates.putExperiment', experiment)) ?? false)
          : writer.call('templates.putExperiment', experiment),
      experimentCounts: (id) => lookups.call('catalogue.experimentCounts', id),
      versions: (id) => lookups.call('catalogue.templateVersions', id),
      version: (id, version) => lookups.call('catalogue.templateVersion', id, version),
    },
    services: {
      list: () => lookups.call('catalogue.services'),
      reserveId: () => writer.call('services.reserveId'),
      insert: (service, now, secrets = []) => writer.call('services.insert', service, now, secrets),
      update: (service, now, secrets = []) => writer.call('services.update', service, now, secrets),
      uses: (now) => writer.call('services.uses', now),
      grant: null,
    },
    secrets: {
      list: () => lookups.call('secrets.list'),
      putFirst: (secret) => writer.call('secrets.putFirst', secret),
      replaceAll: (secrets, keyId) => writer.call('secrets.replaceAll', secrets, keyId),
      clear: () => writer.call('secrets.clear'),
    },
    settings: {
      read: () => lookups.call('catalogue.settings'),
      revision: () => lookups.call('catalogue.settingsRevision'),
      asOf: (revision) => searches.call('settings.asOf', revision),
      writeSystem: (key, value, now) => writer.call('settings.writeSystem', key, value, now),
    },
    traces: {
      get: (recordId) => lookups.call('traces.get', recordId),
      durations: (channel, from, to) => searches.call('traces.durations', channel, from, to),
    },
    tasks: { get: (id) => lookups.call('tasks.get', id) },
    stats: {
      ranges: (list) => searches.call('stats.ranges', list),
      counts: (list) => searches.call('wall.counts', list),
      firstAt: () => searches.call('wall.firstAt'),
      minutes: (from, to) => searches.call('stats.minutes', from, to),
      templates: (from) => searches.call('stats.templates', from),
      serviceHours: (from, to) => searches.call('stats.serviceHours', from, to),
      serviceTimes: (from) => searches.call('stats.serviceTimes', from),
      states: () => searches.call('stats.states'),
      audit: (limit) => searches.call('stats.audit', limit),
      importHistory: (rows) => writer.call('stats.importHistory', rows),
    },
    locks: {
      acquire: (key, owner, leaseMs, now) => writer.call('locks.acquire', key, owner, leaseMs, now),
      renew: (key, owner, fence, leaseMs, now) => writer.call('locks.renew', key, owner, fence, leaseMs, now),
      release: (key, owner, fence) => writer.call('locks.release', key, owner, fence),
    },
    kept: {
      keep: (message) => writer.call('kept.keep', message),
      list: (query) => lookups.call('catalogue.kept', query),
    },
    alerts: {
      load: () => lookups.call('alerts.load'),
      write: async (alert, event, fence) => {
        if (fence) return (await fenced(writer, fence, 'alerts.write', alert, event)) !== null
        await writer.call('alerts.write', alert, event)
        return true
      },
      history: (limit) => lookups.call('alerts.history', limit),
    },
    views: {
      list: () => lookups.call('views.list'),
      put: (view, options) => writer.call('views.put', view, options),
      remove: (key) => writer.call('views.remove', key),
    },
    inbox: {
      put: (entry, now) => writer.call('inbox.put', entry, now),
      find: (recordId) => lookups.call('inbox.find', recordId),
      after: (user, since, limit, now) => lookups.call('inbox.after', user, since, limit, now),
      news: (users, readSince) => lookups.call('inbox.news', users, readSince),
      delivered: (user, upTo, device, now) => writer.call('inbox.delivered', user, upTo, device, now),
      read: (user, seqs, device, now) => writer.call('inbox.read', user, seqs, device, now),
      expire: (now, limit) => writer.call('inbox.expire', now, limit),
    },
    suppressions: {
      add: (suppression) => writer.call('suppressions.add', suppression),
      remove: (id, now) => writer.call('suppressions.remove', id, now),
      lift: (lift) => writer.call('suppressions.lift', lift),
      get: (id) => lookups.call('suppressions.get', id),
      of: (channel, recipient) => lookups.call('suppressions.of', channel, recipient),
      list: (query) => searches.call('suppressions.list', query),
      recipients: (after, limit) => searches.call('suppressions.recipients', after, limit),
    },
    nodes,
    shared: null,
    close() {
      closing ??= (async () => {
        // The readers first: only the last connection to close empties the log into the database.
        await Promise.all([lookups.close(), searches.close()])
        await writer.close()
        release()
      })()
      return closing
    },
  }
}
