import { sandboxMessageSchema, type Channel } from '@signalbox/contracts'
import { request } from '../../api/http.ts'

const SHOWN = 60

export const sandboxApi = {
  list: (channel: Channel | undefined, signal: AbortSignal) =>
    request(sandboxMessageSchema.array(), '/api/sandbox/messages', { query: { channel, limit: SHOWN }, signal }),
}
