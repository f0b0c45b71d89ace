import type { Trace, TraceNode } from '@signalbox/contracts'
import { traceIdOf, type Trace as TraceRecord, type TraceNode as NodeRecord } from '@signalbox/engine'
import { presentMessage } from './message.ts'
import type { View } from './view.ts'

export function presentTrace({ message, nodes, waiting }: TraceRecord, view: View, now: number): Trace {
  return {
    trace_id: traceIdOf(message.id),
    record_id: message.id,
    message: presentMessage(message, view),
    trace_data: { nodes: nodes.map((node) => presentNode(node, view)) },
    statistics: {
      total_duration_ms: totalMs(nodes, now),
      node_count: nodes.length,
      success_rate: successRate(nodes),
    },
    waiting: waiting && {
      reason: waiting.reason,
      until: waiting.until === null ? null : view.instant(waiting.until),
      detail: waiting.detail,
    },
    settings_version: message.settingsVersion,
    traceparent: message.traceparent,
  }
}

function presentNode(node: NodeRecord, { instant, names }: View): TraceNode {
  const { name, attempt, startedAt, finishedAt, status, worker, error } = node
  return {
    name,
    attempt,
    start_time: instant(startedAt),
    finish_time: finishedAt === null ? null : instant(finishedAt),
    duration_ms: finishedAt === null ? null : Math.max(0, finishedAt - startedAt),
    status,
    worker,
    service: names.service(node.serviceId),
    error_code: node.errorCode,
    error,
  }
}

/** From the first start to the last finish; to now while a node runs. A receipt that may still come is not waited for. */
function totalMs(nodes: readonly NodeRecord[], now: number): number {
  if (nodes.length === 0) return 0
  const start = Math.min(...nodes.map((node) => node.startedAt))
  const ends = nodes.map((node) => node.finishedAt ?? (isOpen(node) ? now : node.startedAt))
  return Math.max(0, Math.max(...ends) - start)
}

function isOpen({ status }: NodeRecord): boolean {
  return status === 'running' || status === 'waiting'
}

function successRate(nodes: readonly NodeRecord[]): number | null {
  // A callback that never comes is neither a success nor a failure of anything.
  const finished = nodes.filter((node) => node.finishedAt !== null && node.status !== 'none')
  if (finished.length === 0) return null
  const succeeded = finished.filter((node) => node.status === 'succeeded').length
  return Math.round((succeeded / finished.length) * 10_000) / 100
}
