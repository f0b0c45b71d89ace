/** Trace nodes of one attempt as a compact column: an array per node, in the order of `TraceNode`'s fields. */
import type { TraceNodeName, TraceNodeStatus } from '@signalbox/contracts'
import type { TraceNode } from '../../../tracer/trace.ts'

type Packed = [
  TraceNodeName,
  number,
  number,
  number | null,
  TraceNodeStatus,
  string | null,
  number | null,
  string | null,
  string | null,
]

export function encodeNodes(nodes: readonly TraceNode[]): string {
  return JSON.stringify(
    nodes.map((node): Packed => [
      node.name,
      node.attempt,
      node.startedAt,
      node.finishedAt,
      node.status,
      node.worker,
      node.serviceId,
      node.errorCode,
      node.error,
    ]),
  )
}

export function decodeNodes(text: string): TraceNode[] {
  return (JSON.parse(text) as Packed[]).map(
    ([name, attempt, startedAt, finishedAt, status, worker, serviceId, errorCode, error]) => ({
      name,
      attempt,
      startedAt,
      finishedAt,
      status,
      worker,
      serviceId,
      errorCode,
      error,
    }),
  )
}
