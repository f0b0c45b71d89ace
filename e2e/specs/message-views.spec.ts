import { MessagesPage } from '../pages/messages.ts'
import { expect, test } from '../fixtures/test.ts'

test('a filter is saved, seen and applied in a second browser by the keyboard, replaced, deleted and put back', async ({
  browser,
  page,
  server,
  watch,
}) => {
  watch.allow(/status of 409/)
  const other = await (await browser.newContext()).newPage()
  const [messages, second] = [new MessagesPage(page), new MessagesPage(other)]
  await other.goto(`${server.url}/messages`)
  await expect(second.view('All')).toHaveAttribute('aria-pressed', 'true')
  await expect(second.saveView).toBeHidden()

  await messages.open('?status=failed,expired')
  await expect(messages.view('Dead letters')).toHaveAttribute('aria-pressed', 'true')
  await expect(messages.saveView).toBeHidden()
  await messages.filters.getByLabel('Channel').selectOption('sms')
  await messages.saveView.click()
  await page.keyboard.type('Night shift')
  await page.keyboard.press('Enter')
  await expect(messages.view('Night shift').first()).toHaveAttribute('aria-pressed', 'true')
  await expect(messages.view('Night shift').first()).toBeFocused()
  await expect(messages.saveView).toBeHidden()

  await second.view('Night shift').focus()
  await other.keyboard.press('Enter')
  await expect(other).toHaveURL(/status=failed(,|%2C)expired&channel=sms$/)
  await expect(second.view('Night shift').first()).toHaveAttribute('aria-pressed', 'true')

  await test.step('the same name, in any case, asks to replace', async () => {
    await messages.filters.getByLabel('Channel').selectOption('email')
    await messages.saveView.click()
    await page.keyboard.type('NIGHT SHIFT')
    await page.keyboard.press('Enter')
    await expect(messages.dialog).toContainText('There is a view of this name')
    await messages.dialog.getByRole('button', { name: 'Replace' }).click()
    await expect(messages.view('NIGHT SHIFT').first()).toHaveAttribute('aria-pressed', 'true')
    // What stood for the other's filter stands for another now: theirs can be saved.
    await expect(second.saveView).toBeVisible()
  })

  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await expect(page.getByText('The view NIGHT SHIFT is deleted.')).toBeVisible()
  await expect(second.view('NIGHT SHIFT')).toHaveCount(0)
  await expect(page.getByRole('button', { name: 'Take back' })).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(messages.view('NIGHT SHIFT').first()).toBeFocused()
  await expect(second.view('NIGHT SHIFT')).toHaveCount(1)
  await other.context().close()
})

test('a view whose filter is not understood any more says so, is not applied and can be deleted', async ({ page }) => {
  const messages = new MessagesPage(page)
  await page.route('**/api/messages/views', (route) =>
    route.fulfill({ json: { code: 0, message: 'ok', data: [{ name: 'Old', query: 'status=gone&channel=sms' }] } }),
  )
  await messages.open()
  await expect(page.getByText('Old: the filter is not understood any more')).toBeVisible()
  await expect(messages.view('Old')).toHaveCount(1)
  await expect(messages.view('Old')).toHaveAccessibleName('Delete the view Old for everybody')
})
