/** Every screen but the wall, in both languages and both themes, for readers who cannot see it; and by the keyboard alone. */
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import type { Api } from '../fixtures/api.ts'
import { expect, test } from '../fixtures/test.ts'
import { sendMany, smsTemplate } from '../fixtures/traffic.ts'
import { MessagesPage } from '../pages/messages.ts'

async function expectAccessible(page: Page, screen: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  const told = serious.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`)
  expect.soft(told, screen).toEqual([])
}

/** A template, one message that was sent, and a batch that waits. */
async function traffic(api: Api) {
  const template = await smsTemplate(api)
  const [sent] = await sendMany(api, template, 1)
  await expect.poll(() => api.stateOf(sent?.trace_id ?? '')).toBe('sent')
  await api.pause('sms')
  const { task_id: taskId } = await api.sendBatch(template.id, 3)
  return { template, traceId: sent?.trace_id ?? '', taskId }
}

for (const [locale, language] of [
  ['en-GB', 'en'],
  ['zh-CN', 'zh'],
] as const) {
  for (const colorScheme of ['dark', 'light'] as const) {
    test.describe(`in ${language}, ${colorScheme}`, () => {
      test.use({ locale, colorScheme })

      test('nothing serious stands in the way of assistive technology', async ({ api, page }) => {
        test.setTimeout(120_000)
        const { template, traceId, taskId } = await traffic(api)
        const messages = new MessagesPage(page, language)
        await messages.open('?status=unknown')
        await expect(page.getByRole('main').locator('.state.empty')).toBeVisible()
        await expectAccessible(page, 'messages, none')

        await messages.open('?status=failed&channel=sms')
        await messages.saveView.click()
        await messages.dialog.getByRole('textbox').fill('Night')
        await expectAccessible(page, 'a view that is saved')
        await messages.dialog.locator('[type=submit]').click()
        await expect(messages.view('Night').first()).toHaveAttribute('aria-pressed', 'true')
        await expectAccessible(page, 'messages with a saved view')
        await messages.view('Night').last().click()
        await expect(messages.saveView).toBeVisible()
        await expectAccessible(page, 'messages with a deleted view')

        await messages.open(`?task_id=${taskId}`)
        await expect(messages.rows).toHaveCount(3)
        await expectAccessible(page, 'messages of a task')
        await messages.rows.first().locator('[aria-haspopup=menu]').click()
        await expectAccessible(page, 'menu of a row')
        await messages.menu.getByRole('menuitem').first().click()
        await expectAccessible(page, 'one message')
        await messages.dialog.locator('[type=submit]').click()
        await expect(messages.rows.locator('[data-state=cancelled]')).toHaveCount(1)
        await messages.bulk.getByRole('button').nth(1).click()
        await expect(messages.dialog.getByRole('status')).toContainText('2')
        await expectAccessible(page, 'bulk')
        await messages.dialog.locator('[type=submit]').click()
        await expect(messages.jobs.locator('[data-job=done]')).toBeVisible()
        await expectAccessible(page, 'messages with bulk actions')

        await page.goto('/templates')
        await expect(page.getByRole('row', { name: /Login code/ })).toBeVisible()
        await expectAccessible(page, 'templates')
        await page.goto(`/templates/${template.id}`)
        await expect(page.getByRole('main').getByText('Your code is').first()).toBeVisible()
        await expectAccessible(page, 'template editor')

        await page.goto('/traces')
        await expect(page.getByRole('main').getByText('Login code').first()).toBeVisible()
        await expectAccessible(page, 'traces')
        await page.goto(`/traces/${traceId}`)
        await expect(page.getByRole('article').locator('[data-state=sent]').first()).toBeVisible()
        await expectAccessible(page, 'trace')

        await page.goto('/settings?version=20')
        await expect(page.getByRole('main').locator('[data-change=added]').first()).toBeVisible()
        await expectAccessible(page, 'settings as they were')

        await page.goto('/sandbox')
        await expect(page.getByRole('article')).toHaveCount(1)
        await expectAccessible(page, 'sandbox')
      })
    })
  }
}

test('messages are found, acted on and resolved by the keyboard alone', async ({ api, page }) => {
  await traffic(api)
  const messages = new MessagesPage(page)
  await messages.open()
  await expect(messages.rows).toHaveCount(4)
  await messages.filters.getByLabel('State').focus()
  await page.keyboard.type('queued')
  await expect(messages.rows).toHaveCount(3)

  await messages.rows.first().locator('[aria-haspopup=menu]').focus()
  await page.keyboard.press('Enter')
  await expect(messages.menu.getByRole('menuitem', { name: 'Cancel …' })).toBeFocused()
  await page.keyboard.press('ArrowDown')
  await expect(messages.menu.getByRole('menuitem', { name: 'Open the trace' })).toBeFocused()
  await page.keyboard.press('Escape')
  await expect(messages.rows.first().locator('[aria-haspopup=menu]')).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(messages.menu.getByRole('menuitem', { name: 'Cancel …' })).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(messages.dialog).toBeVisible()
  await messages.dialog.getByRole('button', { name: 'Cancel it' }).focus()
  await page.keyboard.press('Enter')
  await expect(messages.rows.first()).toContainText('cancelled')

  await messages.bulk.getByRole('button', { name: 'Cancel …' }).focus()
  await page.keyboard.press('Enter')
  await expect(messages.dialog).toContainText('Exactly 2 messages')
  await messages.dialog.getByLabel('Your name').focus()
  await page.keyboard.type('Ada')
  await page.keyboard.press('Enter')
  await expect(messages.jobs).toContainText('done · 2 of 2')
})

test('the templates, the look-up and the sandbox are used by the keyboard alone', async ({ api, page }) => {
  const { traceId } = await traffic(api)
  await page.goto('/sandbox')
  await page.getByRole('article').getByRole('link').first().focus()
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(new RegExp(`/traces/${traceId}$`))
  await page.keyboard.press('/')
  await page.keyboard.type('+8613800000000')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('article').locator('[data-state=sent]').first()).toBeVisible()
  await page.getByRole('navigation', { name: 'Screens' }).getByRole('link', { name: 'Templates' }).focus()
  await page.keyboard.press('Enter')
  await page
    .getByRole('row', { name: /Login code/ })
    .getByRole('link')
    .first()
    .focus()
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/\/templates\/\d+$/)
})
