/**
 * What has been taken lately, so that a repeat of it does nothing again, also after a restart: an answer is written with the
 * receipts that it stands for.
 */
import { createHash } from 'node:crypto'
import type { RawRequest, ReceiptEvent, ReceiptReply } from '@signalbox/channels/adapter'
import type { Moved } from './store.ts'

/** Providers repeat what they think was lost within minutes. */
export const REMEMBERED_MS = 15 * 60_000

export type CallbackReply = ReceiptReply['reply']

/** A request of a provider, by what it says, and what it was answered with. */
export interface CallbackAnswer {
  key: string
  reply: CallbackReply
}

export interface ReplayStore {
  /** What it was answered with since then, when it is a repeat. Epoch ms. */
  answered(key: string, since: number): Promise<CallbackReply | null>
  /** Takes receipts as `MessageStore.receipt` does, with the answer that the provider gets for them: all of it is written, or nothing. */
  take(events: readonly ReceiptEvent[], answer: CallbackAnswer | null, now: number): Promise<readonly (Moved | null)[]>
}

/** Address and body. Headers vary from one try to the next; who sends it is checked anew each time. */
export function keyOf(serviceId: number, { method, url, body }: RawRequest): string {
  const hash = createHash('sha256').update(`${serviceId} ${method} ${url}\n`)
  return hash.update(body).digest('base64')
}
