/** All operations by name: what the threads run, and the types by which the main thread calls them. */
import type { Db } from '../database.ts'
import type { Partitions } from '../partitions.ts'
import type { RecentMemory } from '../recent-recipients.ts'
import type { RecipientIndex } from '../recipients.ts'
import type { Tally } from '../tally.ts'
import { alertOperations, alertReads } from './alerts.ts'
import { bulkOperations, bulkReads } from './bulk.ts'
import { keptOperations, lockOperations, roomOperations, serviceOperations, settingsOperations } from './catalogue.ts'
import { cleaningOperations } from './cleaning.ts'
import { durationReads } from './durations.ts'
import { fenceOperations } from './fences.ts'
import { inboxOperations, inboxReads } from './inbox.ts'
import { jobOperations } from './jobs.ts'
import type { LogOperations } from './log.ts'
import { lookOperations, lookReads } from './looks.ts'
import { messageOperations } from './messages.ts'
import { queueOperations, queueReads } from './queue.ts'
import { catalogueReads, messageReads, taskReads, traceReads } from './reads.ts'
import { searchReads } from './search.ts'
import { replayOperations, replayReads } from './replays.ts'
import { settingsHistoryReads } from './settings-history.ts'
import { secretOperations, secretReads } from './secrets.ts'
import { statsOperations, statsReads } from './stats.ts'
import { suppressionOperations, suppressionReads } from './suppressions.ts'
import { templateOperations } from './templates.ts'
import { viewOperations, viewReads } from './views.ts'
import { wallReads } from './wall.ts'

/* eslint-disable-next-line @typescript-eslint/no-explicit-any -- the arguments are typed at the call, by name */
type Operation = (...args: any[]) => unknown

function named<P extends string, O extends Record<string, Operation>>(prefix: P, operations: O) {
  return Object.fromEntries(Object.entries(operations).map(([name, run]) => [`${prefix}.${name}`, run])) as {
    [K in keyof O & string as `${P}.${K}`]: O[K]
  }
}

export function writeOperations(db: Db, tally: Tally, partitions: Partitions, recipients: RecipientIndex) {
  const messages = messageOperations(db, tally, partitions, recipients)
  const operations = {
    ...named('messages', messages),
    ...named('bulk', bulkOperations(db, messages)),
    ...named('looks', lookOperations(db, messages)),
    ...named('replays', replayOperations(db, messages)),
    ...named('queue', queueOperations(db, tally, partitions)),
    ...named('jobs', jobOperations(db)),
    ...named('templates', templateOperations(db, tally)),
    ...named('services', serviceOperations(db)),
    ...named('secrets', secretOperations(db)),
    ...named('settings', settingsOperations(db)),
    ...named('locks', lockOperations(db)),
    ...named('kept', keptOperations(db)),
    ...named('cleaning', cleaningOperations(db, partitions)),
    ...named('stats', statsOperations(tally)),
    ...named('room', roomOperations(db)),
    ...named('alerts', alertOperations(db)),
    ...named('views', viewOperations(db)),
    ...named('inbox', inboxOperations(db, messages)),
    ...named('suppressions', suppressionOperations(db)),
  }
  return { ...operations, ...named('fenced', fenceOperations(db, operations)) }
}

export function readOperations(db: Db, partitions: Partitions, recent: RecentMemory, log: LogOperations) {
  return {
    ...named('messages', { ...messageReads(db, partitions), ...searchReads(db, partitions, recent) }),
    ...named('bulk', bulkReads(db)),
    ...named('looks', lookReads(db, partitions)),
    ...named('replays', replayReads(db)),
    ...named('queue', queueReads(db, partitions)),
    ...named('traces', { ...traceReads(db, partitions), ...durationReads(db, partitions) }),
    ...named('tasks', taskReads(db)),
    ...named('catalogue', catalogueReads(db)),
    ...named('secrets', secretReads(db)),
    ...named('settings', settingsHistoryReads(db)),
    ...named('stats', statsReads(db, partitions)),
    ...named('alerts', alertReads(db)),
    ...named('views', viewReads(db)),
    ...named('inbox', inboxReads(db)),
    ...named('suppressions', suppressionReads(db)),
    ...named('wall', wallReads(db)),
    ...named('log', log),
  }
}

export type WriteOperations = ReturnType<typeof writeOperations>
export type ReadOperations = ReturnType<typeof readOperations>
export type Operations = Record<string, Operation>
