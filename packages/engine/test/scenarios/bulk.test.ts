import { describe, expect, it } from 'vitest'
import type { BulkJob } from '../../src/messages/bulk.ts'
import { once } from '../../src/events.ts'
import { openEngine, type Bench } from '../support/engine.ts'
import { REJECTED, TIMED_OUT } from '../support/provider.ts'

const filter = {}

async function accepted(bench: Bench, count: number, change: object = {}): Promise<number[]> {
  const ids: number[] = []
  for (let i = 0; i < count; i++) {
    const { id } = await bench.engine.messages.accept({
      templateId: bench.templateId,
      recipient: `1380000000${i}`,
      variables: { name: 'Ada' },
      ...change,
    })
    ids.unshift(id)
  }
  return ids
}

/** So many messages that the provider refused for good. */
async function failed(bench: Bench, count: number, change: object = {}): Promise<number[]> {
  const { engine, provider } = bench
  provider.answerWith(REJECTED)
  const ids: number[] = []
  for (let i = 0; i < count; i++) {
    const ended = once(engine.events, 'message:failed')
    ids.unshift(...(await accepted(bench, 1, { recipient: `1380000000${i}`, ...change })))
    await ended
  }
  return ids
}

async function finished({ engine }: Bench, { id }: BulkJob): Promise<BulkJob> {
  for (;;) {
    const job = await engine.bulk.get(id)
    if (job.state !== 'running') return job
  }
}

const stateOf = async ({ engine }: Bench, id: number) => (await engine.messages.get(id))?.state

describe('a bulk action', () => {
  it('counts exactly what its filter finds and it can act on, with those that share recipient and template', async () => {
    const bench = await openEngine()
    const ids = await failed(bench, 3)
    await failed(bench, 2, { recipient: '13900000000' })
    await bench.engine.pause({ channel: 'sms' })
    await accepted(bench, 1)
    const { bulk } = bench.engine
    expect(await bulk.preview('retry', filter)).toMatchObject({ count: 5, duplicates: 2 })
    expect(await bulk.preview('retry', { recipient: '13800000001' })).toMatchObject({ count: 1, duplicates: 0 })
    expect(await bulk.preview('retry', { before: ids[0] })).toMatchObject({ count: 2, before: (ids[1] ?? 0) + 1 })
    expect(await bulk.preview('cancel', filter)).toMatchObject({ count: 1 })
    expect(await bulk.preview('cancel', { status: 'failed' })).toEqual({ count: 0, duplicates: 0, before: 0 })
  })

  it('moves as many as were counted, none that came later, and says so', async () => {
    const bench = await openEngine()
    const ids = await failed(bench, 3)
    const { bulk } = bench.engine
    const counted = await bulk.preview('retry', filter)
    const [later] = await failed(bench, 1, { recipient: '13900000000' })
    await bench.engine.pause({ channel: 'sms' })
    const job = await bulk.start({ action: 'retry', filter, ...counted, note: 'provider is back' })
    expect(await finished(bench, job)).toMatchObject({ state: 'done', total: 3, moved: 3, skipped: 0, undoable: true })
    expect(await Promise.all(ids.map((id) => stateOf(bench, id)))).toEqual(['queued', 'queued', 'queued'])
    expect(await stateOf(bench, later ?? 0)).toBe('failed')
  })

  it('leaves alone what has moved on between the counting and its turn', async () => {
    const bench = await openEngine()
    const [last] = await failed(bench, 3)
    await bench.engine.pause({ channel: 'sms' })
    const counted = await bench.engine.bulk.preview('retry', filter)
    await bench.engine.messages.retry(last ?? 0)
    const job = await bench.engine.bulk.start({ action: 'retry', filter, ...counted })
    expect(await finished(bench, job)).toMatchObject({ state: 'done', total: 3, moved: 2, skipped: 1 })
  })

  it('that put messages back is taken back: what still waits is cancelled', async () => {
    const bench = await openEngine()
    const ids = await failed(bench, 3)
    const { bulk } = bench.engine
    await bench.engine.pause({ channel: 'sms' })
    const job = await bulk.start({ action: 'retry', filter, ...(await bulk.preview('retry', filter)) })
    await finished(bench, job)
    const undo = await bulk.undo(job.id)
    expect(await finished(bench, undo)).toMatchObject({ action: 'cancel', moved: 3, undoes: job.id })
    expect(await Promise.all(ids.map((id) => stateOf(bench, id)))).toEqual(['cancelled', 'cancelled', 'cancelled'])
    await expect(bulk.undo(job.id)).rejects.toMatchObject({ reason: 'conflict' })
  })

  it('is stopped half way: what was moved stays moved, the rest is untouched', async () => {
    const bench = await openEngine({ start: false })
    const input = { templateId: bench.templateId, recipients: ['13800000000'], variablesList: [{ name: 'Ada' }] }
    const times = <T>(list: T[]) => Array.from({ length: 1_200 }, () => list[0] as T)
    await bench.engine.messages.acceptBatch({
      ...input,
      recipients: times(input.recipients),
      variablesList: times(input.variablesList),
    })
    const { bulk, events } = bench.engine
    const firstStep = once(events, 'bulk:changed', ({ moved }) => moved > 0)
    events.on('bulk:changed', ({ id, state, moved }) => state === 'running' && moved > 0 && void bulk.stop(id))
    const job = await bulk.start({ action: 'cancel', filter, ...(await bulk.preview('cancel', filter)) })
    expect(job).toMatchObject({ state: 'running', total: 1_200 })
    await firstStep
    expect(await finished(bench, job)).toMatchObject({ state: 'stopped', total: 1_200, moved: 500 })
    expect(await bulk.preview('cancel', filter)).toMatchObject({ count: 700 })
  })

  it('resolves what is unknown', async () => {
    const bench = await openEngine()
    bench.provider.answerWith(TIMED_OUT)
    const ended = once(bench.engine.events, 'message:unknown')
    const [id] = await accepted(bench, 1)
    await ended
    const { bulk } = bench.engine
    const job = await bulk.start({ action: 'mark_sent', filter, ...(await bulk.preview('mark_sent', filter)) })
    expect(await finished(bench, job)).toMatchObject({ state: 'done', moved: 1, undoable: false })
    expect(await stateOf(bench, id ?? 0)).toBe('sent')
  })

  it('refuses a filter that finds nothing to act on, and an id that no action has', async () => {
    const bench = await openEngine()
    const { bulk } = bench.engine
    await expect(bulk.start({ action: 'retry', filter, count: 0, before: 0 })).rejects.toMatchObject({
      reason: 'invalid',
    })
    await expect(bulk.get(7)).rejects.toThrow('expected a bulk action with id 7, got none')
  })
})

describe('one box', () => {
  it('finds a message by trace id, record id, idempotency key and recipient', async () => {
    const bench = await openEngine()
    const idempotency = { key: 'order-4711', bodyHash: 'h' }
    const [id] = await accepted(bench, 1, { recipient: '13900000000', idempotency })
    const { traceId } = await bench.engine.messages.accept({
      templateId: bench.templateId,
      recipient: '13800000000',
      variables: { name: 'Ada' },
    })
    expect((await bench.engine.find(` ${traceId} `)).message?.recipient).toBe('13800000000')
    expect((await bench.engine.find(String(id))).message?.id).toBe(id)
    expect((await bench.engine.find('order-4711')).key).toMatchObject({ kind: 'message', id, message: { id } })
    expect((await bench.engine.find('13900000000')).recipient).toMatchObject({ messages: [{ id }], more: false })
    expect(await bench.engine.find('nobody')).toEqual({ message: null, key: null, recipient: null })
  })

  it('finds the task of a batch by its idempotency key', async () => {
    const bench = await openEngine()
    const { taskId } = await bench.engine.messages.acceptBatch({
      templateId: bench.templateId,
      recipients: ['13800000000'],
      variablesList: [{ name: 'Ada' }],
      idempotency: { key: 'campaign-1', bodyHash: 'h' },
    })
    expect((await bench.engine.find('campaign-1')).key).toEqual({ kind: 'task', taskId })
  })
})
