/** What the load client and the fake provider write down. A token names one message, over all processes and restarts. */

export type ClientLine =
  /** About to be asked for, for the first time or again with the same idempotency key. */
  | { kind: 'request'; token: string }
  /** 202 arrived. */
  | { kind: 'acknowledged'; token: string; recordId: number }
  /** An answer that says it was not taken: 429, or a queue that is full. */
  | { kind: 'refused'; token: string; status: number; error: string; retryAfter: boolean }
  /** Anything else: it may be stored. */
  | { kind: 'interrupted'; token: string; why: string }

export interface ProviderLine {
  token: string
  recordId: number
  /** Epoch ms. */
  at: number
  /** False when the answer says that it was turned away: nothing was sent. */
  took: boolean
}
