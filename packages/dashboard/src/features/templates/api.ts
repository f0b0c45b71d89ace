import {
  templateRemovalSchema,
  templateSchema,
  templateVersionSchema,
  type CreateTemplate,
  type UpdateTemplate,
} from '@signalbox/contracts'
import { request } from '../../api/http.ts'

const PATH = '/api/messages/templates'

export const templatesApi = {
  list: (signal: AbortSignal) => request(templateSchema.array(), PATH, { signal }),
  get: (id: number, signal?: AbortSignal) => request(templateSchema, `${PATH}/${id}`, { signal }),
  create: (body: CreateTemplate) => request(templateSchema, PATH, { method: 'POST', body }),
  update: (id: number, body: UpdateTemplate) => request(templateSchema, `${PATH}/${id}`, { method: 'PUT', body }),
  publish: (id: number) => request(templateSchema, `${PATH}/${id}/publish`, { method: 'POST', body: {} }),
  /** Publishes the text of `version` as a new version. */
  rollback: (id: number, version: number) =>
    request(templateSchema, `${PATH}/${id}/rollback`, { method: 'POST', body: { version } }),
  /** Archived instead of removed when messages refer to it. */
  remove: (id: number) => request(templateRemovalSchema, `${PATH}/${id}`, { method: 'DELETE' }),
  versions: (id: number, signal: AbortSignal) =>
    request(templateVersionSchema.array(), `${PATH}/${id}/versions`, { signal }),
}
