/**
 * How the wall looks in every state, compared with pictures in `e2e/looks/`. So that only what we draw counts, and not
 * how a machine draws letters: figures and clock are fixed, one font is used throughout, the wall is drawn at half size,
 * and small differences of a shade pass. After a change that is meant: `playwright test wall-looks --update-snapshots`.
 */
import type { Page } from '@playwright/test'
import { BELOW_THE_EDGE, hasFont, OVERFLOWING, useFont } from '../fixtures/wall/in-page.ts'
import { STATES } from '../fixtures/wall/states.ts'
import { expect, test } from '../fixtures/wall/test.ts'

/** Comes with `fonts-noto-cjk`, which the test command installs where it may. */
const FONT = 'Noto Sans CJK SC'

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

/** Without the font there is nothing to compare: on a machine of one's own that is left out, where it counts it fails. */
async function drawIn(page: Page, font: string): Promise<void> {
  const there = await page.evaluate<boolean>(hasFont(font))
  const missing = `the pictures are drawn in ${font}, which is not installed (fonts-noto-cjk)`
  if (process.env['CI']) expect(there, missing).toBe(true)
  test.skip(!there, missing)
  await page.addInitScript(useFont(font))
}
