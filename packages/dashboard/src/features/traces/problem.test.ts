import type { MessageRow, MessageState, Trace, TraceNode } from '@signalbox/contracts'
import { describe, expect, it } from 'vitest'
import { problemOf } from './problem.ts'

const AT = '2026-01-05T09:00:00+08:00'

function node(fields: Partial<TraceNode>): TraceNode {
  return {
    name: 'send',
    attempt: 1,
    start_time: AT,
    finish_time: AT,
    duration_ms: 0,
    status: 'succeeded',
    worker: null,
    service: 'sms-1',
    error_code: null,
    error: null,
    receipt: null,
    percentile: null,
    ...fields,
  }
}

function trace(status: MessageState, nodes: TraceNode[], fields: Partial<MessageRow> = {}): Trace {
  const message: MessageRow = {
    record_id: 1,
    trace_id: 'msg_00000000001',
    channel: 'sms',
    recipient: '138****8000',
    template_id: 1,
    template_name: 'Code',
    template_version: 1,
    status,
    priority: 5,
    attempt: 1,
    service: 'sms-1',
    task_id: null,
    pending_reason: null,
    due_at: null,
    error_code: null,
    error_message: null,
    created_at: AT,
    updated_at: AT,
    finished_at: null,
    duration_ms: null,
    ...fields,
  }
  return {
    trace_id: 'msg_00000000001',
    record_id: 1,
    message,
    trace_data: { nodes },
    statistics: { total_duration_ms: 0, node_count: nodes.length, success_rate: null },
    waiting: null,
    usual: { since: '2026-01-15T07:00:00Z', stages: [] },
    settings_version: 1,
    settings_version_now: 1,
    traceparent: null,
  }
}

describe('problemOf', () => {
  it('finds none in a message that went through, also at the second attempt', () => {
    expect(problemOf(trace('sent', [node({})]))).toBeNull()
    expect(problemOf(trace('delivered', [node({ status: 'failed' }), node({ attempt: 2 })]))).toBeNull()
  })

  it('tells the error and the code of a failed message', () => {
    const failed = trace('failed', [
      node({ status: 'failed', error_code: 'isv.X', error: 'no such number', percentile: null }),
    ])
    expect(problemOf(failed)).toEqual({
      kind: 'failed',
      suppression: null,
      attempt: 1,
      code: 'isv.X',
      text: 'no such number',
      service: 'sms-1',
    })
  })

  it('prefers what the message says of itself', () => {
    const nodes = [node({ status: 'failed', error_code: 'A', error: 'a', percentile: null })]
    expect(problemOf(trace('failed', nodes, { error_code: 'B', error_message: 'b' }))).toMatchObject({
      code: 'B',
      text: 'b',
    })
  })

  it('says that a failed attempt will be tried again while the message is under way', () => {
    const nodes = [
      node({ status: 'failed', error: 'busy', percentile: null }),
      node({ name: 'queue', attempt: 2, status: 'waiting' }),
    ]
    expect(problemOf(trace('queued', nodes))).toMatchObject({ kind: 'retrying', attempt: 1, text: 'busy' })
  })

  it('tells an expiry before any attempt, and an outcome that nobody knows', () => {
    expect(
      problemOf(trace('expired', [node({ name: 'queue', status: 'expired', service: null })], { service: null })),
    ).toMatchObject({
      kind: 'expired',
      service: null,
    })
    expect(problemOf(trace('unknown', [node({ status: 'unknown' })]))).toMatchObject({ kind: 'unknown' })
  })

  it('leads to what a suppressed message was stopped by', () => {
    const told = { error_message: 'its recipient is not to be written to: manual since … (suppression 42)' }
    const suppressed = problemOf(trace('failed', [], { ...told, error_code: 'suppressed' }))
    expect(suppressed?.suppression).toBe(42)
    expect(problemOf(trace('failed', [], { ...told, error_code: 'E1' }))?.suppression).toBeNull()
  })
})
