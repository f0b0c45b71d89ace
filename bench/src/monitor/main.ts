/**
 * The wall against its budgets: size, first look, frames, heap, bytes, viewers, and everybody coming back at once.
 * `--minutes 30` for the whole run of the heap, `--only heap,returning` for some of it (which replaces nothing),
 * `--rate 200` for the messages per second beside the heap.
 */
import type { Browser } from '@playwright/test'
import { existsSync } from 'node:fs'
import { loadavg } from 'node:os'
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import { runChild, startChild, type Child } from '../children.ts'
import { exitOnSignal } from '../interrupt.ts'
import { describeMachine } from '../machine.ts'
import { liftLimits } from '../product/measures.ts'
import type { SignalboxInput, SignalboxListening } from '../product/servers/signalbox.ts'
import { printReport, saveReport } from '../results.ts'
import { quantile } from '../statistics.ts'
import { removeFolder, temporaryFolder } from '../temporary-folder.ts'
import { openBrowser, openWall, type Wall } from './browser.ts'
import { budgets, details, type EventToPixel, type Frames, type HeapRun, type Load, type Measured } from './report.ts'
import type { ReturningInput, ReturningResult } from './returning.ts'
import { slopeOf } from './slope.ts'
import { failEverything, post, startTraffic } from './traffic.ts'
import type { ViewersInput, ViewersResult } from './viewers.ts'

const SERVER = new URL('../product/servers/signalbox.ts', import.meta.url)
const VIEWERS = new URL('./viewers.ts', import.meta.url)
const RETURNING = new URL('./returning.ts', import.meta.url)
const CROWD = 200
const RETURNERS = 500
const WARM_MINUTES = 10
/** Traffic before anything is measured, ms. */
const SETTLE_MS = 5_000

const PARTS = ['look', 'pixels', 'frames', 'heap', 'wire', 'crowd', 'returning'] as const
type Part = (typeof PARTS)[number]

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '2' },
    rate: { type: 'string', default: '1000' },
    only: { type: 'string', default: PARTS.join(',') },
    quick: { type: 'boolean', default: false },
  },
})
const [minutes, heapRate] = (['minutes', 'rate'] as const).map((name) => {
  const value = Number(values[name])
  if (!(value > 0)) throw new Error(`expected --${name} to be a number above 0, got ${values[name]}`)
  return value
}) as [number, number]
const quick = values.quick
const asked = partsOf(values.only)
const whole = asked.size === PARTS.length
const sizes = quick
  ? { pixels: 5, framesMs: 3000, wireMs: 6000, crowdMs: 5000, heapEveryMs: 5000 }
  : { pixels: 40, framesMs: 10_000, wireMs: 20_000, crowdMs: 20_000, heapEveryMs: 15_000 }

const chromiumPath = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
if (!existsSync(chromiumPath)) throw new Error(`expected Chromium at ${chromiumPath}, got nothing; set CHROMIUM`)

exitOnSignal()
const machine = describeMachine()
const loads: number[] = []
const folder = temporaryFolder()
let server = await start()
const { url, templateId } = server.said
await liftLimits(folder)
const browser = await openBrowser(chromiumPath)
try {
  const measured = await measureAll(browser)
  const report = {
    name: 'monitor',
    title: 'The wall and its budgets',
    machine,
    parts: [
      `Chromium ${browser.version()}, headless, 1920 × 1080, without a GPU; browser, server, viewers and traffic share the cores. Load while it ran: ${Math.min(...loads).toFixed(1)} to ${Math.max(...loads).toFixed(1)}. Messages go through send-batch and the sandbox (0 ms).`,
      budgets(measured),
      ...details(measured),
    ],
    raw: { ...measured, loads },
  }
  printReport(report)
  if (whole && !quick) saveReport(report)
} finally {
  await browser.close()
  await server.end()
  removeFolder(folder)
}

function partsOf(only: string): ReadonlySet<Part> {
  const names = only.split(',').map((name) => {
    const part = PARTS.find((each) => each === name.trim())
    if (!part) throw new Error(`expected --only to name some of ${PARTS.join(', ')}, got ${name}`)
    return part
  })
  return new Set(names)
}

async function measureAll(chromium: Browser): Promise<Measured> {
  // Something to look at: an empty system shows first steps in place of figures.
  await sendOne()
  const measured: Measured = {}
  const part = async (name: Part, told: string, take: () => Promise<Measured>) => {
    if (asked.has(name)) Object.assign(measured, await step(told, take))
  }
  if (asked.has('look') || asked.has('pixels') || asked.has('frames') || asked.has('heap')) {
    const wall = await step('the first look', () => openWall(chromium, url))
    await part('look', 'the snapshots', async () => ({
      firstLook: wall.firstLook,
      snapshotBytes: await snapshotSizes(),
    }))
    await part('pixels', 'event to pixel', async () => ({ eventToPixelMs: await pixelsOf(wall) }))
    await part('frames', 'frames', async () => ({ frames: await framesOf(wall) }))
    await part('heap', `the heap, ${minutes} minutes`, async () => ({ heap: await heapOf(wall) }))
    if (asked.has('heap')) measured.inpMs = await wall.inpMs()
    await wall.page.close()
  }
  await part('wire', 'bytes on the wire', async () => ({ wire: await wireOf() }))
  await part('crowd', `${CROWD} viewers`, async () => ({ crowd: await crowdOf() }))
  await part('returning', `${RETURNERS} viewers coming back`, async () => ({ returning: await returningOf() }))
  return measured
}

async function step<T>(name: string, take: () => Promise<T>): Promise<T> {
  const load = loadavg()[0] ?? 0
  loads.push(load)
  console.log(`${new Date().toISOString().slice(11, 19)} ${name}; load ${load.toFixed(1)}`)
  return take()
}

function start(port = 0): Promise<Child<SignalboxListening>> {
  const input: SignalboxInput = { folder, port }
  return startChild<SignalboxListening>(SERVER, { input })
}

async function sendOne(): Promise<number> {
  const body = { template_id: templateId, recipient: 'user-1', variables: { body: 'x' } }
  const reply = (await (await post(url, '/api/messages/send', body)).json()) as { data: { record_id: number } }
  return reply.data.record_id
}

/** At moments that have nothing to do with the tick. */
async function pixelsOf(wall: Wall): Promise<EventToPixel> {
  const taken: number[] = []
  for (let i = 0; i < sizes.pixels; i++) {
    await setTimeout(200 + ((i * 373) % 1000))
    taken.push(await wall.untilSeen(sendOne))
  }
  return { p50: quantile(taken, 0.5), p95: quantile(taken, 0.95), samples: taken.length }
}

async function framesOf(wall: Wall): Promise<Frames[]> {
  const frames: Frames[] = []
  for (const asked of [0, 1000, 5000]) {
    for (const throttle of [1, 4]) {
      const traffic = startTraffic(url, templateId, asked)
      await wall.throttle(throttle)
      await setTimeout(SETTLE_MS)
      const smooth = await wall.smoothness(sizes.framesMs)
      frames.push({ ...smooth, asked, throttle, accepted: await traffic.stop() })
    }
  }
  await wall.throttle(1)
  return frames
}

async function heapOf(wall: Wall): Promise<HeapRun> {
  const perSecond = heapRate
  const traffic = startTraffic(url, templateId, perSecond)
  await setTimeout(SETTLE_MS)
  const samples: HeapRun['samples'] = []
  const begunAt = performance.now()
  const minute = () => (performance.now() - begunAt) / 60_000
  while (minute() < minutes) {
    samples.push({ ...(await wall.heap()), minute: minute() })
    // Someone is at the wall, too.
    await wall.page.keyboard.press('Tab')
    await setTimeout(sizes.heapEveryMs)
  }
  samples.push({ ...(await wall.heap()), minute: minute() })
  await traffic.stop()
  // Code that is used for the first time is compiled, and compiled again: until then the heap grows without leaking.
  const settled = samples.filter(({ minute: at }) => at >= Math.min(WARM_MINUTES, minutes / 3))
  const points = settled.map((sample) => ({ x: sample.minute / 60, y: sample.usedBytes / 2 ** 20 }))
  return { minutes, perSecond, samples, settledFrom: settled[0]?.minute ?? 0, slopeMiBPerHour: slopeOf(points) }
}

async function snapshotSizes(): Promise<Record<string, number>> {
  const ranges = ['today', '24h', '7d']
  const sizesOf = ranges.map(async (range) => {
    const response = await fetch(`${url}/api/monitor/snapshot?range=${range}`)
    return [range, gzipSync(await response.text()).length] as const
  })
  return Object.fromEntries(await Promise.all(sizesOf))
}

async function wireOf(): Promise<Required<Measured>['wire']> {
  const wire: Required<Measured>['wire'] = []
  for (const perSecond of [0, 1000, 5000]) {
    for (const name of ['visible', 'hidden'] as const) wire.push(await bytesAt(name, perSecond))
  }
  await failEverything(url, true)
  wire.push({ ...(await bytesAt('visible', 1000)), name: 'visible, every message failing' })
  await failEverything(url, false)
  return wire
}

async function bytesAt(name: 'visible' | 'hidden', perSecond: number): Promise<Required<Measured>['wire'][number]> {
  const traffic = startTraffic(url, templateId, perSecond)
  const rooms = name === 'visible' ? (['stats', 'feed'] as const) : (['slow'] as const)
  const input: ViewersInput = { url, viewers: 1, rooms, settleMs: 2000, ms: sizes.wireMs }
  const result = await runChild<ViewersResult>(VIEWERS, { input })
  return { name, perSecond, accepted: await traffic.stop(), result }
}

async function crowdOf(): Promise<Required<Measured>['crowd']> {
  const perSecond = 5000
  const alone = await loadOf(perSecond, () => setTimeout(sizes.crowdMs))
  const input: ViewersInput = {
    ...{ url, viewers: CROWD, rooms: ['stats', 'feed'] },
    ...{ settleMs: SETTLE_MS, ms: sizes.crowdMs },
  }
  const crowded = await loadOf(perSecond, () => runChild<ViewersResult>(VIEWERS, { input }))
  return { without: alone.load, with: crowded.load, viewers: CROWD, result: crowded.result }
}

async function loadOf<T>(perSecond: number, during: () => Promise<T>): Promise<{ load: Load; result: T }> {
  const traffic = startTraffic(url, templateId, perSecond)
  await setTimeout(SETTLE_MS)
  // Read once on each side: reading sets the delays of the event loop back.
  const [before, begunAt] = [await metrics(), performance.now()]
  const result = await during()
  const [after, seconds] = [await metrics(), (performance.now() - begunAt) / 1000]
  const gained = (name: string) => (after(name) - before(name)) / seconds
  const load = {
    accepted: await traffic.stop(),
    ended: gained('signalbox_messages_total{channel="app",state="sent"}'),
    cpuPercent: gained('process_cpu_seconds_total') * 100,
    loopP99Ms: after('nodejs_eventloop_lag_p99_seconds') * 1000,
  }
  return { load, result }
}

async function metrics(): Promise<(name: string) => number> {
  const lines = (await (await fetch(`${url}/metrics`)).text()).split('\n')
  return (name) => Number(lines.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1) ?? Number.NaN)
}

async function returningOf(): Promise<Required<Measured>['returning']> {
  const returning: Required<Measured>['returning'] = []
  const ends = [
    { name: 'a restart', end: () => server.end() },
    { name: 'a crash', end: () => server.kill() },
  ]
  for (const { name, end } of ends) {
    const input: ReturningInput = { url, viewers: RETURNERS }
    const result = runChild<ReturningResult>(RETURNING, { input })
    while ((await metrics())('signalbox_socket_clients') < RETURNERS) await setTimeout(500)
    await end()
    server = await start(Number(new URL(url).port))
    returning.push({ name, viewers: RETURNERS, result: await result })
  }
  return returning
}
