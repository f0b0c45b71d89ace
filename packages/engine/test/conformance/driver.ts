/**
 * What every driver must do, port by port, on its real services. A driver's own test is one call: it supplies a way to
 * open an empty store. The sentences are the guarantees that the ports' docblocks give.
 */
import { describe } from 'vitest'
import type { DriverName } from '../../src/driver.ts'
import { exerciseAlerts } from './alerts.ts'
import { exerciseBulk } from './bulk.ts'
import { exerciseInbox } from './inbox.ts'
import { exerciseInboxStory } from './inbox-story.ts'
import { exerciseJobs } from './jobs.ts'
import { exerciseKept } from './kept.ts'
import { exerciseLooks } from './looks.ts'
import { exerciseLeasesByServer, exerciseLockStore } from './locks.ts'
import { exerciseMessages } from './messages.ts'
import { exerciseMoves } from './messages-moves.ts'
import { exerciseSearch } from './messages-search.ts'
import { exerciseAnyStory } from './messages-story.ts'
import { exerciseQueue } from './queue.ts'
import { exerciseReplays } from './replays.ts'
import { exerciseRetention } from './retention.ts'
import { exerciseSecrets } from './secrets.ts'
import { exerciseServices } from './services.ts'
import { exerciseSettings } from './settings.ts'
import { exerciseStats } from './stats.ts'
import { exerciseSuppressions } from './suppressions.ts'
import type { OpenDriver } from './support.ts'
import { exerciseTasks } from './tasks.ts'
import { exerciseTemplates } from './templates.ts'
import { exerciseTraces } from './traces.ts'
import { exerciseViews } from './views.ts'

export function exerciseDriver(name: DriverName, open: OpenDriver): void {
  describe(`the ${name} driver`, () => {
    exerciseMessages(open)
    exerciseMoves(open)
    exerciseSearch(open)
    exerciseAnyStory(open)
    exerciseQueue(open)
    exerciseLooks(open)
    exerciseReplays(open)
    exerciseBulk(open)
    exerciseJobs(open)
    exerciseTemplates(open)
    exerciseServices(open)
    exerciseSecrets(open)
    exerciseSettings(open)
    exerciseTraces(open)
    exerciseRetention(open)
    exerciseStats(open)
    exerciseTasks(open)
    exerciseKept(open)
    exerciseAlerts(open)
    exerciseViews(open)
    exerciseInbox(open)
    exerciseInboxStory(open)
    exerciseSuppressions(open)
    const exerciseLocks = open.dialect.leases === 'caller' ? exerciseLockStore : exerciseLeasesByServer
    exerciseLocks(name, async () => {
      const driver = await open()
      return { store: driver.store.locks, reopen: async () => (await driver.reopen()).locks, close: driver.close }
    })
  })
}
