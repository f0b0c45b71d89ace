/** Removes what is past its time, a bounded number at once so that nobody waits for it. */
import type { Clock } from './clock.ts'
import type { MessageStore } from './messages/store.ts'
import type { Settings } from './settings/settings.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** Rows removed in one transaction. */
const BATCH = 2_000
/** Messages that the sandbox keeps. */
const KEPT_MESSAGES = 10_000

export function createCleaning(store: MessageStore, settings: Settings, clock: Clock): () => Promise<void> {
  return async () => {
    const { traceRetentionDays, idempotencyRetentionHours } = settings.values
    const now = clock.now()
    const limits = {
      tracesBefore: now - traceRetentionDays * DAY_MS,
      keysBefore: now - idempotencyRetentionHours * HOUR_MS,
      keptAtMost: KEPT_MESSAGES,
      batch: BATCH,
    }
    while ((await store.clean(limits)) >= BATCH) {
      // More is left; other writes take their turn in between.
    }
  }
}
