/** Every screen but the wall, in both languages and both themes, for readers who cannot see it; and by the keyboard alone. */
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import type { Api } from '../fixtures/api.ts'
import { expect, test } from '../fixtures/test.ts'
import { sendMany, smsTemplate } from '../fixtures/traffic.ts'
import { MessagesPage } from '../pages/messages.ts'
import { ServicesPage } from '../pages/services.ts'
import { SuppressionsPage } from '../pages/suppressions.ts'

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

      test('nor in the way of services and suppressions', async ({ api, page, watch }) => {
        test.setTimeout(120_000)
        watch.allow(/422 \(Unprocessable/)
        await traffic(api)
        const { id } = await api.createService({ channel: 'sms', adapter: 'sandbox', name: 'Night', daily_quota: 5 })
        const services = new ServicesPage(page, language)
        await services.open()
        await expect(services.rows).toHaveCount(6)
        await expectAccessible(page, 'services')
        await services.row('Night').locator('[aria-haspopup=menu]').click()
        await expectAccessible(page, 'menu of a service')
        await services.menu.getByRole('menuitem').first().click()
        await expect(services.undo).toBeVisible()
        await expectAccessible(page, 'services, one drained')
        await services.row('Sandbox sms').getByRole('button').first().click()
        await expect(services.dialog).toBeVisible()
        await expectAccessible(page, 'warning of the last service')
        await services.open('?q=nothing')
        await expect(services.main.locator('.state.empty')).toBeVisible()
        await expectAccessible(page, 'services, none fits')

        await services.open('/new')
        await services.choose('sms', 'sms.aliyun')
        await services.main.locator('fieldset button').first().click()
        await services.main.locator('[type=submit]').first().click()
        await expect(services.problem).toBeVisible()
        await expectAccessible(page, 'a service that is refused')
        await services.open(`/${id}`)
        await services.now.locator('summary').click()
        await services.trial.locator('input').first().fill('+8613800000000')
        await services.trial.locator('[type=submit]').click()
        await expect(services.outcome).toBeVisible()
        await services.field('weight').fill('7')
        await expectAccessible(page, 'a service with its test')
        await services.main.locator('footer [type=submit]').first().click()
        await expect(services.dialog).toBeVisible()
        await expectAccessible(page, 'what saving changes')

        const suppressions = new SuppressionsPage(page)
        await suppressions.open()
        await expect(suppressions.main.locator('.state.empty')).toBeVisible()
        await expectAccessible(page, 'suppressions, none')
        await suppressions.main.getByRole('button').first().click()
        await suppressions.dialog.locator('input:not([type=radio])').first().fill('+8613800138000')
        await expectAccessible(page, 'a suppression by hand')
        await suppressions.dialog.locator('[type=submit]').click()
        await expect(suppressions.rows).toHaveCount(1)
        await expectAccessible(page, 'suppressions')
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

test('a service is made, paused and resumed, and a suppression added and lifted, by the keyboard alone', async ({
  page,
}) => {
  const services = new ServicesPage(page)
  await page.goto('/messages')
  await page.getByRole('navigation', { name: 'Screens' }).getByRole('link', { name: 'Services' }).focus()
  await page.keyboard.press('Enter')
  await services.button('New service').focus()
  await page.keyboard.press('Enter')
  await services.main.locator('input[name=channel]').first().focus()
  await page.keyboard.press('Space')
  await services.main.locator('input[name=adapter][value=sandbox]').focus()
  await page.keyboard.press('Space')
  await services.field('name').focus()
  await page.keyboard.type('Night')
  await page.keyboard.press('Enter')
  await expect(services.main).toContainText('Night is made and enabled')

  await page.getByRole('link', { name: '← Services' }).focus()
  await page.keyboard.press('Enter')
  const pause = services.row('Night').getByRole('button', { name: 'Pause' })
  await pause.focus()
  await page.keyboard.press('Enter')
  await services.dialog.getByRole('button', { name: 'Pause all the same' }).focus()
  await page.keyboard.press('Enter')
  await expect(services.condition('Night')).toHaveAttribute('data-condition', 'paused')
  await expect(services.row('Night').getByRole('button', { name: 'Resume' })).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(services.condition('Night')).toHaveAttribute('data-condition', 'active')
  await services.row('Night').locator('[aria-haspopup=menu]').focus()
  await page.keyboard.press('Enter')
  await expect(services.menu.getByRole('menuitem', { name: 'Drain and disable' })).toBeFocused()
  await page.keyboard.press('Escape')
  await expect(services.row('Night').locator('[aria-haspopup=menu]')).toBeFocused()

  await page.getByRole('navigation', { name: 'Screens' }).getByRole('button', { name: 'More' }).focus()
  await page.keyboard.press('Enter')
  await page.keyboard.press('Tab')
  await expect(page.getByRole('link', { name: 'Suppressions' })).toBeFocused()
  await page.keyboard.press('Enter')
  const suppressions = new SuppressionsPage(page)
  await suppressions.button('Add …').focus()
  await page.keyboard.press('Enter')
  await suppressions.dialog.getByLabel('Recipient').focus()
  await page.keyboard.type('+8613800138000')
  await page.keyboard.press('Enter')
  await suppressions.rows.getByRole('button', { name: 'Lift' }).focus()
  await page.keyboard.press('Enter')
  await suppressions.dialog.getByRole('button', { name: 'Lift it' }).focus()
  await page.keyboard.press('Enter')
  await expect(suppressions.rows).toHaveCount(0)
  await expect(page.getByRole('heading', { name: 'Suppressions' })).toBeFocused()
})
