import { MESSAGE_STATES, type MessageState } from '@signalbox/contracts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createTasks, progressOf } from './progress.ts'
import type { TaskRecord } from './store.ts'

const T0 = Date.UTC(2026, 0, 15)

const task = (changes: Partial<TaskRecord> = {}): TaskRecord => ({
  id: 7,
  total: 10,
  createdAt: T0,
  firstClaimedAt: null,
  waitMsSum: 0,
  waitCount: 0,
  updatedAt: T0,
  counts: { queued: 10 },
  ...changes,
})

describe('the progress of a task', () => {
  it('counts every state on exactly one side: sent, pending or failed', () => {
    const count = fc.integer({ min: 0, max: 1_000 })
    const counts = fc.record(
      Object.fromEntries(MESSAGE_STATES.map((state) => [state, count])) as Record<MessageState, typeof count>,
    )
    fc.assert(
      fc.property(counts, (given) => {
        const total = Object.values(given).reduce((sum, each) => sum + each, 0)
        const { sent, pending, failed, status } = progressOf(task({ total, counts: given }))
        expect(sent + pending + failed).toBe(total)
        expect(status).toBe(pending === 0 ? 'completed' : 'running')
      }),
    )
  })

  it('knows no rate and no end before the first has left', () => {
    expect(progressOf(task())).toEqual({
      taskId: 7,
      status: 'running',
      total: 10,
      sent: 0,
      pending: 10,
      failed: 0,
      counts: { queued: 10 },
      avgWaitMs: null,
      throughput: null,
      estimatedCompletionAt: null,
      lastActivityAt: T0,
    })
  })

  it('expects the rest to take as long per message as what has ended', () => {
    const running = task({
      firstClaimedAt: T0 + 1_000,
      updatedAt: T0 + 3_000,
      waitMsSum: 8_000,
      waitCount: 4,
      counts: { sent: 3, failed: 1, queued: 5, sending: 1 },
    })
    expect(progressOf(running)).toMatchObject({
      avgWaitMs: 2_000,
      throughput: 2,
      estimatedCompletionAt: T0 + 6_000,
      lastActivityAt: T0 + 3_000,
    })
  })

  it('has no end to expect when it is over, or while nothing has ended', () => {
    const claimed = { firstClaimedAt: T0, updatedAt: T0 + 1_000 }
    expect(progressOf(task({ ...claimed, counts: { sent: 10 } })).estimatedCompletionAt).toBeNull()
    expect(progressOf(task({ ...claimed, counts: { sending: 10 } })).estimatedCompletionAt).toBeNull()
  })

  it('is null for a task that does not exist', async () => {
    expect(await createTasks({ get: async () => null }).progress(1)).toBeNull()
  })
})
