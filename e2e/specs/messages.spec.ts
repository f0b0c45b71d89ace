import { AxeBuilder } from '@axe-core/playwright'
import { MessagesPage } from '../pages/messages.ts'
import { expect, test } from '../fixtures/test.ts'
import { sendMany, smsTemplate } from '../fixtures/traffic.ts'

test('dead letters are counted, retried and seen to move in a second browser', async ({
  api,
  browser,
  page,
  server,
}) => {
  await api.createService({ channel: 'sms', adapter: 'sandbox', priority: 50, settings: { error_rate: 1, seed: 1 } })
  const template = await smsTemplate(api)
  const [first] = await sendMany(api, template, 3)
  await expect.poll(() => api.stateOf(first?.trace_id ?? ''), { timeout: 40_000 }).toBe('failed')
  const messages = new MessagesPage(page)
  await messages.open()
  await messages.view('Dead letters').click()
  await expect(page).toHaveURL(/status=failed,expired|status=failed%2Cexpired/)
  await expect(messages.rows).toHaveCount(3)

  const other = await (await browser.newContext()).newPage()
  const second = new MessagesPage(other)
  await other.goto(`${server.url}/messages?status=failed`)
  await expect(second.rows).toHaveCount(3)

  await api.pause('sms')
  await messages.bulk.getByRole('button', { name: 'Retry …' }).click()
  await expect(messages.dialog).toContainText('Exactly 3 messages')
  await messages.dialog.getByRole('button', { name: 'Retry 3' }).click()
  await expect(messages.jobs).toContainText('done · 3 of 3')
  await expect(second.rows).toHaveCount(0)
  await expect(second.jobs).toContainText('done · 3 of 3')

  await messages.jobs.getByRole('button', { name: 'Cancel what still waits' }).click()
  await expect(messages.jobs).toContainText('Taking back')
  await expect.poll(() => api.stateOf(first?.trace_id ?? '')).toBe('cancelled')
  await other.context().close()
})

test('a recipient is masked until somebody asks for it, by the keyboard alone', async ({ api, page }) => {
  await sendMany(api, await smsTemplate(api), 1)
  const messages = new MessagesPage(page)
  await messages.open('?channel=sms')
  await expect(messages.rows).toContainText(['+86138****0000'])
  await messages.rows.getByRole('button', { name: /in full/ }).focus()
  await page.keyboard.press('Enter')
  await expect(messages.rows).toContainText(['+8613800000000'])
})

test('what the filters leave is said, exported and nothing serious stands in the way of assistive technology', async ({
  api,
  page,
}) => {
  await sendMany(api, await smsTemplate(api), 2)
  const messages = new MessagesPage(page)
  await messages.open('?status=unknown')
  await expect(page.getByText('No message fits')).toBeVisible()
  await messages.view('All').click()
  await expect(messages.rows).toHaveCount(2)
  const download = page.waitForEvent('download')
  await page.getByRole('link', { name: 'Export as CSV' }).click()
  expect((await download).suggestedFilename()).toBe('messages.csv')
  await messages.bulk.getByRole('button', { name: 'Cancel …' }).click()
  await expect(messages.dialog).toContainText('No message')
  for (const closed of [false, true]) {
    if (closed) await page.keyboard.press('Escape')
    const { violations } = await new AxeBuilder({ page }).analyze()
    const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
    expect(serious.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([])
  }
})
