/** Takes docs/images/monitor.png: the wall at 1920 × 1080 with the demo's traffic. `node scripts/screenshot.ts` */
import { chromium } from '@playwright/test'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { buildDashboard } from './build.ts'
import { isRoot } from './apt.ts'
import { ensureChromium } from './chromium.ts'
import { ROOT } from './run.ts'

const PICTURE = join(ROOT, 'docs/images/monitor.png')
/** Until the last hour's lines have something to show, ms. */
const TRAFFIC_MS = 90_000

const browserFound = await ensureChromium()
if ('advice' in browserFound) throw new Error(`expected a browser, got none: ${browserFound.advice}`)
if (!(await buildDashboard())) throw new Error('expected the dashboard to build, got the errors above')

const dataDir = mkdtempSync(join(tmpdir(), 'signalbox-screenshot-'))
const env = { ...process.env, PORT: '0', DATA_DIR: dataDir }
const demo = spawn(process.execPath, ['packages/demo/src/main.ts'], {
  cwd: ROOT,
  env,
  stdio: ['ignore', 'pipe', 'inherit'],
})
const browser = await chromium.launch({ executablePath: browserFound.path, args: isRoot() ? ['--no-sandbox'] : [] })
try {
  const page = await browser.newPage({
    viewport: { width: 1920, height: 1080 },
    colorScheme: 'dark',
    locale: 'en-GB',
    timezoneId: 'Asia/Shanghai',
  })
  await page.goto(await addressOf(demo.stdout))
  await page.waitForTimeout(TRAFFIC_MS)
  await page.screenshot({ path: PICTURE })
  console.log(`Wrote ${PICTURE}`)
} finally {
  await browser.close()
  demo.kill('SIGTERM')
  await once(demo, 'exit')
  rmSync(dataDir, { recursive: true, force: true })
}

async function addressOf(stdout: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface(stdout)) {
    const address = /^Signalbox demo: (\S+)/.exec(line)?.[1]
    if (address) return address
  }
  throw new Error('expected the demo to print its address, got none')
}
