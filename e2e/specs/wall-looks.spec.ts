/**
 * How the wall looks in every state, compared with pictures in `e2e/looks/`. So that only what we draw counts, and not
 * how a machine draws letters: figures and clock are fixed, one font is used throughout, the wall is drawn at half size,
 * and small differences of a shade pass. After a change that is meant: `playwright test wall-looks --update-snapshots`.
 */
import type { Page } from '@playwright/test'
import { BELOW_THE_EDGE, hasFont, OVERFLOWING, useFont } from '../fixtures/wall/in-page.ts'
import { NOW } from '../fixtures/wall/figures.ts'
import { empty, failing, silent, stopped } from '../fixtures/wall/scenes.ts'
import type { WallServer } from '../fixtures/wall/server.ts'
import { expect, moveClock, openWall, test } from '../fixtures/wall/test.ts'

/** Comes with `fonts-noto-cjk`, which the test command installs where it may. */
const FONT = 'Noto Sans CJK SC'

type Show = (page: Page, wall: WallServer) => Promise<void>
const STATES: Record<string, Show> = {
  ordinary: (page, wall) => openWall(page, wall),
  async failing(page, wall) {
    wall.scene = failing
    await openWall(page, wall)
  },
  async 'pipeline-stopped'(page, wall) {
    wall.scene = stopped
    await openWall(page, wall)
    await moveClock(page, wall, 42_000)
    wall.tick()
    await expect(page.locator('[data-kind="stopped"]')).toContainText('42')
  },
  async 'server-gone'(page, wall) {
    await openWall(page, wall)
    await wall.stop()
    await moveClock(page, wall, 12_000)
    await expect(page.locator('[data-kind="gone"]')).toContainText('12')
    await expect(page.getByTestId('card-sent')).toHaveAttribute('data-freshness', 'lost')
  },
  async 'slow-link'(page, wall) {
    await openWall(page, wall, { query: '?pace=slow' })
    await moveClock(page, wall, 16_000)
    await expect(page.getByTestId('card-sent')).toHaveAttribute('data-freshness', 'late')
  },
  async 'no-data-yet'(page, wall) {
    wall.scene = empty
    await openWall(page, wall)
    await expect(page.getByTestId('first-steps')).toBeVisible()
  },
  async 'wrong-clock'(page, wall) {
    await openWall(page, wall, { at: NOW + 7 * 60_000 })
    await expect(page.locator('[data-kind="wrongClock"]')).toContainText('7')
  },
  async 'nothing-tonight'(page, wall) {
    wall.scene = silent
    await openWall(page, wall)
    await expect(page.getByTestId('card-sent')).toBeVisible()
    await expect(page.locator('[data-painted="true"]')).toHaveCount(1)
  },
  async earlier(page, wall) {
    await openWall(page, wall)
    for (let minute = 0; minute < 8; minute++) await page.keyboard.press('[')
    await expect(page.locator('[data-kind="past"]')).toContainText('19:59:30')
    await expect(page.getByTestId('feed').getByRole('row').nth(1)).toContainText('19:59:30')
  },
}

const SIZES = [
  { name: 'wall', viewport: { width: 1920, height: 1080 }, deviceScaleFactor: 0.5 },
  { name: 'phone', viewport: { width: 390, height: 844 }, deviceScaleFactor: 1 },
] as const
/** Each language in a theme of its own, so that both themes are looked at too. */
const LANGUAGES = [
  { name: 'en', locale: 'en-GB', colorScheme: 'dark' },
  { name: 'zh', locale: 'zh-CN', colorScheme: 'light' },
] as const

for (const { name: size, viewport, deviceScaleFactor } of SIZES) {
  for (const { name: language, locale, colorScheme } of LANGUAGES) {
    test.describe(`${size}, ${language}`, () => {
      test.use({ viewport, deviceScaleFactor, locale, colorScheme, contextOptions: { reducedMotion: 'reduce' } })

      for (const [state, show] of Object.entries(STATES)) {
        test(`the wall looks as it should: ${state}`, async ({ page, wall }) => {
          await drawIn(page, FONT)
          await show(page, wall)
          expect(await page.evaluate<string[]>(OVERFLOWING), 'what is wider than its place').toEqual([])
          if (size === 'wall')
            expect(await page.evaluate<number>(BELOW_THE_EDGE), 'pixels below 1080').toBeLessThanOrEqual(0)
          await page.mouse.move(0, 0)
          await expect(page).toHaveScreenshot(`${state}-${size}-${language}.png`)
        })
      }
    })
  }
}

/** Without the font there is nothing to compare. */
async function drawIn(page: Page, font: string): Promise<void> {
  const there = await page.evaluate<boolean>(hasFont(font))
  test.skip(!there, `the pictures are drawn in ${font}, which is not installed (fonts-noto-cjk)`)
  await page.addInitScript(useFont(font))
}
