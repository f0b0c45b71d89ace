/** What has been taken lately, so that a repeat of it does nothing again: bounded in time and number. */
import { createHash } from 'node:crypto'
import type { RawRequest } from '@signalbox/channels/adapter'

/** Providers repeat what they think was lost within minutes. */
const REMEMBERED_MS = 15 * 60_000
const REMEMBERED_AT_MOST = 10_000

export interface Replays<T> {
  /** What it was answered with, when it is a repeat. */
  answered(key: string, now: number): T | null
  remember(key: string, answer: T, now: number): void
}

export function createReplays<T>(): Replays<T> {
  const known = new Map<string, { answer: T; until: number }>()
  return {
    answered(key, now) {
      const found = known.get(key)
      return found && found.until > now ? found.answer : null
    },
    remember(key, answer, now) {
      // Insertion order is the order of age.
      for (const [oldest, { until }] of known) {
        if (until > now && known.size < REMEMBERED_AT_MOST) break
        known.delete(oldest)
      }
      known.set(key, { answer, until: now + REMEMBERED_MS })
    },
  }
}

/** Address and body. Headers vary from one try to the next; who sends it is checked anew each time. */
export function keyOf(serviceId: number, { method, url, body }: RawRequest): string {
  const hash = createHash('sha256').update(`${serviceId} ${method} ${url}\n`)
  return hash.update(body).digest('base64')
}
