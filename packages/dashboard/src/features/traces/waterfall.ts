/** Where each step of a message stands on the waterfall. Pure: the same nodes and clock give the same picture. */
import { TRACE_NODES, type TraceNode, type TraceNodeName, type TraceNodeStatus } from '@signalbox/contracts'
import { createTimeScale, type Break, type Span, type Tick } from './time-scale.ts'

/** `running`: still grows with the clock; `ghost`: a receipt that may still come, as long as the room to the right. */
export type BarKind = 'ended' | 'running' | 'ghost'

export interface Bar {
  key: string
  node: TraceNode
  kind: BarKind
  /** Percent of the width. */
  left: number
  width: number
  durationMs: number
  /** Where the label finds room. */
  label: 'inside' | 'after' | 'before'
}

export interface Lane {
  name: TraceNodeName
  /** Retries are siblings, one row each, in the order of attempts. */
  bars: Bar[]
  /** No receipt will ever come: the lane says so in place of a bar. */
  none: boolean
}

export interface Waterfall {
  lanes: Lane[]
  breaks: Break[]
  ticks: Tick[]
  /** Epoch ms of the left edge. */
  startedAt: number
  /** From the first start to the last end, or to now while something runs; a pending receipt is not waited for. */
  totalMs: number
}

/** Room for the ghost of a pending receipt, which has no end that time could scale. */
const GHOST_ROOM = 22
const RUNNING: ReadonlySet<TraceNodeStatus> = new Set(['running', 'waiting'])
/** Percent; a label takes about this much of the narrowest screen. */
const LABEL_FITS_INSIDE = 26
const LABEL_FITS_AFTER = 70

/** `now` is epoch ms, the clock that bars without an end grow by. */
export function layoutWaterfall(nodes: readonly TraceNode[], now: number): Waterfall {
  const drawn = nodes.filter((node) => node.status !== 'none')
  const room = drawn.some(isPending) ? 100 - GHOST_ROOM : 100
  const scale = createTimeScale(
    drawn.map((node) => spanOf(node, now)),
    room,
  )

  function barOf(node: TraceNode, row: number): Bar {
    const span = spanOf(node, now)
    const left = scale.at(span.start)
    const kind = kindOf(node)
    const width = (kind === 'ghost' ? 100 : scale.at(span.end)) - left
    const durationMs = node.duration_ms ?? (kind === 'ghost' ? Math.max(0, now - span.start) : span.end - span.start)
    return { key: `${node.name}-${row}`, node, kind, left, width, durationMs, label: labelSide(left, width) }
  }

  const lanes = TRACE_NODES.map((name): Lane => {
    const ofLane = drawn.filter((node) => node.name === name).sort((a, b) => a.attempt - b.attempt)
    return { name, bars: ofLane.map(barOf), none: nodes.some((node) => node.name === name && node.status === 'none') }
  })
  return { lanes, breaks: scale.breaks, ticks: scale.ticks, startedAt: scale.start, totalMs: scale.end - scale.start }
}

/** Something on the picture still moves with the clock. */
export function isLive(nodes: readonly TraceNode[]): boolean {
  return nodes.some((node) => kindOf(node) !== 'ended')
}

function isPending(node: TraceNode): boolean {
  return node.status === 'pending'
}

function kindOf(node: TraceNode): BarKind {
  if (isPending(node)) return 'ghost'
  return node.finish_time === null && RUNNING.has(node.status) ? 'running' : 'ended'
}

/** A browser's clock may be behind the server's: nothing ends before it began. */
function spanOf(node: TraceNode, now: number): Span {
  const start = Date.parse(node.start_time)
  const running = kindOf(node) === 'running'
  const end = node.finish_time === null ? (running ? now : start) : Date.parse(node.finish_time)
  const isStep = node.name === 'process' || node.name === 'send'
  return { start, end: Math.max(start, end), work: isStep && node.status !== 'waiting' }
}

function labelSide(left: number, width: number): Bar['label'] {
  if (width >= LABEL_FITS_INSIDE) return 'inside'
  return left + width <= LABEL_FITS_AFTER ? 'after' : 'before'
}
