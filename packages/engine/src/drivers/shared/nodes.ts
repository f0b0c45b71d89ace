/**
 * Trace nodes of one attempt as a short column: a time that all others count from, then an array per node: name, attempt,
 * begin, duration, status, worker, service, error code, error; names and statuses as their place in the lists below, what is
 * empty at the end left out. Places never change their meaning: new ones come at the end.
 */
import type { TraceNodeName, TraceNodeStatus } from '@signalbox/contracts'
import type { TraceNode } from '../../tracer/trace.ts'

const NAMES: readonly TraceNodeName[] = ['queue', 'process', 'send', 'callback']
const STATUSES: readonly TraceNodeStatus[] = [
  'succeeded',
  'failed',
  'unknown',
  'running',
  'waiting',
  'pending',
  'none',
  'cancelled',
  'expired',
]

type Packed = [
  name: number,
  attempt: number,
  beginAfter: number,
  duration: number | null,
  status: number,
  worker?: string | null,
  serviceId?: number | null,
  errorCode?: string | null,
  error?: string | null,
]

/** Names of workers as JSON: few, and in every trace. */
const workers = new Map<string | null, string>([[null, 'null']])

function workerJson(worker: string | null): string {
  let json = workers.get(worker)
  if (json === undefined) {
    json = JSON.stringify(worker)
    // Pools are bounded; what is not a pool's worker is not kept.
    if (workers.size < 2_000) workers.set(worker, json)
  }
  return json
}

export function encodeNodes(nodes: readonly TraceNode[]): string {
  const base = nodes[0]?.startedAt ?? 0
  let text = `[${base}`
  for (const node of nodes) {
    const begin = node.startedAt - base
    const duration = node.finishedAt === null ? 'null' : node.finishedAt - node.startedAt
    text += `,[${NAMES.indexOf(node.name)},${node.attempt},${begin},${duration},${STATUSES.indexOf(node.status)}`
    const { worker, serviceId, errorCode, error } = node
    if (errorCode !== null || error !== null)
      text += `,${JSON.stringify([worker, serviceId, errorCode, error]).slice(1)}`
    else if (serviceId !== null) text += `,${workerJson(worker)},${serviceId}]`
    else text += worker === null ? ']' : `,${workerJson(worker)}]`
  }
  return `${text}]`
}

export function decodeNodes(text: string): TraceNode[] {
  const [base, ...packed] = JSON.parse(text) as [number, ...Packed[]]
  return packed.map(([name, attempt, begin, duration, status, worker, serviceId, errorCode, error]) => ({
    name: NAMES[name] as TraceNodeName,
    attempt,
    startedAt: base + begin,
    finishedAt: duration === null ? null : base + begin + duration,
    status: STATUSES[status] as TraceNodeStatus,
    worker: worker ?? null,
    serviceId: serviceId ?? null,
    errorCode: errorCode ?? null,
    error: error ?? null,
  }))
}
