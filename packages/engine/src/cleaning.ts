/** Removes what is past its time, a bounded number at once so that nobody waits for it. */
import type { Clock } from './clock.ts'
import { alone } from './lock/alone.ts'
import type { Fence, Locks } from './lock/lock.ts'
import type { MessageStore } from './messages/store.ts'
import type { Settings } from './settings/settings.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** Rows removed in one transaction. */
const BATCH = 2_000
/** Messages that the sandbox keeps. */
const KEPT_MESSAGES = 10_000
/** Bulk actions that have ended, with what can be taken back of them. */
const KEPT_ACTIONS = 200

const LOCK = 'cleaning'

/** Of several engines on one store one cleans at a time; one that lost the lock without noticing removes nothing more. */
export function createCleaning(
  store: Pick<MessageStore, 'clean'>,
  locks: Locks,
  settings: Settings,
  clock: Clock,
): () => Promise<void> {
  const clean = async (fence: Fence, signal: AbortSignal) => {
    const { traceRetentionDays, recordRetentionDays, idempotencyRetentionHours } = settings.values
    const now = clock.now()
    const limits = {
      tracesBefore: now - traceRetentionDays * DAY_MS,
      recordsBefore: now - recordRetentionDays * DAY_MS,
      keysBefore: now - idempotencyRetentionHours * HOUR_MS,
      keptAtMost: KEPT_MESSAGES,
      actionsAtMost: KEPT_ACTIONS,
      batch: BATCH,
    }
    let removed: number | null
    do {
      // Other writes take their turn in between.
      removed = await store.clean(limits, fence)
    } while (removed !== null && removed >= BATCH && !signal.aborted)
  }

  return () => alone(locks, LOCK, clean)
}
