/**
 * Brings a provider's receipts to us as that provider does: some at once, after the time that the way to the phone takes, with
 * as much patience as it has, and again when the answer was not the one it wants. Time is the test's.
 */
import { EventEmitter, once } from 'node:events'
import type { ManualAfter } from '../support/manual-after.ts'

export interface CourierTerms {
  /** Receipts in one call. */
  batch: number
  /** From the first receipt of a call until the call. */
  delayMs: number
  /** How long it waits for the answer. */
  patienceMs: number
  /** The waits before further calls; after the last it gives up. */
  againAfterMs: readonly number[]
  isTaken(answer: Answer): boolean
  /** It comes again only when it could not connect. */
  onlyIfUnreachable?: boolean
}

export interface Answer {
  status: number
  text: string
}

/** `taken`, the status of another answer, `late`, or `unreachable`. */
export interface Try<Receipt> {
  /** Of the test's clock. */
  at: number
  receipts: readonly Receipt[]
  end: string
}

export interface Courier<Receipt> {
  readonly terms: CourierTerms
  readonly tries: Try<Receipt>[]
  add(receipt: Receipt): void
  /** Resolves when so many calls have ended in all, and those that follow are planned. */
  ended(count: number): Promise<void>
}

export function createCourier<Receipt>(
  terms: CourierTerms,
  clock: ManualAfter,
  call: (receipts: readonly Receipt[], signal: AbortSignal) => Promise<Answer>,
): Courier<Receipt> {
  const tries: Try<Receipt>[] = []
  const bell = new EventEmitter()
  let waiting: Receipt[] = []

  async function attempt(receipts: readonly Receipt[], again: readonly number[]): Promise<void> {
    const at = clock.now
    const end = await endOf(receipts)
    const [wait, ...rest] = again
    const mayRepeat = terms.onlyIfUnreachable ? end === 'unreachable' : end !== 'taken'
    if (mayRepeat && wait !== undefined) clock.after(wait, () => void attempt(receipts, rest))
    tries.push({ at, receipts, end })
    bell.emit('ended')
  }

  async function endOf(receipts: readonly Receipt[]): Promise<string> {
    const patience = new AbortController()
    const cancel = clock.after(terms.patienceMs, () => patience.abort())
    try {
      const answer = await call(receipts, patience.signal)
      return terms.isTaken(answer) ? 'taken' : String(answer.status)
    } catch {
      return patience.signal.aborted ? 'late' : 'unreachable'
    } finally {
      cancel()
    }
  }

  function leave(): void {
    const [receipts, rest] = [waiting.slice(0, terms.batch), waiting.slice(terms.batch)]
    waiting = rest
    if (rest.length > 0) clock.after(0, leave)
    void attempt(receipts, terms.againAfterMs)
  }

  return {
    terms,
    tries,
    add(receipt) {
      waiting.push(receipt)
      if (waiting.length === 1) clock.after(terms.delayMs, leave)
    },
    async ended(count) {
      while (tries.length < count) await once(bell, 'ended')
    },
  }
}

/** Posts it and reads the answer. */
export async function post(
  url: string | URL,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string>,
  signal?: AbortSignal,
): Promise<Answer> {
  const response = await fetch(url, { method: 'POST', headers, body, ...(signal ? { signal } : {}) })
  return { status: response.status, text: await response.text() }
}
