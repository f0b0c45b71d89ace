/** Starts the parts of an engine, has their duties done while it runs, and stops them in an order that loses nothing. */
import type { Clock } from './clock.ts'
import type { Store } from './driver.ts'
import { createDuties, type Duties } from './duties.ts'
import type { Following } from './nodes/follow.ts'
import type { Parts } from './parts.ts'
import type { Readiness } from './readiness.ts'

const SETTINGS_READ_EVERY_MS = 500
const POOLS_SCALED_EVERY_MS = 1_000
const CLEANED_EVERY_MS = 60_000
const EXPERIMENTS_JUDGED_EVERY_MS = 10_000
const LOOKUPS_EVERY_MS = 1_000
const ALERTS_JUDGED_EVERY_MS = 1_000
const RECEIPTS_FETCHED_EVERY_MS = 1_000
const SILENT_NODES_ENDED_EVERY_MS = 1_000
/** Bulk actions whose node is gone go on within this time. */
const BULK_TAKEN_UP_EVERY_MS = 5_000
/** Of several nodes each counts what waits for its time; in between it counts what it knows of itself. */
const DELAYED_COUNTED_EVERY_MS = 5_000
/** A share of a quota that was not used for so long goes back to the other nodes. */
const QUOTAS_SHARED_EVERY_MS = 10_000
/** What waits in memory alone for longer is written down; bounds what a restart has to look through. */
const RESIDENTS_WRITTEN_DOWN_EVERY_MS = 2_000

export interface LifeCycle {
  /** Idempotent; nothing once it was stopped. */
  start(): Promise<void>
  /** Waits for what is under way until the deadline, then closes the store. Idempotent. */
  stop(deadlineMs: number): Promise<void>
}

export interface LifeCycleDeps {
  store: Pick<Store, 'close' | 'nodes' | 'shared'>
  parts: Parts
  readiness: Readiness
  following: Pick<Following, 'close'>
  clock: Clock
  onError: (where: string, error: unknown) => void
}

export function createLifeCycle({ store, parts, readiness, following, clock, onError }: LifeCycleDeps): LifeCycle {
  const { queues, jobs, membership, sharing, leader } = parts
  const duties = createDuties(clock, onError)
  let starting: Promise<void> | null = null
  let stopping: Promise<void> | null = null

  async function start(): Promise<void> {
    if (stopping) return
    await membership.start()
    await queues.start({ 'message.send': parts.process, 'ai.process': jobs.process, notification: jobs.process })
    readiness.started()
    sharing.start()
    duties.every(SETTINGS_READ_EVERY_MS, 'settings', () => parts.settings.refresh())
    duties.every(POOLS_SCALED_EVERY_MS, 'scaling', () => queues.scale())
    duties.every(RESIDENTS_WRITTEN_DOWN_EVERY_MS, 'queue', () => queues.writeDown())
    duties.every(CLEANED_EVERY_MS, 'cleaning', parts.clean)
    duties.every(EXPERIMENTS_JUDGED_EVERY_MS, 'experiments', () => parts.experiments.evaluate())
    duties.every(LOOKUPS_EVERY_MS, 'lookups', () => parts.lookups.run())
    duties.every(QUOTAS_SHARED_EVERY_MS, 'quotas', () => parts.services.shareQuotas())
    if (store.shared) {
      duties.every(DELAYED_COUNTED_EVERY_MS, 'delays', () => queues.recount())
      duties.every(ALERTS_JUDGED_EVERY_MS, 'levels', () => parts.alerts.tell())
    }
    await leader.start(lead)
  }

  /** What one node does for all; other duties have locks of their own, so that each may be with another node. */
  async function lead(led: Duties): Promise<void> {
    led.every(ALERTS_JUDGED_EVERY_MS, 'alerts', () => parts.alerts.evaluate())
    led.every(CLEANED_EVERY_MS, 'inbox', parts.inbox.expire)
    led.every(RECEIPTS_FETCHED_EVERY_MS, 'receipts', () => parts.callbacks.collect())
    if (store.shared) {
      led.every(SILENT_NODES_ENDED_EVERY_MS, 'nodes', parts.endSilent)
      led.every(BULK_TAKEN_UP_EVERY_MS, 'bulk', () => parts.bulk.resume())
    }
    await parts.bulk.resume()
  }

  /** What waits here belongs to nobody from now on, and whoever has room hears of it. */
  async function leave(): Promise<void> {
    membership.stop()
    if (readiness.problem !== null) return
    try {
      await store.nodes.leave()
      sharing.tellFreed()
    } catch (error) {
      // Others find it silent, and end it.
      onError('node', error)
    }
  }

  async function stop(deadlineMs: number): Promise<void> {
    // From now on, however long it takes to leave the others.
    const deadline = after(deadlineMs)
    // A start that failed was told to its caller; what it opened is closed all the same.
    await starting?.catch(() => undefined)
    readiness.ended('stopping')
    queues.stop()
    duties.stop()
    await Promise.all([sharing.stop(), leader.stop()])
    jobs.abort()
    await Promise.all([parts.bulk.close(), parts.lookups.close(), following.close()])
    await Promise.all([parts.render.close(), parts.mjml.close()])
    await Promise.race([queues.idle(), deadline.passed])
    deadline.cancel()
    // What is still with a provider ends as unknown, and that is written before the store closes.
    parts.abandonment.abort()
    membership.stop()
    await queues.pool('message.send').idle()
    await queues.finished()
    await parts.services.closeAll()
    parts.catalogue.close()
    await leave()
    await store.close()
    readiness.ended('stopped')
  }

  function after(ms: number): { passed: Promise<void>; cancel(): void } {
    if (ms <= 0) return { passed: Promise.resolve(), cancel: () => undefined }
    const { promise: passed, resolve } = Promise.withResolvers<void>()
    return { passed, cancel: clock.after(ms, resolve) }
  }

  return {
    start: () => (starting ??= start()),
    stop: (deadlineMs) => (stopping ??= stop(deadlineMs)),
  }
}
