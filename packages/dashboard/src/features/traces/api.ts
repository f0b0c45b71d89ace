import { explanationSchema, messagePageSchema, traceSchema, type MessageRow } from '@signalbox/contracts'
import { request } from '../../api/http.ts'

const RECENT = 20

export const tracesApi = {
  /** By trace id or record id. */
  get: (id: string, signal: AbortSignal) =>
    request(traceSchema, `/api/messages/traces/${encodeURIComponent(id)}`, { signal }),

  /** Why it waits. */
  explain: (id: string, signal: AbortSignal) =>
    request(explanationSchema, `/api/messages/${encodeURIComponent(id)}/explain`, { signal }),

  /** The latest messages, newest first. */
  async recent(signal: AbortSignal): Promise<MessageRow[]> {
    const page = await request(messagePageSchema, '/api/messages', { query: { limit: RECENT }, signal })
    return page.messages
  },
}
