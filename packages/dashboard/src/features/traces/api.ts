import { explanationSchema, foundSchema, messagePageSchema, traceSchema, type MessageRow } from '@signalbox/contracts'
import { request } from '../../api/http.ts'

const RECENT = 20

export const tracesApi = {
  /** By trace id or record id. */
  get: (id: string, signal: AbortSignal) =>
    request(traceSchema, `/api/messages/traces/${encodeURIComponent(id)}`, { signal }),

  /** Whatever fits: an id, an idempotency key, a recipient. */
  find: (q: string, signal: AbortSignal) => request(foundSchema, '/api/messages/find', { query: { q }, signal }),

  /** Why it waits. */
  explain: (id: string, signal: AbortSignal) =>
    request(explanationSchema, `/api/messages/${encodeURIComponent(id)}/explain`, { signal }),

  /** The latest messages, newest first. */
  async recent(signal: AbortSignal): Promise<MessageRow[]> {
    const page = await request(messagePageSchema, '/api/messages', { query: { limit: RECENT }, signal })
    return page.messages
  },
}
