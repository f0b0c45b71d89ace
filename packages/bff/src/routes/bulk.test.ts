import { bulkJobSchema, bulkPreviewSchema, type BulkJob } from '@signalbox/contracts'
import { describe, expect, it } from 'vitest'
import { openServer, type TestServer } from '../../test/support/server.ts'

const BULK = '/api/messages/bulk'

/** A batch that waits an hour; its task. */
async function batch(server: TestServer, count: number): Promise<number> {
  const [template] = await server.engine.templates.list()
  const body = {
    template_id: template?.id,
    recipients: Array.from({ length: count }, (_, i) => `+86138001380${String(i).padStart(2, '0')}`),
    variables_list: Array.from({ length: count }, () => ({ code: '1' })),
    delay_ms: 3_600_000,
  }
  return (await server.post('/api/messages/send-batch', body)).body.data.task_id
}

async function finished(server: TestServer, { id }: BulkJob): Promise<BulkJob> {
  for (;;) {
    const job = bulkJobSchema.parse((await server.call(`${BULK}/${id}`)).body.data)
    if (job.state !== 'running') return job
  }
}

describe('a bulk action', () => {
  it('is counted, started with that number and followed to its end', async () => {
    const server = await openServer()
    await server.template()
    await batch(server, 5)
    const asked = { action: 'cancel', filter: { channel: 'sms', status: 'scheduled' } }
    const preview = bulkPreviewSchema.parse((await server.post(`${BULK}/preview`, asked)).body.data)
    expect(preview).toMatchObject({ count: 5, duplicates: 0 })
    const { count, before } = preview
    const started = await server.post(BULK, { ...asked, count, before, note: 'wrong text' })
    expect(started.status).toBe(202)
    const job = await finished(server, bulkJobSchema.parse(started.body.data))
    expect(job).toMatchObject({ action: 'cancel', state: 'done', total: 5, moved: 5, skipped: 0, undoable: false })
    expect((await server.call(BULK)).body.data).toEqual([job])
    expect((await server.post(`${BULK}/${job.id}/undo`, {})).status).toBe(409)
    const audit = server.rows("SELECT action FROM audit_log WHERE action LIKE 'bulk%' OR action = 'cancel'")
    expect(audit.map((line) => line['action'])).toEqual(['bulk cancel', ...Array(5).fill('cancel'), 'bulk cancel done'])
  })

  it('that was not counted is refused, and one that is not there told so', async () => {
    const server = await openServer()
    const reply = await server.post(BULK, { action: 'retry', filter: {} })
    expect(reply.body.details.issues?.map(({ path }) => path)).toEqual(['count', 'before'])
    expect((await server.post(BULK, { action: 'erase', filter: {}, count: 1, before: 1 })).status).toBe(422)
    for (const path of ['', '/stop', '/undo']) {
      const absent = await server.call(`${BULK}/7${path}`, { method: path === '' ? 'GET' : 'POST' })
      expect(absent).toMatchObject({ status: 404, body: { details: { error: 'bulk_not_found' } } })
    }
  })
})

describe('a task', () => {
  it('is cancelled: everything of it that still waits, and nothing of another', async () => {
    const server = await openServer()
    await server.template()
    const taskId = await batch(server, 3)
    const other = await batch(server, 2)
    const reply = await server.post(`/api/tasks/${taskId}/cancel`, {})
    expect(reply.status).toBe(202)
    expect(await finished(server, reply.body.data)).toMatchObject({ state: 'done', moved: 3 })
    expect((await server.engine.messages.search({ status: 'scheduled', limit: 10 })).messages).toHaveLength(2)
    expect((await server.engine.tasks.progress(other))?.pending).toBe(2)
    expect((await server.post(`/api/tasks/${taskId}/cancel`, {})).status).toBe(409)
    expect((await server.post('/api/tasks/7/cancel', {})).status).toBe(404)
  })
})
