/** What an editor needs beside saving: real payloads, trial renders, tests, files of templates. */
import {
  compiledMjmlSchema,
  compileMjmlSchema,
  duplicateTemplateSchema,
  exportTemplatesQuerySchema,
  PRIORITY_MAX,
  renderReportSchema,
  renderTemplateSchema,
  sendReplySchema,
  sendTestSchema,
  templateFileSchema,
  templatePayloadSchema,
  templatePayloadsQuerySchema,
  templateSchema,
  testedTemplateSchema,
  testTemplateSchema,
  templateUseSchema,
} from '@signalbox/contracts'
import { textOf } from '@signalbox/channels'
import { z } from 'zod'
import type { Deps } from '../deps.ts'
import { route, type Route } from '../http/route.ts'
import {
  presentFile,
  presentPayload,
  presentRenderReport,
  presentTemplate,
  presentTemplateUse,
} from '../present/template.ts'
import { idParams } from './params.ts'
import { BODY_BYTES, PATH } from './templates.ts'

/** 500 templates of a usual length. */
const FILE_BYTES = 16 * 1024 * 1024

/** Before `templateRoutes`: fixed paths stand in the place of `:id`. */
export function templateToolRoutes({ engine, view }: Pick<Deps, 'engine' | 'view'>): Route[] {
  const { templates } = engine
  return [
    route({
      method: 'get',
      path: `${PATH}/export`,
      operation: 'exportTemplates',
      tag: 'templates',
      summary: 'Working copies as a file that import takes; all that are not archived, or those named',
      query: exportTemplatesQuerySchema,
      data: templateFileSchema,
      errors: ['template_not_found'],
      async handle({ query }) {
        if (query.ids)
          return presentFile(await Promise.all(query.ids.split(',').map((id) => templates.get(Number(id)))))
        return presentFile((await templates.list()).filter(({ status }) => status !== 'archived'))
      },
    }),
    route({
      method: 'get',
      path: `${PATH}/usage`,
      operation: 'getTemplateUse',
      tag: 'templates',
      summary: 'When each template was last used, and how its messages of seven days ended',
      data: templateUseSchema,
      errors: [],
      async handle() {
        return presentTemplateUse(await engine.stats.templates(), view)
      },
    }),
    route({
      method: 'post',
      path: `${PATH}/import`,
      operation: 'importTemplates',
      tag: 'templates',
      summary: 'Create a draft for each template of a file; none of them when one is at fault',
      body: templateFileSchema,
      bodyLimitBytes: FILE_BYTES,
      data: z.array(templateSchema),
      status: 201,
      errors: [],
      async handle({ body }) {
        return (await templates.import(body.templates)).map((template) => presentTemplate(template, view))
      },
    }),
    route({
      method: 'post',
      path: `${PATH}/compile`,
      operation: 'compileMjml',
      tag: 'templates',
      summary: 'What MJML becomes, and what is wrong with it',
      body: compileMjmlSchema,
      bodyLimitBytes: BODY_BYTES,
      data: compiledMjmlSchema,
      errors: ['queue_full'],
      handle: ({ body }) => templates.compile(body.content),
    }),
    route({
      method: 'post',
      path: `${PATH}/:id/duplicate`,
      operation: 'duplicateTemplate',
      tag: 'templates',
      summary: 'Copy the working copy into a draft of its own',
      params: idParams,
      body: duplicateTemplateSchema,
      data: templateSchema,
      status: 201,
      errors: ['template_not_found'],
      async handle({ params, body }) {
        return presentTemplate(await templates.duplicate(params.id, body.name), view)
      },
    }),
    route({
      method: 'get',
      path: `${PATH}/:id/payloads`,
      operation: 'listTemplatePayloads',
      tag: 'templates',
      summary: 'Variables of the last messages of a template, newest first',
      params: idParams,
      query: templatePayloadsQuerySchema,
      data: z.array(templatePayloadSchema),
      errors: ['template_not_found'],
      async handle({ params, query }) {
        return (await templates.payloads(params.id, query.limit)).map(presentPayload)
      },
    }),
    route({
      method: 'post',
      path: `${PATH}/:id/render`,
      operation: 'renderTemplate',
      tag: 'templates',
      summary: 'Render the last real payloads with an edit: how many fail, how many change, the first of both',
      params: idParams,
      body: renderTemplateSchema,
      bodyLimitBytes: BODY_BYTES,
      data: renderReportSchema,
      errors: ['template_not_found', 'queue_full'],
      async handle({ params, body: { last, ...edit } }) {
        return presentRenderReport(await templates.renderMany({ templateId: params.id, ...edit }, { last }))
      },
    }),
    route({
      method: 'post',
      path: `${PATH}/:id/test`,
      operation: 'testTemplate',
      tag: 'templates',
      summary: 'Render an edit with these variables into the sandbox; nothing leaves',
      params: idParams,
      body: testTemplateSchema,
      bodyLimitBytes: BODY_BYTES,
      data: testedTemplateSchema,
      errors: ['template_not_found', 'missing_variable', 'unknown_variable'],
      async handle({ params, body: { variables, ...edit } }) {
        const { channel } = await templates.get(params.id)
        const { subject, text, html } = await templates.rendered({ templateId: params.id, ...edit }, variables)
        const content = { subject, text: html === null ? text : textOf(html), html }
        const fields = Object.entries(variables).map(([name, value]) => [name, String(value)])
        await engine.keepTest(channel, {
          ...content,
          fields: channel === 'wechat' ? Object.fromEntries(fields) : null,
        })
        return content
      },
    }),
    route({
      method: 'post',
      path: `${PATH}/:id/test-send`,
      operation: 'sendTemplateTest',
      tag: 'templates',
      summary: 'Send an edit to one real recipient without publishing it',
      params: idParams,
      body: sendTestSchema,
      bodyLimitBytes: BODY_BYTES,
      data: sendReplySchema,
      status: 202,
      errors: [
        'template_not_found',
        'wrong_state',
        'missing_variable',
        'unknown_variable',
        'invalid_recipient',
        'queue_full',
      ],
      example: { body: { content: 'Hello {{name}}', variables: { name: 'Ada' }, recipient: '+8613800138000' } },
      async handle({ params, body: { variables, recipient, author, ...edit } }) {
        const templateVersion = await templates.keepTest({ templateId: params.id, ...edit }, author)
        const { id, traceId } = await engine.messages.accept({
          ...{ templateId: params.id, templateVersion, recipient, variables },
          ...{ priority: PRIORITY_MAX, flow: 'test' },
        })
        return { record_id: id, trace_id: traceId }
      },
    }),
  ]
}
