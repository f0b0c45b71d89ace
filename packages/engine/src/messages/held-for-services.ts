/**
 * For which reasons messages are held because the services that take their recipient may not be asked, so that they are called
 * when one of those may be again, and nothing is written when nobody waits.
 */
import type { PendingReason } from '@signalbox/contracts'
import type { Queues } from '../queue/queues.ts'

export interface HeldForServices {
  /** One is about to be held for this reason. */
  add(reason: PendingReason): void
  /**
   * Who was held is looked at again now. For `rate_limit` only when a service was `changed`: those have times of their own, and who
   * waits for the rule of a recipient would be called with them.
   */
  call(changed: boolean): void
}

/** Reasons for which accounts hold messages. */
export const OF_ACCOUNTS = ['no_service', 'no_quota', 'rate_limit', 'paused'] as const

export function createHeldForServices(
  queues: () => Pick<Queues, 'wake'>,
  onError: (where: string, error: unknown) => void,
): HeldForServices {
  /** Who was held before a restart is not known. */
  const reasons = new Set<PendingReason>(OF_ACCOUNTS)
  return {
    add: (reason) => void reasons.add(reason),
    call(changed) {
      for (const reason of reasons) {
        if (reason === 'rate_limit' && !changed) continue
        reasons.delete(reason)
        queues()
          .wake(reason)
          .catch((error: unknown) => {
            reasons.add(reason)
            onError('wake', error)
          })
      }
    },
  }
}
