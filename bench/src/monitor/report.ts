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

export interface Measured {
  firstLook: FirstLook
  snapshotBytes: Record<string, number>
  eventToPixelMs: { p50: number; p95: number; samples: number }
  inpMs: number
  frames: Frames[]
  heap: { minutes: number; perSecond: number; samples: (Heap & { minute: number })[]; slopeMiBPerHour: number }
  wire: { name: string; perSecond: number; accepted: number; result: ViewersResult }[]
  crowd: { without: Load; with: Load; viewers: number; result: ViewersResult }
  returning: { name: string; viewers: number; result: ReturningResult }[]
}

const KIB = 1024
const kib = (bytes: number): string => (bytes / KIB).toFixed(bytes < 10 * KIB ? 2 : 1)
const whole = (value: number): string => value.toFixed(0)

export function budgets(measured: Measured): string {
  const { firstLook, snapshotBytes, eventToPixelMs, heap, crowd, inpMs } = measured
  const { chunks } = firstLook
  const size = (fits: (name: string) => boolean) =>
    chunks.reduce((sum, { name, gzipBytes }) => sum + (fits(name) ? gzipBytes : 0), 0)
  const js = size(() => true)
  const row = (what: string, budget: string, got: string, kept: boolean) => [
    what,
    budget,
    got,
    kept ? 'kept' : 'MISSED',
  ]
  const [nodesFirst, nodesLast] = [heap.samples[0]?.nodes ?? 0, heap.samples.at(-1)?.nodes ?? 0]
  const largestSnapshot = Math.max(...Object.values(snapshotBytes))
  const inKiB = (name: string, bytes: number, most: number) =>
    row(name, `≤ ${most} KiB`, `${kib(bytes)} KiB`, bytes <= most * KIB)
  const visible = measured.wire.filter(({ name }) => name !== 'hidden')
  const hidden = measured.wire.filter(({ name }) => name === 'hidden')
  return table(
    ['what', 'budget', 'measured', ''],
    [
      inKiB('JS of /monitor, gzip', js, 350),
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
      inKiB('snapshot, gzip, the largest range', largestSnapshot, 8),
      row('first data', '≤ 1 s', `${whole(firstLook.firstDataMs)} ms`, firstLook.firstDataMs <= 1000),
      row('LCP', '≤ 2.5 s', `${whole(firstLook.lcpMs)} ms`, firstLook.lcpMs <= 2500),
      row('CLS', '≤ 0.1', firstLook.cls.toFixed(3), firstLook.cls <= 0.1),
      row('INP, keys and clicks at 1,000 messages/s', '≤ 200 ms', `${whole(inpMs)} ms`, inpMs <= 200),
      row(
        `event → pixel, p95 of ${eventToPixelMs.samples}`,
        '≤ 1.5 s',
        `${whole(eventToPixelMs.p95)} ms (p50 ${whole(eventToPixelMs.p50)})`,
        eventToPixelMs.p95 <= 1500,
      ),
      ...measured.frames.map(({ asked, accepted, throttle, fps, lowestFps, longTasks, longestTaskMs, busyPercent }) => {
        const least = throttle === 1 ? 55 : 45
        const tasks = longTasks === 0 ? 'no long task' : `${longTasks} long tasks (${whole(longestTaskMs)} ms)`
        return row(
          `frames at ${asked} messages/s (${whole(accepted)} accepted)${throttle === 1 ? '' : `, ${throttle}× throttle`}`,
          throttle === 1 ? `≥ ${least} fps, no long task` : `≥ ${least} fps`,
          `${fps.toFixed(1)} fps (worst second ${lowestFps}), ${tasks}, main thread ${whole(busyPercent)} % busy`,
          fps >= least && (throttle > 1 || longTasks === 0),
        )
      }),
      row(
        `heap after collection, ${heap.minutes} min at ${heap.perSecond}/s`,
        '≤ 10 MB in 24 h',
        `${heap.slopeMiBPerHour.toFixed(1)} MiB/h (${kib(heap.samples[0]?.usedBytes ?? 0)} → ${kib(heap.samples.at(-1)?.usedBytes ?? 0)} KiB)`,
        heap.slopeMiBPerHour * 24 <= 10,
      ),
      row('DOM nodes in that time', 'constant', `${nodesFirst} → ${nodesLast}`, nodesLast <= nodesFirst * 1.05),
      ...visible.map(({ name, perSecond, accepted, result }) =>
        inKiB(`a second, ${name}, at ${perSecond} messages/s (${whole(accepted)} accepted)`, result.bytesPerSecond, 15),
      ),
      ...hidden.map(({ perSecond, accepted, result }) =>
        inKiB(`a second, hidden, at ${perSecond} messages/s (${whole(accepted)} accepted)`, result.bytesPerSecond, 1),
      ),
      row(
        `${crowd.viewers} viewers on one process beside ${whole(crowd.with.accepted)} messages/s: between two ticks, p95`,
        '≤ 1.5 s',
        `${whole(crowd.result.intervalP95Ms)} ms (longest ${whole(crowd.result.intervalMaxMs)}), ${crowd.result.connected} connected, ${crowd.result.gaps} gaps`,
        crowd.result.intervalP95Ms <= 1500 && crowd.result.connected === crowd.viewers,
      ),
      ...measured.returning.map(({ name, viewers, result }) =>
        row(
          `${viewers} viewers back after ${name}: in the busiest second`,
          '≤ 100',
          `${result.busiestSecond}, all within ${(result.tookMs / 1000).toFixed(1)} s`,
          result.busiestSecond <= 105,
        ),
      ),
    ],
  )
}

export function details({ firstLook, crowd, snapshotBytes, wire }: Measured): string[] {
  const chunks = firstLook.chunks.toSorted((a, b) => b.gzipBytes - a.gzipBytes)
  return [
    table(
      ['chunk that /monitor loads', 'KiB gzip'],
      chunks.map(({ name, gzipBytes }) => [name, kib(gzipBytes)]),
    ),
    table(
      ['the server', 'messages/s accepted', 'ended', 'CPU, % of a core', 'event loop p99, ms (10 of them the timer)'],
      [
        ['nobody looks', ...cellsOf(crowd.without)],
        [`${crowd.viewers} look`, ...cellsOf(crowd.with)],
      ],
    ),
    `Snapshots gzipped: ${Object.entries(snapshotBytes)
      .map(([range, bytes]) => `${range} ${kib(bytes)} KiB`)
      .join(
        ', ',
      )}. The largest feed tick was ${kib(Math.max(...wire.map(({ result }) => result.largestFeedBytes)))} KiB of text before it was deflated.`,
  ]
}

function cellsOf({ accepted, ended, cpuPercent, loopP99Ms }: Load): string[] {
  return [whole(accepted), whole(ended), whole(cpuPercent), loopP99Ms.toFixed(1)]
}
