/**
 * Whether a failed attempt is made again, and when. Pure. Only for failures that are certain not to have been sent; what
 * may have been sent is `unknown` and decided elsewhere.
 */
import type { FailureCategory, FailureScope, Outcome } from '@signalbox/channels/adapter'

export type Failure = Extract<Outcome, { status: 'failed' }>

export type RetryDecision =
  /** `at`: epoch ms. */
  { retry: true; at: number } | { retry: false; reason: string }

export interface RetryInput {
  outcome: Failure
  /** Of the attempt that failed, from 1. */
  attempt: number
  /** Retries after the first attempt. */
  maxRetries: number
  baseMs: number
  capMs: number
  /** From 0 up to, not including, 1. */
  random: () => number
  /** Epoch ms. */
  now: number
}

/**
 * `passing`: it may go through later as it is. `service`: not the message's fault; later an operator may have put the
 * account right, or another service may take it - unless the provider blames this very message or recipient.
 * `final`: the same message to the same recipient will be refused again.
 */
const KINDS: Record<FailureCategory, 'passing' | 'service' | 'final'> = {
  rate_limited: 'passing',
  provider_down: 'passing',
  quota: 'passing',
  auth: 'service',
  config: 'service',
  invalid_recipient: 'final',
  unsubscribed: 'final',
  template: 'final',
  content: 'final',
}

/**
 * Exponential with full jitter: a random wait up to `baseMs` doubled with each retry, at most `capMs`. `retryAfterMs` of
 * the provider is added below it, uncapped: never earlier than asked, and not all at the same instant.
 */
export function decideRetry(input: RetryInput): RetryDecision {
  const { outcome, attempt, maxRetries, baseMs, capMs, random, now } = input
  if (!mayPass(outcome.category, outcome.scope)) return { retry: false, reason: `${outcome.category} is not retryable` }
  if (attempt > maxRetries) {
    return {
      retry: false,
      reason: `${outcome.category}: gave up after ${attempt} ${attempt === 1 ? 'attempt' : 'attempts'}`,
    }
  }
  const askedMs = Math.max(0, outcome.retryAfterMs ?? 0)
  return { retry: true, at: now + Math.ceil(askedMs) + backoffMs(attempt, baseMs, capMs, random) }
}

/** The random wait after attempt number `attempt`, in ms. */
export function backoffMs(attempt: number, baseMs: number, capMs: number, random: () => number): number {
  return Math.round(random() * Math.min(capMs, baseMs * 2 ** (attempt - 1)))
}

function mayPass(category: FailureCategory, scope: FailureScope): boolean {
  const kind = KINDS[category]
  return kind === 'passing' || (kind === 'service' && (scope === 'account' || scope === 'provider'))
}
