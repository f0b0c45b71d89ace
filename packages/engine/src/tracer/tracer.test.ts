import type { ReceiptEvent } from '@signalbox/channels/adapter'
import { MESSAGE_STATES, type MessageState } from '@signalbox/contracts'
import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../test/support/manual-clock.ts'
import { newRecord } from '../../test/support/records.ts'
import type { MessageRecord } from '../messages/record.ts'
import type { Trace, TraceNode } from './trace.ts'
import { assembleTrace, createTracer } from './tracer.ts'

const T0 = Date.UTC(2026, 0, 15, 8)
const NO_WORKER: Trace['waiting'] = { reason: 'no_worker', until: null, detail: '20 of 20 workers are busy' }

/** The nodes of an attempt as the tracer writes them: claimed at 100 ms, prepared at 110, answered at 200. */
function attemptNodes(
  attempt: number,
  answer: 'succeeded' | 'failed' | 'unknown',
  receipt: boolean,
  from = 0,
): TraceNode[] {
  const clock = new ManualClock(T0 + from + 100)
  const record = newRecord({ state: 'sending', attempt, serviceId: 7, claimedAt: clock.now() })
  const trace = createTracer(clock).begin(record, T0 + from, 'message_sender-1')
  clock.advance(10)
  trace.prepared()
  clock.advance(90)
  const error = answer === 'succeeded' ? undefined : { code: '503', message: 'unavailable' }
  trace.answered(answer, receipt, error)
  return [...trace.nodes]
}

function assemble(
  record: MessageRecord,
  nodes: TraceNode[],
  receipts: ReceiptEvent[] = [],
  running: TraceNode[] = [],
): Trace {
  return assembleTrace(record, { nodes, receipts, looks: [] }, running, NO_WORKER)
}

/** `name status start-finish`, in ms after the acceptance. */
function shown({ nodes }: Trace): string[] {
  return nodes.map(({ name, status, startedAt, finishedAt }) => {
    return `${name} ${status} ${startedAt - T0}-${finishedAt === null ? '' : finishedAt - T0}`
  })
}

const receipt = (state: ReceiptEvent['state'], at: number): ReceiptEvent => ({ recordId: 1, state, at: T0 + at })

describe('the trace of a message', () => {
  it('that waits is one open node in the queue lane, with the reason', () => {
    for (const state of ['queued', 'scheduled'] as const) {
      const trace = assemble(newRecord({ state }), [])
      expect(shown(trace)).toEqual(['queue waiting 0-'])
      expect(trace.waiting).toEqual(NO_WORKER)
    }
  })

  it('that is being sent shows what runs', () => {
    const clock = new ManualClock(T0 + 100)
    const tracer = createTracer(clock)
    const record = newRecord({ state: 'sending', attempt: 1, serviceId: 7, claimedAt: T0 + 100 })
    const attempt = tracer.begin(record, T0, 'message_sender-1')
    expect(shown(assemble(record, [], [], [...tracer.running(1)]))).toEqual([
      'queue succeeded 0-100',
      'process running 100-',
    ])
    clock.advance(10)
    attempt.prepared()
    expect(shown(assemble(record, [], [], [...tracer.running(1)]))).toEqual([
      'queue succeeded 0-100',
      'process succeeded 100-110',
      'send running 110-',
    ])
    attempt.end()
    expect(tracer.running(1)).toEqual([])
  })

  it('that is delayed on its way says so on the callback that it waits for, until that comes', () => {
    const record = newRecord({ state: 'sent', attempt: 1 })
    const nodes = attemptNodes(1, 'succeeded', true)
    const delayed = { ...receipt('delayed', 900), code: '4.4.1', detail: 'connect to mail.example.com: timed out' }
    const last = (...receipts: ReceiptEvent[]) => assemble(record, nodes, receipts).nodes.slice(3)
    const told = { errorCode: '4.4.1', error: 'connect to mail.example.com: timed out' }
    expect(last(delayed)).toMatchObject([{ name: 'callback', status: 'pending', finishedAt: null, ...told }])
    const delivered = { status: 'succeeded', errorCode: null, error: null }
    expect(last(delayed, receipt('delivered', 990))).toMatchObject([{ ...delivered, finishedAt: T0 + 990 }])
    expect(last(receipt('delivered', 800), delayed)).toMatchObject([{ ...delivered, finishedAt: T0 + 800 }])
  })

  it('that is being sent by a process that cannot be asked shows that it runs', () => {
    const record = newRecord({ state: 'sending', attempt: 1, claimedAt: T0 + 100 })
    expect(shown(assemble(record, []))).toEqual(['queue succeeded 0-100', 'process running 100-'])
  })

  it('that was sent ends without a callback, or with one that is awaited', () => {
    const record = newRecord({ state: 'sent', attempt: 1 })
    const three = ['queue succeeded 0-100', 'process succeeded 100-110', 'send succeeded 110-200']
    expect(shown(assemble(record, attemptNodes(1, 'succeeded', false)))).toEqual([...three, 'callback none 200-200'])
    expect(shown(assemble(record, attemptNodes(1, 'succeeded', true)))).toEqual([...three, 'callback pending 200-'])
  })

  it('that was delivered and read shows both receipts, in the order of their times', () => {
    const record = newRecord({ state: 'read', attempt: 1 })
    const nodes = attemptNodes(1, 'succeeded', true)
    const trace = assemble(record, nodes, [receipt('delivered', 500), receipt('read', 900)])
    expect(shown(trace).slice(3)).toEqual(['callback succeeded 200-500', 'callback succeeded 500-900'])
  })

  it('that failed by its receipt says so in the callback lane', () => {
    const record = newRecord({ state: 'failed', attempt: 1 })
    const said = { ...receipt('failed', 700), code: 'UNDELIV', detail: 'phone off' }
    const trace = assemble(record, attemptNodes(1, 'succeeded', true), [said])
    expect(trace.nodes.at(-1)).toMatchObject({
      name: 'callback',
      status: 'failed',
      errorCode: 'UNDELIV',
      error: 'phone off',
    })
  })

  it('that was rejected ends in the send lane with the error, and has no callback', () => {
    const trace = assemble(newRecord({ state: 'failed', attempt: 1 }), attemptNodes(1, 'failed', false))
    expect(trace.nodes.at(-1)).toMatchObject({ name: 'send', status: 'failed', errorCode: '503', error: 'unavailable' })
  })

  it('that could not be rendered ends in the process lane', () => {
    const clock = new ManualClock(T0 + 100)
    const record = newRecord({ state: 'sending', attempt: 1, claimedAt: T0 + 100 })
    const attempt = createTracer(clock).begin(record, T0, 'w')
    attempt.prepared({ code: 'render_failed', message: 'no version 1' })
    const trace = assemble(newRecord({ state: 'failed', attempt: 1 }), [...attempt.nodes])
    expect(shown(trace)).toEqual(['queue succeeded 0-100', 'process failed 100-100'])
  })

  it('that waits for its retry shows the attempt that failed and the wait behind it', () => {
    const record = newRecord({ state: 'queued', attempt: 1, updatedAt: T0 + 200 })
    const trace = assemble(record, attemptNodes(1, 'failed', false))
    expect(shown(trace)).toEqual([
      'queue succeeded 0-100',
      'process succeeded 100-110',
      'send failed 110-200',
      'queue waiting 200-',
    ])
    expect(trace.nodes.map(({ attempt }) => attempt)).toEqual([1, 1, 1, 2])
  })

  it('of several attempts shows them all, the running one last', () => {
    const record = newRecord({ state: 'sending', attempt: 2, claimedAt: T0 + 1_100 })
    const running = attemptNodes(2, 'succeeded', true, 1_000).slice(0, 2)
    const trace = assemble(record, attemptNodes(1, 'failed', false), [], running)
    expect(trace.nodes.map(({ attempt, name }) => `${attempt} ${name}`)).toEqual([
      '1 queue',
      '1 process',
      '1 send',
      '2 queue',
      '2 process',
    ])
  })

  it('whose result is on disk already does not show the attempt twice', () => {
    const nodes = attemptNodes(1, 'succeeded', false)
    expect(assemble(newRecord({ state: 'sent', attempt: 1 }), nodes, [], nodes).nodes).toHaveLength(4)
  })

  it('that was cut off by a crash shows a call whose outcome is unknown', () => {
    const record = newRecord({
      state: 'unknown',
      attempt: 1,
      serviceId: 7,
      claimedAt: T0 + 100,
      finishedAt: T0 + 9_000,
      errorCode: 'crashed',
      errorMessage: 'the process ended',
    })
    const trace = assemble(record, [])
    expect(shown(trace)).toEqual(['queue succeeded 0-100', 'send unknown 100-9000'])
    expect(trace.nodes.at(-1)).toMatchObject({ serviceId: 7, errorCode: 'crashed', error: 'the process ended' })
  })

  it('that was cancelled or expired ends in the queue lane', () => {
    for (const state of ['cancelled', 'expired'] as const) {
      const trace = assemble(newRecord({ state, finishedAt: T0 + 500 }), [])
      expect(shown(trace)).toEqual([`queue ${state} 0-500`])
      expect(trace.waiting).toBeNull()
    }
  })

  it('has nodes in every state, says why it waits only while it waits, and never runs once it has ended', () => {
    for (const state of MESSAGE_STATES) {
      const waits = state === 'queued' || state === 'scheduled'
      const claimed: Partial<MessageRecord> = waits ? {} : { attempt: 1, claimedAt: T0 + 100, finishedAt: T0 + 500 }
      const trace = assemble(newRecord({ state, ...claimed }), [])
      expect(trace.nodes.length).toBeGreaterThan(0)
      expect(trace.waiting !== null).toBe(waits)
      const open = trace.nodes.some(({ finishedAt }) => finishedAt === null)
      expect(open).toBe((['queued', 'scheduled', 'sending'] satisfies MessageState[] as MessageState[]).includes(state))
    }
  })
})
