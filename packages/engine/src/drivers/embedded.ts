import type { Driver, OpenOptions, Store } from '../driver.ts'
import { openThread, type Reader, type Writer } from './sqlite/client.ts'
import { holdFolder } from './sqlite/database.ts'
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
      try {
        const writer: Writer = await openThread<WriteOperations>({ folder, mode: 'write' }, options.onCommitUnknown)
        await writer.call('settings.seed', options.defaults)
        const [lookups, searches] = await Promise.all([openReader(folder, options), openReader(folder, options)])
        return createStore(writer, lookups, searches, hold.release)
      } catch (error) {
        hold.release()
        throw error
      }
    },
  }
}

function openReader(folder: string, options: OpenOptions): Promise<Reader> {
  return openThread<ReadOperations>({ folder, mode: 'read' }, options.onCommitUnknown)
}

function createStore(writer: Writer, lookups: Reader, searches: Reader, release: () => void): Store {
  let closing: Promise<void> | null = null
  return {
    messages: {
      accept: (write) => writer.call('messages.accept', write),
      claim: (write) => writer.call('messages.claim', write),
      settle: (write) => writer.call('messages.settle', write),
      resolveLate: (write) => writer.call('messages.resolveLate', write),
      cancel: (id, now) => writer.call('messages.cancel', id, now),
      requeue: (id, from, now, audit) => writer.call('messages.requeue', id, from, now, audit),
      resolve: (id, state, now, note) => writer.call('messages.resolve', id, state, now, note),
      receipt: (event, now) => writer.call('messages.receipt', event, now),
      recover: (policies, now) => writer.call('messages.recover', policies, now),
      lastId: () => lookups.call('messages.lastId'),
      get: (id) => lookups.call('messages.get', id),
      search: (query) => searches.call('messages.search', query),
      clean: (limits) => writer.call('cleaning.clean', limits),
    },
    queue: {
      lanes: () => writer.call('queue.lanes'),
      load: (lane, after, limit) => writer.call('queue.load', lane, after, limit),
      promote: (now, limit) => writer.call('queue.promote', now, limit),
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
      versions: (id) => lookups.call('catalogue.templateVersions', id),
      version: (id, version) => lookups.call('catalogue.templateVersion', id, version),
    },
    services: {
      list: () => lookups.call('catalogue.services'),
      insert: (service, now) => writer.call('services.insert', service, now),
      update: (service, now) => writer.call('services.update', service, now),
    },
    settings: {
      read: () => lookups.call('catalogue.settings'),
      revision: () => lookups.call('catalogue.settingsRevision'),
      writeSystem: (key, value) => writer.call('settings.writeSystem', key, value),
    },
    traces: { get: (recordId) => lookups.call('traces.get', recordId) },
    tasks: { get: (id) => lookups.call('tasks.get', id) },
    stats: {
      ranges: (list) => searches.call('stats.ranges', list),
      minutes: (from, to) => searches.call('stats.minutes', from, to),
      states: () => searches.call('stats.states'),
      recount: () => searches.call('stats.recount'),
      strays: (limit) => searches.call('stats.strays', limit),
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
    close() {
      closing ??= (async () => {
        await writer.close()
        await Promise.all([lookups.close(), searches.close()])
        release()
      })()
      return closing
    },
  }
}
