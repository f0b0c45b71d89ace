import { defineConfig } from '@playwright/test'
import { isRoot } from './scripts/apt.ts'
import { findChromium } from './scripts/chromium.ts'

const executablePath = findChromium()

export default defineConfig({
  testDir: 'e2e/specs',
  outputDir: 'test-results',
  fullyParallel: true,
  // Each story starts servers of its own; more at a time only make each other slow.
  workers: 2,
  // A story that fails once has failed.
  retries: 0,
  forbidOnly: !!process.env['CI'],
  timeout: 60_000,
  snapshotPathTemplate: 'e2e/looks/{arg}{ext}',
  expect: {
    timeout: 15_000,
    // Another machine's letters have other edges: a shade apart is the same, and so are two pixels of a thousand.
    toHaveScreenshot: { animations: 'disabled', scale: 'device', threshold: 0.2, maxDiffPixelRatio: 0.002 },
  },
  reporter: 'list',
  use: {
    locale: 'en-GB',
    timezoneId: 'Asia/Shanghai',
    viewport: { width: 1920, height: 1080 },
    colorScheme: 'dark',
    screenshot: 'only-on-failure',
    trace: 'retain-on-failure',
    launchOptions: {
      ...(executablePath ? { executablePath } : {}),
      args: [
        // A container's /dev/shm is small, and root has no sandbox to go into.
        '--disable-dev-shm-usage',
        ...(isRoot() ? ['--no-sandbox'] : []),
        // The browser itself must not call home either.
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-domain-reliability',
        '--no-pings',
      ],
    },
  },
})
