import {
  createTemplateSchema,
  publishTemplateSchema,
  rollbackTemplateSchema,
  templateListQuerySchema,
  templateRemovalSchema,
  templateSchema,
  templateVersionSchema,
  updateTemplateSchema,
} from '@signalbox/contracts'
import { z } from 'zod'
import type { Deps } from '../deps.ts'
import { route, type Route } from '../http/route.ts'
import { presentTemplate, presentTemplateVersion } from '../present/template.ts'
import { idParams, versionParams } from './params.ts'

export const PATH = '/api/messages/templates'
/** Content up to 100,000 characters of up to 4 bytes each, escaped at worst as \uXXXX. */
export const BODY_BYTES = 1024 * 1024

export function templateRoutes({ engine: { templates }, view }: Pick<Deps, 'engine' | 'view'>): Route[] {
  return [
    route({
      method: 'get',
      path: PATH,
      operation: 'listTemplates',
      tag: 'templates',
      summary: 'List templates',
      query: templateListQuerySchema,
      data: z.array(templateSchema),
      errors: [],
      async handle({ query }) {
        return (await templates.list(query)).map((template) => presentTemplate(template, view))
      },
    }),
    route({
      method: 'post',
      path: PATH,
      operation: 'createTemplate',
      tag: 'templates',
      summary: 'Create a template; active with version 1 at once unless status is draft',
      body: createTemplateSchema,
      bodyLimitBytes: BODY_BYTES,
      data: templateSchema,
      status: 201,
      errors: ['conflict'],
      example: { body: { name: 'Login code', channel: 'sms', content: 'Your code is {{code}}', variables: ['code'] } },
      async handle({ body }) {
        return presentTemplate(await templates.create(body), view)
      },
    }),
    route({
      method: 'get',
      path: `${PATH}/:id`,
      operation: 'getTemplate',
      tag: 'templates',
      summary: 'One template',
      params: idParams,
      data: templateSchema,
      errors: ['template_not_found'],
      async handle({ params }) {
        return presentTemplate(await templates.get(params.id), view)
      },
    }),
    route({
      method: 'put',
      path: `${PATH}/:id`,
      operation: 'updateTemplate',
      tag: 'templates',
      summary: 'Save a template; an active one is published as a new version unless publish is false',
      params: idParams,
      body: updateTemplateSchema,
      bodyLimitBytes: BODY_BYTES,
      data: templateSchema,
      errors: ['template_not_found', 'conflict', 'wrong_state'],
      example: { body: { content: 'Your code is {{code}}.', revision: 1 } },
      async handle({ params, body }) {
        return presentTemplate(await templates.update(params.id, body), view)
      },
    }),
    route({
      method: 'delete',
      path: `${PATH}/:id`,
      operation: 'removeTemplate',
      tag: 'templates',
      summary: 'Remove a template, or archive it when messages refer to it',
      params: idParams,
      data: templateRemovalSchema,
      errors: ['template_not_found'],
      async handle({ params }) {
        return { outcome: await templates.remove(params.id) }
      },
    }),
    route({
      method: 'get',
      path: `${PATH}/:id/versions`,
      operation: 'listTemplateVersions',
      tag: 'templates',
      summary: 'Published versions, newest first',
      params: idParams,
      data: z.array(templateVersionSchema),
      errors: ['template_not_found'],
      async handle({ params }) {
        return (await templates.versions(params.id)).map((version) => presentTemplateVersion(version, view))
      },
    }),
    route({
      method: 'get',
      path: `${PATH}/:id/versions/:version`,
      operation: 'getTemplateVersion',
      tag: 'templates',
      summary: 'One version, also a text that was only sent as a test',
      params: versionParams,
      data: templateVersionSchema,
      errors: ['template_not_found', 'not_found'],
      async handle({ params }) {
        return presentTemplateVersion(await templates.version(params.id, params.version), view)
      },
    }),
    route({
      method: 'post',
      path: `${PATH}/:id/publish`,
      operation: 'publishTemplate',
      tag: 'templates',
      summary: 'Publish the draft as a new version',
      params: idParams,
      body: publishTemplateSchema,
      data: templateSchema,
      errors: ['template_not_found', 'wrong_state'],
      async handle({ params, body }) {
        return presentTemplate(await templates.publish(params.id, body), view)
      },
    }),
    route({
      method: 'post',
      path: `${PATH}/:id/rollback`,
      operation: 'rollbackTemplate',
      tag: 'templates',
      summary: 'Publish the content of an older version as a new one',
      params: idParams,
      body: rollbackTemplateSchema,
      data: templateSchema,
      errors: ['template_not_found', 'wrong_state'],
      example: { body: { version: 1 } },
      async handle({ params, body }) {
        return presentTemplate(await templates.rollback(params.id, body.version, body), view)
      },
    }),
  ]
}
