import { describe, expect, it } from 'vitest'
import { openServer } from '../../test/support/server.ts'
import type { OpenApiDocument } from './document.ts'

type Route = [method: string, path: string]

/** The calls of PRODUCT.md's table. */
const PROMISED: Route[] = [
  ['get', '/api/messages/templates'],
  ['post', '/api/messages/templates'],
  ['get', '/api/messages/templates/{id}'],
  ['put', '/api/messages/templates/{id}'],
  ['delete', '/api/messages/templates/{id}'],
  ['get', '/api/messages/templates/{id}/versions'],
  ['get', '/api/messages/templates/{id}/versions/{version}'],
  ['post', '/api/messages/templates/{id}/publish'],
  ['post', '/api/messages/templates/{id}/rollback'],
  ['get', '/api/messages/templates/export'],
  ['get', '/api/messages/templates/usage'],
  ['post', '/api/messages/templates/import'],
  ['post', '/api/messages/templates/compile'],
  ['post', '/api/messages/templates/{id}/duplicate'],
  ['get', '/api/messages/templates/{id}/payloads'],
  ['post', '/api/messages/templates/{id}/render'],
  ['post', '/api/messages/templates/{id}/test'],
  ['post', '/api/messages/templates/{id}/test-send'],
  ['get', '/api/messages/templates/{id}/experiment'],
  ['post', '/api/messages/templates/{id}/experiment'],
  ['post', '/api/messages/templates/{id}/experiment/end'],
  ['post', '/api/messages/templates/{id}/experiment/promote'],
  ['post', '/api/messages/send'],
  ['post', '/api/messages/send-batch'],
  ['get', '/api/messages/traces/{id}'],
  ['get', '/api/messages/statistics/overview'],
  ['get', '/api/messages/statistics/realtime'],
  ['get', '/api/messages'],
  ['post', '/api/inbox/tokens'],
  ['get', '/api/messages/find'],
  ['get', '/api/messages/export.csv'],
  ['get', '/api/messages/views'],
  ['put', '/api/messages/views/{name}'],
  ['delete', '/api/messages/views/{name}'],
  ['post', '/api/messages/bulk/preview'],
  ['post', '/api/messages/bulk'],
  ['get', '/api/messages/bulk'],
  ['get', '/api/messages/bulk/{jobId}'],
  ['post', '/api/messages/bulk/{jobId}/stop'],
  ['post', '/api/messages/bulk/{jobId}/undo'],
  ['get', '/api/messages/{id}'],
  ['get', '/api/messages/{id}/explain'],
  ['post', '/api/messages/{id}/cancel'],
  ['post', '/api/messages/{id}/retry'],
  ['post', '/api/messages/{id}/resolve'],
  ['post', '/api/messages/{id}/reveal'],
  ['get', '/api/pauses'],
  ['post', '/api/channels/{channel}/pause'],
  ['post', '/api/channels/{channel}/resume'],
  ['post', '/api/queues/{queue}/pause'],
  ['post', '/api/queues/{queue}/resume'],
  ['get', '/health'],
  ['get', '/api/system/health'],
  ['get', '/api/system/nodes'],
  ['get', '/api/system/pools'],
  ['get', '/api/system/settings'],
  ['get', '/api/system/settings/applied'],
  ['get', '/api/tasks/{taskId}/realtime-status'],
  ['post', '/api/tasks/{taskId}/cancel'],
  ['get', '/metrics'],
  ['get', '/openapi.json'],
  ['get', '/api/monitor/snapshot'],
  ['post', '/api/monitor/conservation/check'],
  ['get', '/api/monitor/rewind'],
  ['get', '/api/monitor/rewind/index'],
  ['get', '/api/alerts'],
  ['get', '/api/alerts/history'],
  ['post', '/api/alerts/{id}/acknowledge'],
  ['post', '/api/alerts/{id}/unacknowledge'],
  ['get', '/api/adapters'],
  ['post', '/api/messages/{id}/reconcile'],
  ['get', '/api/services'],
  ['post', '/api/services'],
  ['get', '/api/services/activity'],
  ['get', '/api/services/{id}'],
  ['put', '/api/services/{id}'],
  ['post', '/api/services/{id}/pause'],
  ['post', '/api/services/{id}/resume'],
  ['post', '/api/services/{id}/drain'],
  ['post', '/api/services/{id}/test'],
  ['get', '/api/suppressions'],
  ['post', '/api/suppressions'],
  ['delete', '/api/suppressions/{id}'],
  ['post', '/api/suppressions/{id}/reveal'],
  ['get', '/api/sandbox/messages'],
]

async function read(): Promise<OpenApiDocument> {
  const server = await openServer()
  const { text } = await server.call('/openapi.json')
  return JSON.parse(text) as OpenApiDocument
}

function routesOf(document: OpenApiDocument): Route[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    Object.keys(item).map((method): Route => [method, path]),
  )
}

describe('the OpenAPI document', () => {
  it('describes every promised call and no other', async () => {
    const document = await read()
    const sort = (routes: Route[]) => routes.map((route) => route.join(' ')).sort()
    expect(document.openapi).toBe('3.1.0')
    expect(sort(routesOf(document))).toEqual(sort(PROMISED))
  })

  it('describes only what is really there', async () => {
    const server = await openServer()
    for (const [method, path] of PROMISED) {
      const reply = await server.call(path.replace(/\{\w+\}/, '12345'), { method: method.toUpperCase() })
      expect([path, reply.status === 405, reply.body?.details?.error === 'not_found']).toEqual([path, false, false])
    }
  })

  it('has every schema that it refers to, once, and no stray ids', async () => {
    const document = await read()
    const text = JSON.stringify(document)
    const referred = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, reference]) => reference)
    expect(referred).toContain('#/components/schemas/SendRequest')
    expect(referred).toContain('#/components/schemas/ErrorReply')
    for (const reference of referred) {
      expect(Object.keys(document.components.schemas)).toContain(reference?.replace('#/components/schemas/', ''))
    }
    expect(text).not.toMatch(/"\$(id|schema|defs)"/)
  })

  it('names operations once, parameters with their place, and errors by status', async () => {
    const { paths } = await read()
    const operations = Object.values(paths).flatMap((item) => Object.values(item))
    expect(new Set(operations.map((operation) => operation.operationId)).size).toBe(operations.length)
    expect(paths['/api/messages/{id}']?.['get']?.parameters).toMatchObject([{ name: 'id', in: 'path', required: true }])
    expect(paths['/api/messages']?.['get']?.parameters).toContainEqual(
      expect.objectContaining({ name: 'limit', in: 'query', required: false }),
    )
    const send = paths['/api/messages/send']?.['post']
    expect(Object.keys(send?.responses ?? {})).toEqual(
      expect.arrayContaining(['202', '400', '403', '404', '409', '413', '415', '422', '429', '500', '503']),
    )
    expect(send?.requestBody).toMatchObject({
      required: true,
      content: { 'application/json': { example: { template_id: 1 } } },
    })
  })
})

describe('/docs', () => {
  it('is served whole from here, with no script in the page', async () => {
    const server = await openServer()
    const page = await server.call('/docs/')
    expect(page.status).toBe(200)
    expect(page.text).not.toMatch(/https?:\/\/|<script>|onload=/)
    const files = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file]) => file ?? '')
    expect(files.length).toBeGreaterThanOrEqual(4)
    for (const file of files) expect([file, (await server.call(file)).status]).toEqual([file, 200])
    expect((await server.call('/docs/start.js')).text).toContain("url: '/openapi.json'")
    expect((await server.call('/docs/package.json')).status).toBe(404)
  })

  it('runs under a policy that lets nothing foreign and nothing inline run', async () => {
    const server = await openServer()
    const policy = String((await server.call('/docs/')).headers['content-security-policy'])
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("script-src 'self';")
    expect(policy).not.toMatch(/unsafe-eval|https?:|\*/)
  })
})
