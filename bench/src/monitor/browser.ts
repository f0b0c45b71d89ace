/** The wall in Chromium, measured over CDP and by what the page itself observes. */
import { chromium, type Browser, type CDPSession, type Page } from '@playwright/test'
import { gzipSync } from 'node:zlib'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

export interface Chunk {
  name: string
  gzipBytes: number
}

export interface FirstLook {
  chunks: Chunk[]
  /** From the start of the navigation until a figure stands on the screen. */
  firstDataMs: number
  lcpMs: number
  cls: number
}

export interface Smoothness {
  fps: number
  /** Frames in the worst whole second. */
  lowestFps: number
  longTasks: number
  longestTaskMs: number
  /** Share of the main thread that was busy, in percent. */
  busyPercent: number
}

export interface Heap {
  usedBytes: number
  nodes: number
  listeners: number
}

export interface Wall {
  page: Page
  firstLook: FirstLook
  smoothness(ms: number): Promise<Smoothness>
  throttle(times: number): Promise<void>
  /** After a collection. */
  heap(): Promise<Heap>
  /** Milliseconds from the call of `send` until the row of the message that it gives stands on the screen. */
  untilSeen(send: () => Promise<number>): Promise<number>
  /** The longest of the interactions so far, ms: the page's own INP. */
  inpMs(): Promise<number>
}

const IN_PAGE = fileURLToPath(new URL('./in-page.js', import.meta.url))

/** What the page notes of itself from its first moment on. */
interface Notes {
  frames: number[]
  long: number[]
  lcp: number
  cls: number
  inp: number
  firstData: number
}

export async function openBrowser(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] })
}

export async function openWall(browser: Browser, url: string): Promise<Wall> {
  const context = await browser.newContext({ viewport: { width: 1920, height: 1080 }, locale: 'en-GB' })
  const page = await context.newPage()
  const cdp = await context.newCDPSession(page)
  const scripts: Promise<Chunk>[] = []
  page.on('response', (response) => {
    const { pathname } = new URL(response.url())
    if (pathname.endsWith('.js')) scripts.push(sizeOf(pathname, response.body()))
  })
  await page.addInitScript({ path: IN_PAGE })
  await page.goto(`${url}/monitor`)
  await page.waitForFunction('notes.firstData > 0')
  // Everything that the page loads on its own has come.
  await setTimeout(3000)
  const { firstData, lcp, cls } = await notesOf(page)
  await cdp.send('Performance.enable')
  return {
    page,
    firstLook: { chunks: await Promise.all(scripts), firstDataMs: firstData, lcpMs: lcp, cls },
    smoothness: (ms) => smoothness(page, cdp, ms),
    throttle: async (rate) => void (await cdp.send('Emulation.setCPUThrottlingRate', { rate })),
    heap: () => heapOf(cdp),
    untilSeen: (send) => untilSeen(page, send),
    inpMs: async () => (await notesOf(page)).inp,
  }
}

const notesOf = (page: Page): Promise<Notes> => page.evaluate<Notes>('notes')

async function sizeOf(pathname: string, body: Promise<Buffer>): Promise<Chunk> {
  const name = (pathname.split('/').at(-1) ?? '').replace(/-[\w-]{8}\.js$/, '')
  return { name, gzipBytes: gzipSync(await body).length }
}

async function smoothness(page: Page, cdp: CDPSession, ms: number): Promise<Smoothness> {
  const busyMs = async () => {
    const { metrics } = await cdp.send('Performance.getMetrics')
    return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0) * 1000
  }
  await page.evaluate('notes.frames.length = notes.long.length = 0')
  const before = await busyMs()
  await setTimeout(ms)
  const { frames, long } = await notesOf(page)
  const tookMs = (frames.at(-1) ?? 0) - (frames[0] ?? 0)
  const seconds = new Map<number, number>()
  for (const at of frames) {
    const second = Math.floor((at - (frames[0] ?? 0)) / 1000)
    seconds.set(second, (seconds.get(second) ?? 0) + 1)
  }
  const whole = [...seconds.values()].slice(0, -1)
  return {
    fps: ((frames.length - 1) / tookMs) * 1000,
    lowestFps: Math.min(...whole),
    longTasks: long.length,
    longestTaskMs: Math.max(0, ...long),
    busyPercent: ((await busyMs()) - before) / (ms / 100),
  }
}

/** The least of three: what was thrown away between a collection and the count is no growth. */
async function heapOf(cdp: CDPSession): Promise<Heap> {
  const looks: Heap[] = []
  for (let i = 0; i < 3; i++) {
    await cdp.send('HeapProfiler.collectGarbage')
    const { usedSize } = await cdp.send('Runtime.getHeapUsage')
    const { nodes, jsEventListeners } = await cdp.send('Memory.getDOMCounters')
    looks.push({ usedBytes: usedSize, nodes, listeners: jsEventListeners })
    await setTimeout(150)
  }
  return looks.reduce((least, look) => (look.usedBytes < least.usedBytes ? look : least))
}

async function untilSeen(page: Page, send: () => Promise<number>): Promise<number> {
  const begunAt = performance.timeOrigin + performance.now()
  const id = await send()
  const seenAt = await page.evaluate<number>(`seen(${id})`)
  return seenAt - begunAt
}
