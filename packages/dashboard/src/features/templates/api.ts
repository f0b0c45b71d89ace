import {
  compiledMjmlSchema,
  experimentSchema,
  renderReportSchema,
  sendReplySchema,
  templateFileSchema,
  templatePayloadSchema,
  templateRemovalSchema,
  testedTemplateSchema,
  templateSchema,
  templateUseSchema,
  templateVersionSchema,
  type CreateTemplate,
  type RenderTemplate,
  type SendTest,
  type StartExperiment,
  type TemplateFile,
  type TestTemplate,
  type UpdateTemplate,
} from '@signalbox/contracts'
import { request } from '../../api/http.ts'

import type { Said } from './draft.ts'

const PATH = '/api/messages/templates'

export const templatesApi = {
  list: (signal: AbortSignal) => request(templateSchema.array(), PATH, { signal }),
  usage: (signal: AbortSignal) => request(templateUseSchema, `${PATH}/usage`, { signal }),
  get: (id: number, signal?: AbortSignal) => request(templateSchema, `${PATH}/${id}`, { signal }),
  create: (body: CreateTemplate) => request(templateSchema, PATH, { method: 'POST', body }),
  update: (id: number, body: UpdateTemplate) => request(templateSchema, `${PATH}/${id}`, { method: 'PUT', body }),
  publish: (id: number, said: Said = {}) =>
    request(templateSchema, `${PATH}/${id}/publish`, { method: 'POST', body: said }),
  /** Publishes the text of `version` as a new version. */
  rollback: (id: number, version: number, said: Said = {}) =>
    request(templateSchema, `${PATH}/${id}/rollback`, { method: 'POST', body: { version, ...said } }),
  /** Archived instead of removed when messages refer to it. */
  remove: (id: number) => request(templateRemovalSchema, `${PATH}/${id}`, { method: 'DELETE' }),
  versions: (id: number, signal: AbortSignal) =>
    request(templateVersionSchema.array(), `${PATH}/${id}/versions`, { signal }),
  /** Also one below 0: a text that was only sent as a test. */
  version: (id: number, version: number, signal: AbortSignal) =>
    request(templateVersionSchema, `${PATH}/${id}/versions/${version}`, { signal }),
  duplicate: (id: number, name: string) =>
    request(templateSchema, `${PATH}/${id}/duplicate`, { method: 'POST', body: { name } }),
  /** All that are not archived when none is named. */
  export: (ids: readonly number[] = []) =>
    request(templateFileSchema, `${PATH}/export`, { query: { ids: ids.join(',') || undefined } }),
  import: (file: TemplateFile) => request(templateSchema.array(), `${PATH}/import`, { method: 'POST', body: file }),
  compile: (content: string, signal: AbortSignal) =>
    request(compiledMjmlSchema, `${PATH}/compile`, { method: 'POST', body: { content }, signal }),
  payloads: (id: number, signal: AbortSignal) =>
    request(templatePayloadSchema.array(), `${PATH}/${id}/payloads`, { signal }),
  render: (id: number, body: RenderTemplate, signal: AbortSignal) =>
    request(renderReportSchema, `${PATH}/${id}/render`, { method: 'POST', body, signal }),
  /** Into the sandbox: nothing leaves. */
  test: (id: number, body: TestTemplate) =>
    request(testedTemplateSchema, `${PATH}/${id}/test`, { method: 'POST', body }),
  /** A real message, ahead of others. */
  send: (id: number, recipient: string, variables: Readonly<Record<string, string>>) =>
    request(sendReplySchema, '/api/messages/send', {
      method: 'POST',
      body: { template_id: id, recipient, variables, priority: 10 },
    }),
  /** A real message with the edit, which is not published by that. */
  sendTest: (id: number, body: SendTest) =>
    request(sendReplySchema, `${PATH}/${id}/test-send`, { method: 'POST', body }),
  experiment: (id: number, signal: AbortSignal) =>
    request(experimentSchema.nullable(), `${PATH}/${id}/experiment`, { signal }),
  startExperiment: (id: number, body: StartExperiment) =>
    request(experimentSchema, `${PATH}/${id}/experiment`, { method: 'POST', body }),
  endExperiment: (id: number, by: string | undefined) =>
    request(experimentSchema, `${PATH}/${id}/experiment/end`, { method: 'POST', body: { by } }),
  promoteExperiment: (id: number, version: number, by: string | undefined) =>
    request(experimentSchema, `${PATH}/${id}/experiment/promote`, { method: 'POST', body: { version, by } }),
}
