/**
 * The state machine of a message, as data. Drivers apply it inside their transactions; nothing else decides a move.
 */
import type { ReceiptEvent } from '@signalbox/channels/adapter'
import type { MessageState } from '@signalbox/contracts'

/** Where a message may go from each state, and nowhere else. */
const MOVES: Record<MessageState, readonly MessageState[]> = {
  scheduled: ['queued', 'cancelled', 'expired'],
  queued: ['sending', 'cancelled', 'expired'],
  /** Back to `queued`: a retryable failure, or a crash before the provider call under the policy `retry`. */
  sending: ['sent', 'delivered', 'read', 'failed', 'queued', 'unknown'],
  sent: ['delivered', 'read', 'failed'],
  delivered: ['read'],
  read: [],
  /** Back to `queued`: an operator replays a dead letter. */
  failed: ['queued'],
  expired: ['queued'],
  cancelled: [],
  /** A receipt, a late result, a look-up at the provider or an operator ends it, or has it sent again. */
  unknown: ['sent', 'delivered', 'read', 'failed', 'queued'],
}

export function mayMove(from: MessageState, to: MessageState): boolean {
  return MOVES[from].includes(to)
}

/** A success for the success rate: the provider took it. */
export function isSuccess(state: MessageState): boolean {
  return state === 'sent' || state === 'delivered' || state === 'read'
}

/** Waiting for its turn: may still be cancelled. */
export function isWaiting(state: MessageState): boolean {
  return state === 'scheduled' || state === 'queued'
}

/** Counted in the statistics of the minute in which it ended. */
export function isEnded(state: MessageState): boolean {
  return !isWaiting(state) && state !== 'sending'
}

/**
 * What a receipt makes of a state: the state itself when it says nothing new. Receipts come late, twice and in any
 * order, and before the answer to the call itself (`sending`: kept until the result is there).
 */
export function afterReceipt(state: MessageState, receipt: ReceiptEvent['state']): MessageState {
  if (receipt === 'delayed') return state
  return state !== 'sending' && mayMove(state, receipt) ? receipt : state
}
