/** The table of budgets, each with what was measured. */
import { table } from '../results.ts'
import type { FirstLook, Heap, Smoothness } from './browser.ts'
import type { ReturningResult } from './returning.ts'
import type { ViewersResult } from './viewers.ts'

export interface Frames extends Smoothness {
  asked: number
  accepted: number
  throttle: number
}

export interface Load {
  accepted: number
  /** Ended per second. */
  ended: number
  /** Of one core, in percent, and the delay of the server's event loop. */
  cpuPercent: number
  loopP99Ms: number
}

export interface EventToPixel {
  p50: number
  p95: number
  samples: number
}

export interface HeapRun {
  minutes: number
  perSecond: number
  samples: (Heap & { minute: number })[]
  /** The slope leaves out what came before this minute. */
  settledFrom: number
  slopeMiBPerHour: number
}

/** Each part is there if it was asked for. */
export interface Measured {
  firstLook?: FirstLook
  snapshotBytes?: Record<string, number>
  eventToPixelMs?: EventToPixel
  inpMs?: number
  frames?: Frames[]
  heap?: HeapRun
  wire?: { name: string; perSecond: number; accepted: number; result: ViewersResult }[]
  crowd?: { without: Load; with: Load; viewers: number; result: ViewersResult }
  returning?: { name: string; viewers: number; result: ReturningResult }[]
}

const KIB = 1024
const kib = (bytes: number): string => (bytes / KIB).toFixed(bytes < 10 * KIB ? 2 : 1)
const whole = (value: number): string => value.toFixed(0)

type Row = [what: string, budget: string, got: string, kept: string]

function row(what: string, budget: string, got: string, kept: boolean): Row {
  return [what, budget, got, kept ? 'kept' : 'MISSED']
}

function inKiB(name: string, bytes: number, most: number): Row {
  return row(name, `≤ ${most} KiB`, `${kib(bytes)} KiB`, bytes <= most * KIB)
}

export function budgets(measured: Measured): string {
  const { firstLook, snapshotBytes, eventToPixelMs, inpMs, frames = [], heap, wire = [], crowd, returning } = measured
  const rows = [
    ...(firstLook ? firstLookRows(firstLook) : []),
    ...(snapshotBytes
      ? [inKiB('snapshot, gzip, the largest range', Math.max(...Object.values(snapshotBytes)), 8)]
      : []),
    ...(inpMs === undefined
      ? []
      : [row('INP, keys and clicks under load', '≤ 200 ms', `${whole(inpMs)} ms`, inpMs <= 200)]),
    ...(eventToPixelMs ? [pixelRow(eventToPixelMs)] : []),
    ...frames.map(frameRow),
    ...(heap ? heapRows(heap) : []),
    ...wire.map(wireRow),
    ...(crowd ? [crowdRow(crowd)] : []),
    ...(returning ?? []).map(returningRow),
  ]
  return table(['what', 'budget', 'measured', ''], rows)
}

function firstLookRows({ chunks, firstDataMs, lcpMs, cls }: FirstLook): Row[] {
  const size = (fits: (name: string) => boolean) =>
    chunks.reduce((sum, { name, gzipBytes }) => sum + (fits(name) ? gzipBytes : 0), 0)
  return [
    inKiB(
      'JS of /monitor, gzip',
      size(() => true),
      350,
    ),
    inKiB(
      'of it ECharts',
      size((name) => name.includes('echarts')),
      220,
    ),
    inKiB(
      'of it the socket client',
      size((name) => name.includes('socket')),
      15,
    ),
    row('first data', '≤ 1 s', `${whole(firstDataMs)} ms`, firstDataMs <= 1000),
    row('LCP', '≤ 2.5 s', `${whole(lcpMs)} ms`, lcpMs <= 2500),
    row('CLS', '≤ 0.1', cls.toFixed(3), cls <= 0.1),
  ]
}

function pixelRow({ p50, p95, samples }: EventToPixel): Row {
  return row(`event → pixel, p95 of ${samples}`, '≤ 1.5 s', `${whole(p95)} ms (p50 ${whole(p50)})`, p95 <= 1500)
}

function frameRow(frames: Frames): Row {
  const { asked, accepted, throttle, fps, lowestFps, longTasks, longestTaskMs, busyPercent } = frames
  const least = throttle === 1 ? 55 : 45
  const tasks = longTasks === 0 ? 'no long task' : `${longTasks} long tasks (${whole(longestTaskMs)} ms)`
  return row(
    `frames at ${asked} messages/s (${whole(accepted)} accepted)${throttle === 1 ? '' : `, ${throttle}× throttle`}`,
    throttle === 1 ? `≥ ${least} fps, no long task` : `≥ ${least} fps`,
    `${fps.toFixed(1)} fps (worst second ${lowestFps}), ${tasks}, main thread ${whole(busyPercent)} % busy`,
    fps >= least && (throttle > 1 || longTasks === 0),
  )
}

function heapRows({ minutes, perSecond, samples, settledFrom, slopeMiBPerHour }: HeapRun): Row[] {
  const settled = samples.filter(({ minute }) => minute >= settledFrom)
  const size = (sample: Heap | undefined) => kib(sample?.usedBytes ?? 0)
  const nodes = settled.map((sample) => sample.nodes)
  const [least, most] = [Math.min(...nodes), Math.max(...nodes)]
  return [
    row(
      `heap after collection, ${minutes} min at ${perSecond}/s, from minute ${settledFrom.toFixed(0)}`,
      '≤ 10 MB in 24 h',
      `${slopeMiBPerHour.toFixed(1)} MiB/h (${size(settled[0])} → ${size(settled.at(-1))} KiB)`,
      slopeMiBPerHour * 24 <= 10,
    ),
    row('DOM nodes in that time', 'constant', `${least} to ${most}`, most <= least * 1.05),
  ]
}

function wireRow({ name, perSecond, accepted, result }: Required<Measured>['wire'][number]): Row {
  const what = `a second, ${name}, at ${perSecond} messages/s (${whole(accepted)} accepted)`
  return inKiB(what, result.bytesPerSecond, name === 'hidden' ? 1 : 15)
}

function crowdRow({ viewers, result, with: load }: Required<Measured>['crowd']): Row {
  return row(
    `${viewers} viewers on one process beside ${whole(load.accepted)} messages/s: between two ticks, p95`,
    '≤ 1.5 s',
    `${whole(result.intervalP95Ms)} ms (longest ${whole(result.intervalMaxMs)}), ${result.connected} connected, ${result.gaps} gaps`,
    result.intervalP95Ms <= 1500 && result.connected === viewers,
  )
}

function returningRow({ name, viewers, result }: Required<Measured>['returning'][number]): Row {
  return row(
    `${viewers} viewers back after ${name}: in the busiest second`,
    '≤ 100',
    `${result.busiestSecond}, all within ${(result.tookMs / 1000).toFixed(1)} s`,
    result.busiestSecond <= 100,
  )
}

export function details({ firstLook, crowd, snapshotBytes, wire }: Measured): string[] {
  const chunks = firstLook?.chunks.toSorted((a, b) => b.gzipBytes - a.gzipBytes)
  const sizes = Object.entries(snapshotBytes ?? {}).map(([range, bytes]) => `${range} ${kib(bytes)} KiB`)
  const largest = wire && kib(Math.max(...wire.map(({ result }) => result.largestFeedBytes)))
  return [
    ...(chunks
      ? [
          table(
            ['chunk that /monitor loads', 'KiB gzip'],
            chunks.map(({ name, gzipBytes }) => [name, kib(gzipBytes)]),
          ),
        ]
      : []),
    ...(crowd
      ? [
          table(
            [
              'the server',
              'messages/s accepted',
              'ended',
              'CPU, % of a core',
              'event loop p99, ms (10 of them the timer)',
            ],
            [
              ['nobody looks', ...cellsOf(crowd.without)],
              [`${crowd.viewers} look`, ...cellsOf(crowd.with)],
            ],
          ),
        ]
      : []),
    ...(sizes.length > 0 ? [`Snapshots gzipped: ${sizes.join(', ')}.`] : []),
    ...(largest ? [`The largest feed tick was ${largest} KiB of text before it was deflated.`] : []),
  ]
}

function cellsOf({ accepted, ended, cpuPercent, loopP99Ms }: Load): string[] {
  return [whole(accepted), whole(ended), whole(cpuPercent), loopP99Ms.toFixed(1)]
}
