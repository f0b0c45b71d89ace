/**
 * Follows each message through its four nodes. What runs is kept here in memory; with the result the nodes of the attempt
 * go to disk in the same transaction. A trace is read as: stored attempts, receipts, and what runs or waits now.
 */
import type { LookupAnswer } from '@signalbox/contracts'
import type { Clock } from '../clock.ts'
import type { MessageRecord } from '../messages/record.ts'
import { isWaiting } from '../messages/states.ts'
import type { Look } from '../lookups/store.ts'
import type { StoredTrace } from './store.ts'
import type { Trace, TraceNode } from './trace.ts'

export interface AttemptTrace {
  readonly nodes: readonly TraceNode[]
  /** Rendering and checks are done (or failed); the call to the provider begins. */
  prepared(error?: { code: string; message: string }): void
  /** The provider answered, or was given up. `receipt`: whether one may still come. */
  answered(
    status: 'succeeded' | 'failed' | 'unknown',
    receipt: boolean,
    error?: { code: string; message: string },
  ): void
  end(): void
}

export interface Tracer {
  begin(record: MessageRecord, queuedAt: number, worker: string): AttemptTrace
  /** The nodes of the attempt under way. */
  running(recordId: number): readonly TraceNode[]
}

export function createTracer(clock: Clock): Tracer {
  const active = new Map<number, TraceNode[]>()

  return {
    begin(record, queuedAt, worker) {
      const { attempt, serviceId } = record
      const claimedAt = record.claimedAt ?? clock.now()
      const nodes: TraceNode[] = [
        nodeOf('queue', attempt, queuedAt, claimedAt, 'succeeded', null, null),
        nodeOf('process', attempt, claimedAt, null, 'running', worker, null),
      ]
      active.set(record.id, nodes)

      function finish(status: TraceNode['status'], error?: { code: string; message: string }): void {
        const node = nodes[nodes.length - 1] as TraceNode
        node.status = status
        node.finishedAt = clock.now()
        node.errorCode = error?.code ?? null
        node.error = error?.message ?? null
      }

      return {
        nodes,
        prepared(error) {
          finish(error ? 'failed' : 'succeeded', error)
          if (!error) nodes.push(nodeOf('send', attempt, clock.now(), null, 'running', worker, serviceId))
        },
        answered(status, receipt, error) {
          finish(status, error)
          if (status === 'failed') return
          const at = clock.now()
          nodes.push(
            nodeOf('callback', attempt, at, receipt ? null : at, receipt ? 'pending' : 'none', null, serviceId),
          )
        },
        end() {
          if (active.get(record.id) === nodes) active.delete(record.id)
        },
      }
    },
    running: (recordId) => (active.get(recordId) ?? []).map((node) => ({ ...node })),
  }
}

function nodeOf(
  name: TraceNode['name'],
  attempt: number,
  startedAt: number,
  finishedAt: number | null,
  status: TraceNode['status'],
  worker: string | null,
  serviceId: number | null,
): TraceNode {
  return { name, attempt, startedAt, finishedAt, status, worker, serviceId, errorCode: null, error: null }
}

/** Puts a trace together from what is on disk, what runs, and what the record itself says. Pure. */
export function assembleTrace(
  record: MessageRecord,
  stored: StoredTrace & { looks: readonly Look[] },
  running: readonly TraceNode[],
  waiting: Trace['waiting'],
): Trace {
  const known = new Set(stored.nodes.map((node) => node.attempt))
  const nodes = [...stored.nodes, ...running.filter((node) => !known.has(node.attempt))]
  return {
    message: record,
    nodes: withLooks(withReceipts([...nodes, ...impliedNodes(record, nodes)], stored), stored.looks),
    waiting: isWaiting(record.state) ? waiting : null,
  }
}

/** Nodes that nobody wrote because nothing has run: a wait, its end without an attempt, an attempt cut off by a crash. */
function impliedNodes(record: MessageRecord, nodes: readonly TraceNode[]): TraceNode[] {
  const last = nodes.at(-1)
  const base = { worker: null, serviceId: null, errorCode: null, error: null }
  const waitedFrom = last ? (last.finishedAt ?? record.updatedAt) : record.acceptedAt
  const next = (last?.attempt ?? 0) + 1
  if (isWaiting(record.state)) {
    return [{ ...base, name: 'queue', attempt: next, startedAt: waitedFrom, finishedAt: null, status: 'waiting' }]
  }
  if (record.state === 'cancelled' || record.state === 'expired') {
    const { errorCode, errorMessage: error, finishedAt, state: status } = record
    return [{ ...base, name: 'queue', attempt: next, startedAt: waitedFrom, finishedAt, status, errorCode, error }]
  }
  if (last && last.attempt >= record.attempt) return []
  const { attempt, serviceId, claimedAt, errorCode, errorMessage: error } = record
  const startedAt = claimedAt ?? waitedFrom
  return [
    { ...base, name: 'queue', attempt, startedAt: waitedFrom, finishedAt: startedAt, status: 'succeeded' },
    record.state === 'sending'
      ? { ...base, name: 'process', attempt, startedAt, finishedAt: null, status: 'running' }
      : {
          name: 'send',
          attempt,
          startedAt,
          finishedAt: record.finishedAt,
          status: 'unknown',
          worker: null,
          serviceId,
          errorCode,
          error,
        },
  ]
}

/**
 * A receipt closes the pending callback; a further one (read after delivered) is a node of its own. One that tells of a
 * delay stands on the callback while that is pending.
 */
function withReceipts(nodes: TraceNode[], stored: StoredTrace): TraceNode[] {
  for (const receipt of stored.receipts) {
    const pending = nodes.findIndex((node) => node.name === 'callback' && node.status === 'pending')
    if (receipt.state === 'delayed') {
      const waiting = nodes[pending]
      if (waiting) nodes[pending] = { ...waiting, errorCode: receipt.code ?? null, error: receipt.detail ?? null }
      continue
    }
    const before = nodes[pending] ?? nodes.findLast((node) => node.name === 'callback' || node.name === 'send')
    if (!before) continue
    const failed = receipt.state === 'failed'
    const node: TraceNode = {
      ...before,
      name: 'callback',
      startedAt: pending >= 0 ? Math.min(before.startedAt, receipt.at) : (before.finishedAt ?? before.startedAt),
      finishedAt: receipt.at,
      status: failed ? 'failed' : 'succeeded',
      errorCode: failed ? (receipt.code ?? null) : null,
      error: failed ? (receipt.detail ?? null) : null,
      receipt: { state: receipt.state, detail: failed ? null : (receipt.detail ?? null) },
    }
    if (pending >= 0) nodes[pending] = node
    else nodes.push(node)
  }
  return nodes
}

const LOOK_STATUS: Record<LookupAnswer, TraceNode['status']> = {
  accepted: 'succeeded',
  delivered: 'succeeded',
  failed: 'failed',
  not_found: 'failed',
  unknown: 'unknown',
}

/** Each look is a callback of its own, after the others of its attempt. One that leaves nothing open closes the pending one. */
function withLooks(nodes: TraceNode[], looks: readonly Look[]): TraceNode[] {
  for (const { attempt, serviceId, startedAt, at, answer, code, detail } of looks) {
    const decides = answer === 'failed' || answer === 'not_found'
    const pending = nodes.findIndex((node) => node.attempt === attempt && node.status === 'pending')
    if (decides && pending >= 0) nodes.splice(pending, 1)
    const said = detail === null ? answer : `${answer}: ${detail}`
    nodes.splice(nodes.findLastIndex((node) => node.attempt === attempt) + 1, 0, {
      ...{ name: 'callback', attempt, startedAt, finishedAt: at, status: LOOK_STATUS[answer], worker: null, serviceId },
      ...{ errorCode: code, error: `asked the provider what became of it: ${said}`, lookup: answer },
    })
  }
  return nodes
}
