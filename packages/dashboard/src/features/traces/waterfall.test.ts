import type { TraceNode, TraceNodeName, TraceNodeStatus } from '@signalbox/contracts'
import { describe, expect, it } from 'vitest'
import { isLive, layoutWaterfall } from './waterfall.ts'

const T0 = Date.UTC(2026, 0, 5, 9)
const at = (ms: number) => new Date(T0 + ms).toISOString()

function node(name: TraceNodeName, from: number, to: number | null, status: TraceNodeStatus, attempt = 1): TraceNode {
  return {
    name,
    attempt,
    start_time: at(from),
    finish_time: to === null ? null : at(to),
    duration_ms: to === null ? null : to - from,
    status,
    worker: null,
    service: null,
    error_code: null,
    error: null,
    receipt: null,
    percentile: null,
  }
}

const sent = [
  node('queue', 0, 200, 'succeeded'),
  node('process', 200, 300, 'succeeded'),
  node('send', 300, 1000, 'succeeded'),
]
const barsOf = (nodes: TraceNode[], name: TraceNodeName, now = 1000) =>
  layoutWaterfall(nodes, T0 + now).lanes.find((lane) => lane.name === name)?.bars ?? []

describe('layoutWaterfall', () => {
  it('has the four lanes in their order, also those with nothing in them', () => {
    const { lanes } = layoutWaterfall([], T0)
    expect(lanes.map((lane) => lane.name)).toEqual(['queue', 'process', 'send', 'callback'])
    expect(lanes.every((lane) => lane.bars.length === 0)).toBe(true)
  })

  it('places bars in proportion', () => {
    const { lanes, startedAt } = layoutWaterfall(sent, T0 + 9999)
    expect(lanes.slice(0, 3).map(({ bars }) => [bars[0]?.left, bars[0]?.width])).toEqual([
      [0, 20],
      [20, 10],
      [30, 70],
    ])
    expect(startedAt).toBe(T0)
  })

  it('lays retries out as siblings in the order of attempts', () => {
    const nodes = [
      node('send', 500, 600, 'succeeded', 2),
      node('queue', 0, 100, 'succeeded'),
      node('send', 100, 200, 'failed', 1),
    ]
    expect(barsOf(nodes, 'send').map((bar) => [bar.node.attempt, bar.node.status])).toEqual([
      [1, 'failed'],
      [2, 'succeeded'],
    ])
  })

  it('tells a delivery receipt from the reading that follows it in the same attempt', () => {
    const nodes = [...sent, node('callback', 1000, 1500, 'succeeded'), node('callback', 1500, 2500, 'succeeded')]
    expect(barsOf(nodes, 'callback').map((bar) => bar.key)).toEqual(['callback-0', 'callback-1'])
  })

  it('does not let what ended without a known time grow', () => {
    const nodes = [node('queue', 0, 200, 'succeeded'), node('send', 200, null, 'unknown')]
    expect(barsOf(nodes, 'send', 60_000)).toMatchObject([{ kind: 'ended', width: 0 }])
    expect(isLive(nodes)).toBe(false)
  })

  it('lets a running bar grow with the clock, and never run backwards', () => {
    const nodes = [node('queue', 0, 200, 'succeeded'), node('send', 200, null, 'running')]
    expect(barsOf(nodes, 'send', 700)).toMatchObject([{ kind: 'running', durationMs: 500 }])
    expect(barsOf(nodes, 'send', -60_000)).toMatchObject([{ kind: 'running', durationMs: 0, width: 0 }])
  })

  it('gives a pending receipt a ghost to the right edge, which stretches nothing however long it takes', () => {
    const nodes = [...sent, node('callback', 1000, null, 'pending')]
    expect(barsOf(nodes, 'callback', 61_000)).toMatchObject([
      { kind: 'ghost', left: 78, width: 22, durationMs: 60_000 },
    ])
    expect(barsOf(nodes, 'send', 2000)[0]?.width).toBeCloseTo(barsOf(nodes, 'send', 3_600_000)[0]?.width ?? 0)
  })

  it('adds up to now while a step runs, and no further than the last end while a receipt is pending', () => {
    const total = (nodes: TraceNode[]) => layoutWaterfall(nodes, T0 + 60_000).totalMs
    expect(total([node('queue', 0, null, 'waiting')])).toBe(60_000)
    expect(total([...sent, node('callback', 1000, null, 'pending')])).toBe(1000)
  })

  it('says that no receipt will come instead of drawing one', () => {
    const callback = layoutWaterfall([...sent, node('callback', 1000, null, 'none')], T0).lanes[3]
    expect(callback).toMatchObject({ bars: [], none: true })
  })

  it('cuts the wait between two attempts and shows where', () => {
    const nodes = [
      node('send', 0, 100, 'failed'),
      node('queue', 100, 5100, 'succeeded', 2),
      node('send', 5100, 5200, 'succeeded', 2),
    ]
    expect(layoutWaterfall(nodes, T0).breaks).toMatchObject([{ durationMs: 5000 }])
  })

  it('puts the label where there is room', () => {
    expect(barsOf(sent, 'send')[0]?.label).toBe('inside')
    expect(barsOf(sent, 'process')[0]?.label).toBe('after')
    expect(barsOf([...sent, node('callback', 1000, 1050, 'succeeded')], 'callback')[0]?.label).toBe('before')
  })
})

describe('isLive', () => {
  it('holds while something runs or a receipt may come', () => {
    expect(isLive(sent)).toBe(false)
    expect(isLive([...sent, node('callback', 1000, null, 'pending')])).toBe(true)
    expect(isLive([node('queue', 0, null, 'waiting')])).toBe(true)
    expect(isLive([...sent, node('callback', 1000, null, 'none')])).toBe(false)
  })
})
