/** The OpenAPI 3.1 document, written from the route table and the schemas that the routes themselves use. */
import { errorReplySchema, okReply, type ErrorName } from '@signalbox/contracts'
import { z } from 'zod'
import { HTTP_STATUS } from '../http/errors.ts'
import { COMMON_ERRORS, UNSAFE_ERRORS, type Route, type TextRoute } from '../http/route.ts'
import { createComponents, type Components, type JsonSchema } from './components.ts'

export interface OpenApiDocument {
  openapi: '3.1.0'
  info: { title: string; version: string; description: string }
  tags: { name: string }[]
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, JsonSchema> }
}

interface Operation {
  operationId: string
  tags: string[]
  summary: string
  parameters?: object[]
  requestBody?: object
  responses: Record<string, object>
}

const DESCRIPTION =
  'Every reply is an envelope: `{ "code": 0, "message", "data" }`, or a non-zero code with `details.error` naming what went ' +
  'wrong. Times are ISO 8601 with offset, durations milliseconds unless a name says otherwise, rates percent.'

export function openApiJson(routes: readonly Route[], text: readonly TextRoute[], version: string): string {
  return JSON.stringify(openApiDocument(routes, text, version))
}

export function openApiDocument(
  routes: readonly Route[],
  text: readonly TextRoute[],
  version: string,
): OpenApiDocument {
  const components = createComponents()
  const paths: OpenApiDocument['paths'] = {}
  for (const route of routes) {
    const item = (paths[openApiPath(route.path)] ??= {})
    item[route.method] = describeRoute(route, components)
  }
  for (const route of text) {
    const { operation, tag, summary, contentType } = route
    const media = contentType.split(';')[0] ?? contentType
    const responses = { 200: { description: summary, content: { [media]: { schema: { type: 'string' } } } } }
    const parameters =
      'query' in route ? { parameters: parametersOf(components.inline(route.query, 'input'), 'query') } : {}
    paths[openApiPath(route.path)] = { get: { operationId: operation, tags: [tag], summary, ...parameters, responses } }
  }
  const tags = [...new Set([...routes, ...text].map((route) => route.tag))].map((name) => ({ name }))
  return {
    openapi: '3.1.0',
    info: { title: 'Signalbox', version, description: DESCRIPTION },
    tags,
    paths,
    components: { schemas: components.schemas() },
  }
}

/** `/api/messages/:id` as OpenAPI writes it: `/api/messages/{id}`. */
export function openApiPath(path: string): string {
  return path.replaceAll(/:(\w+)/g, '{$1}')
}

function describeRoute(route: Route, components: Components): Operation {
  const parameters = [
    ...parametersOf(components.inline(route.params, 'input'), 'path'),
    ...parametersOf(components.inline(route.query, 'input'), 'query'),
    ...Object.entries(route.headers).map(([name, description]) => ({
      name,
      in: 'header',
      required: false,
      description,
      schema: { type: 'string' },
    })),
  ]
  return {
    operationId: route.operation,
    tags: [route.tag],
    summary: route.summary,
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(route.body ? { requestBody: requestBody(route, route.body, components) } : {}),
    responses: { [route.status]: success(route, components), ...refusals(route, components) },
  }
}

function parametersOf(schema: JsonSchema, place: 'path' | 'query'): object[] {
  const required = new Set(schema.required)
  return Object.entries(schema.properties ?? {}).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || required.has(name),
    schema: property,
  }))
}

function requestBody(route: Route, body: z.ZodType, components: Components): object {
  const required = !body.safeParse({}).success
  const content: Record<string, unknown> = { schema: components.reference(body, 'input') }
  if (route.example.body !== undefined) content['example'] = route.example.body
  return { required, content: { 'application/json': content } }
}

function success(route: Route, components: Components): object {
  const content: Record<string, unknown> = { schema: components.reference(okReply(route.data), 'output') }
  if (route.example.data !== undefined) content['example'] = { code: 0, message: 'ok', data: route.example.data }
  return { description: route.status === 202 ? 'Stored durably' : 'Done', content: { 'application/json': content } }
}

/** One response per status, naming the errors that it may carry in `details.error`. */
function refusals(route: Route, components: Components): Record<string, object> {
  const names: ErrorName[] = [...COMMON_ERRORS, ...(route.method === 'get' ? [] : UNSAFE_ERRORS), ...route.errors]
  const schema = components.reference(errorReplySchema, 'output')
  const byStatus = Map.groupBy(new Set(names), (name) => String(HTTP_STATUS[name]))
  return Object.fromEntries(
    [...byStatus].map(([status, reasons]) => [
      status,
      { description: reasons.join(', '), content: { 'application/json': { schema } } },
    ]),
  )
}
