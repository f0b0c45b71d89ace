import { TRACE_NODES, type Trace, type TraceNode, type TraceNodeName, type UsualStage } from '@signalbox/contracts'
import {
  percentileOf,
  rankOf,
  traceIdOf,
  type Trace as TraceRecord,
  type TraceNode as NodeRecord,
  type UsualDurations,
} from '@signalbox/engine'
import { presentMessage } from './message.ts'
import type { View } from './view.ts'

/** Fewer say nothing about what is usual. */
const RANKED_FROM = 20

export function presentTrace(
  { message, nodes, waiting }: TraceRecord,
  usual: UsualDurations,
  settingsVersion: number,
  view: View,
  now: number,
): Trace {
  return {
    trace_id: traceIdOf(message.id),
    record_id: message.id,
    message: presentMessage(message, view),
    trace_data: { nodes: nodes.map((node) => presentNode(node, usual, view)) },
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
    usual: { since: view.instant(usual.since), stages: TRACE_NODES.map((name) => presentStage(name, usual)) },
    settings_version: message.settingsVersion,
    settings_version_now: settingsVersion,
    traceparent: message.traceparent,
  }
}

function presentStage(name: TraceNodeName, { stages }: UsualDurations): UsualStage {
  const durations = stages[name]
  return {
    name,
    count: durations.length,
    p50_ms: percentileOf(durations, 50),
    p95_ms: percentileOf(durations, 95),
  }
}

function presentNode(node: NodeRecord, { stages }: UsualDurations, { instant, names }: View): TraceNode {
  const { name, attempt, startedAt, finishedAt, status, worker, error } = node
  const ranked = finishedAt !== null && status !== 'none' && stages[name].length >= RANKED_FROM
  const rank = ranked ? rankOf(stages[name], finishedAt - startedAt) : null
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
    receipt: node.receipt ?? null,
    percentile: rank === null ? null : Math.round(rank),
    ...(node.lookup ? { lookup: node.lookup } : {}),
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
