import {
  bulkJobSchema,
  bulkPreviewSchema,
  messagePageSchema,
  messageRowSchema,
  messageViewSchema,
  revealedSchema,
  taskStatusSchema,
  type BulkAction,
  type BulkPreview,
  type MessageView,
} from '@signalbox/contracts'
import { request } from '../../api/http.ts'
import type { FilterQuery } from './filters.ts'

export interface Signed {
  note: string
  /** Who does it. */
  by: string
}

const PATH = '/api/messages'
const VIEWS = `${PATH}/views`
const BULK = `${PATH}/bulk`
export const PAGE = 50

export const messagesApi = {
  search: (filter: FilterQuery, before: string | undefined, signal: AbortSignal) =>
    request(messagePageSchema, PATH, { query: { ...filter, before, limit: PAGE }, signal }),
  reveal: (id: number) => request(revealedSchema, `${PATH}/${id}/reveal`, { method: 'POST', body: {} }),
  act: (id: number, action: 'cancel' | 'retry') =>
    request(messageRowSchema, `${PATH}/${id}/${action}`, { method: 'POST', body: {} }),
  resolve: (id: number, outcome: 'sent' | 'failed' | 'resend', note: string) =>
    request(messageRowSchema, `${PATH}/${id}/resolve`, {
      method: 'POST',
      body: { outcome, ...(note === '' ? {} : { note }) },
    }),
  exportAddress: (filter: FilterQuery) => `${PATH}/export.csv?${new URLSearchParams(filter).toString()}`,

  views: (signal: AbortSignal) => request(messageViewSchema.array(), VIEWS, { signal }),
  saveView: ({ name, query }: MessageView, replace: boolean) =>
    request(messageViewSchema, `${VIEWS}/${encodeURIComponent(name)}`, { method: 'PUT', body: { query, replace } }),
  removeView: (name: string) =>
    request(messageViewSchema, `${VIEWS}/${encodeURIComponent(name)}`, { method: 'DELETE' }),

  preview: (action: BulkAction, filter: FilterQuery) =>
    request(bulkPreviewSchema, `${BULK}/preview`, { method: 'POST', body: { action, filter } }),
  start: (action: BulkAction, filter: FilterQuery, { count, before }: BulkPreview, signed: Signed) =>
    request(bulkJobSchema, BULK, {
      method: 'POST',
      body: { action, filter, count, before, ...given(signed) },
    }),
  jobs: (signal: AbortSignal) => request(bulkJobSchema.array(), BULK, { signal }),
  stop: (id: number) => request(bulkJobSchema, `${BULK}/${id}/stop`, { method: 'POST', body: {} }),
  undo: (id: number, by: string) =>
    request(bulkJobSchema, `${BULK}/${id}/undo`, { method: 'POST', body: given({ by }) }),

  task: (id: string, signal: AbortSignal) => request(taskStatusSchema, `/api/tasks/${id}/realtime-status`, { signal }),
}

/** What was filled in. */
function given(signed: Partial<Signed>): Partial<Signed> {
  return Object.fromEntries(Object.entries(signed).filter(([, text]) => text.trim() !== ''))
}
