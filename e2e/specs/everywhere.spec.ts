/** What holds on every screen: languages, themes, the keyboard, and readers who cannot see it. */
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { expect, test } from '../fixtures/test.ts'
import { sendMany, smsTemplate } from '../fixtures/traffic.ts'

test('the language follows the browser, is switched in one click and kept', async ({ page, shell, templates }) => {
  await templates.open()
  await expect(templates.heading).toBeVisible()
  await shell.languageButton.click()
  await expect(page.getByRole('heading', { level: 1, name: '模板' })).toBeVisible()
  await expect(page.locator('html')).toHaveAttribute('lang', /^zh/)
  await expect(page).toHaveTitle('模板 · 信号楼')

  await page.reload()
  await expect(page.getByRole('heading', { level: 1, name: '模板' })).toBeVisible()
  await shell.languageButton.click()
  await expect(templates.heading).toBeVisible()
})

test('the theme follows the system, is switched in one click and kept', async ({ page, shell, templates }) => {
  const theme = page.locator('html')
  await templates.open()
  await expect(theme).toHaveClass('dark')
  await shell.themeButton.click()
  await expect(theme).toHaveClass('light')
  await page.reload()
  await expect(theme).toHaveClass('light')
})

test('every screen is reached and used by the keyboard alone', async ({ api, page, shell, templates, traces }) => {
  const [sent] = await sendMany(api, await smsTemplate(api), 1)
  await templates.open()
  await page.keyboard.press('Tab')
  await expect(shell.skipLink).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('main')).toBeFocused()

  await page.keyboard.press('/')
  await expect(shell.lookUp).toBeFocused()
  await page.keyboard.type(sent?.trace_id ?? '')
  await page.keyboard.press('Enter')
  await expect(traces.state('sent')).toBeVisible()

  await shell.navigation.getByRole('link', { name: 'Templates' }).focus()
  await page.keyboard.press('Enter')
  await templates.row('Login code').getByRole('link').focus()
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/\/templates\/\d+$/)
})

test('an address that leads nowhere says so and leads back', async ({ page }) => {
  await page.goto('/no/such/page')
  await expect(page.getByRole('heading', { name: 'There is no such page' })).toBeVisible()
  await page.getByRole('main').getByRole('link', { name: 'Monitor' }).click()
  await expect(page).toHaveURL(/\/monitor$/)
})

for (const colorScheme of ['dark', 'light'] as const) {
  test.describe(`in the ${colorScheme} theme`, () => {
    test.use({ colorScheme })

    test('nothing serious stands in the way of assistive technology', async ({
      api,
      monitor,
      page,
      templateEditor,
      templates,
      traces,
    }) => {
      const template = await smsTemplate(api)
      await monitor.open()
      await expect(monitor.firstSteps).toBeVisible()
      await expectAccessible(page, 'empty monitor')

      const [sent] = await sendMany(api, template, 3)
      await expect(monitor.feedLinks).toHaveCount(3)
      await expectAccessible(page, 'monitor')

      await templates.open()
      await expect(templates.row('Login code')).toBeVisible()
      await expectAccessible(page, 'templates')

      await templateEditor.open(template.id)
      await expect(templateEditor.preview).toContainText('Your code is')
      await expectAccessible(page, 'template editor')

      await traces.open()
      await expect(traces.recent).toContainText('Login code')
      await expectAccessible(page, 'traces')

      await traces.open(sent?.trace_id)
      await expect(traces.state('sent')).toBeVisible()
      await expectAccessible(page, 'trace')

      await api.pause('sms')
      const [waiting] = await sendMany(api, template, 1)
      await traces.open(waiting?.trace_id)
      await expect(traces.waiting).toContainText('The channel is paused')
      await expectAccessible(page, 'trace of what waits')
    })
  })
}

async function expectAccessible(page: Page, screen: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  const told = serious.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`)
  expect(told, screen).toEqual([])
}
