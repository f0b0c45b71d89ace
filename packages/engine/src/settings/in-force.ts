/** Puts what the operator has set in force: the limits and whom they hold, what is paused, and the pools. */
import { CHANNELS } from '@signalbox/contracts'
import type { MemoryLimiter } from '../limiter/limiter.ts'
import type { RecipientLine } from '../messages/recipient-line.ts'
import type { Pauses } from '../queue/pauses.ts'
import type { Queues } from '../queue/queues.ts'
import type { Settings } from './settings.ts'

export interface InForceDeps {
  settings: Settings
  limiter: Pick<MemoryLimiter, 'configure'>
  queues: Queues
  pauses: Pick<Pauses, 'apply'>
  line: RecipientLine
  onError: (where: string, error: unknown) => void
}

/** Call it now and at every change. */
export function createInForce({ settings, limiter, queues, pauses, line, onError }: InForceDeps): () => void {
  let limits: string | null = null
  let recipientLimits = ofRecipients()

  function ofRecipients(): string {
    return JSON.stringify(settings.rateLimits.filter(({ resource }) => resource.startsWith('recipient:')))
  }

  function applyLimits(): void {
    const wanted = JSON.stringify(settings.rateLimits)
    // Another setting changed: what a limit holds stays held, and its time is still told.
    if (wanted === limits) return
    limits = wanted
    limiter.configure(settings.rateLimits)
    for (const channel of CHANNELS) queues.gates.open(channel, 'rate_limit')
    const wantedOfRecipients = ofRecipients()
    if (wantedOfRecipients === recipientLimits) return
    recipientLimits = wantedOfRecipients
    // What the old rules hold until its time gets in line anew.
    line.clear()
    void queues.wake('rate_limit').catch((error: unknown) => onError('wake', error))
  }

  return () => {
    applyLimits()
    pauses.apply()
    queues.configure()
  }
}
