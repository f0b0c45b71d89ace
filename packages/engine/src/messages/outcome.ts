/** What an adapter's outcome means for the message. Pure: policy in, decision out. */
import type { Outcome } from '@signalbox/channels/adapter'
import type { SettingsValues } from '../settings/settings.ts'
import { decideRetry } from './retry.ts'

export interface Settlement {
  state: 'sent' | 'failed' | 'unknown' | 'queued'
  providerId: string | null
  error: { code: string; message: string } | null
  /** Epoch ms of the next attempt; only with `queued`. */
  retryAt: number | null
  /** A receipt may still come. */
  receipt: boolean
  /** The service is to blame, not the message: the next attempt is for another, where there is one. */
  elsewhere: boolean
}

export interface SettlementContext {
  /** Attempts since the message was accepted or replayed, this one included. */
  attempt: number
  unknownPolicy: 'hold' | 'retry'
  settings: Pick<SettingsValues, 'maxRetries' | 'retryBaseMs' | 'retryCapMs'>
  random: () => number
  /** Another service of the channel may be asked now. */
  anotherIsReady: () => boolean
  now: number
}

export function decideSettlement(outcome: Outcome, context: SettlementContext): Settlement {
  const { attempt, settings, now } = context
  if (outcome.status === 'accepted') {
    return {
      state: 'sent',
      providerId: outcome.providerId ?? null,
      error: null,
      retryAt: null,
      receipt: !outcome.final,
      elsewhere: false,
    }
  }
  const error = { code: outcome.code, message: outcome.detail }
  if (outcome.status === 'unknown') {
    if (context.unknownPolicy === 'retry' && attempt <= settings.maxRetries) {
      return {
        state: 'queued',
        providerId: null,
        error,
        retryAt: now + settings.retryBaseMs,
        receipt: false,
        elsewhere: false,
      }
    }
    return { state: 'unknown', providerId: null, error, retryAt: null, receipt: true, elsewhere: false }
  }
  const retry = decideRetry({
    outcome,
    attempt,
    maxRetries: settings.maxRetries,
    baseMs: settings.retryBaseMs,
    capMs: settings.retryCapMs,
    random: context.random,
    now,
  })
  // Another account has nothing to wait for.
  const elsewhere = retry.retry && isOfService(outcome)
  const failsOver = elsewhere && context.anotherIsReady()
  return retry.retry
    ? { state: 'queued', providerId: null, error, retryAt: failsOver ? now : retry.at, receipt: false, elsewhere }
    : { state: 'failed', providerId: null, error, retryAt: null, receipt: false, elsewhere: false }
}

function isOfService({ scope }: Extract<Outcome, { status: 'failed' }>): boolean {
  return scope === 'account' || scope === 'provider'
}
