import { expect, test } from '../fixtures/test.ts'
import { SuppressionsPage } from '../pages/suppressions.ts'

const RECIPIENT = '+8613800138000'

test('who must not be written to is added by hand, stops a message, and is found from its trace', async ({
  api,
  page,
  traces,
}) => {
  // A notice: marketing would wait for the morning first.
  const template = await api.createTemplate({ channel: 'sms', name: 'Notice', content: 'Shipped' })
  const suppressions = new SuppressionsPage(page)
  await suppressions.open()
  await expect(suppressions.main).toContainText('Nobody is suppressed')
  await suppressions.button('Add …').click()
  await suppressions.dialog.getByLabel('Recipient').fill(RECIPIENT)
  await suppressions.dialog.getByLabel('Everything but one-time codes').check()
  await suppressions.dialog.getByLabel('Why').fill('asked on the phone')
  await suppressions.dialog.getByRole('button', { name: 'Add' }).click()
  await expect(suppressions.rows).toHaveCount(1)
  await expect(suppressions.rows).toContainText('+86138****8000')
  await expect(suppressions.rows).toContainText('asked on the phone')

  const { trace_id: traceId } = await api.send({ template_id: template.id, recipient: RECIPIENT })
  await expect.poll(() => api.stateOf(traceId)).toBe('failed')
  await traces.open(traceId)
  await page.getByRole('link', { name: 'Why the recipient is suppressed' }).click()
  await expect(page).toHaveURL(/\/suppressions\?id=\d+/)
  await expect(suppressions.rows).toHaveCount(1)
})

test('a recipient is masked until somebody asks, and may be written to again once lifted', async ({ page }) => {
  await page.request.post('/api/suppressions', { data: { channel: 'sms', recipient: RECIPIENT } })
  const suppressions = new SuppressionsPage(page)
  await suppressions.open()
  await suppressions.rows.getByRole('button', { name: 'Show the recipient' }).click()
  await expect(suppressions.rows).toContainText(RECIPIENT)

  await suppressions.rows.getByRole('button', { name: 'Lift' }).click()
  await suppressions.dialog.getByRole('button', { name: 'Leave it' }).click()
  await expect(suppressions.rows).toHaveCount(1)
  await suppressions.rows.getByRole('button', { name: 'Lift' }).click()
  await suppressions.dialog.getByRole('button', { name: 'Lift it' }).click()
  await expect(suppressions.main).toContainText('may be written to again')
  await expect(suppressions.rows).toHaveCount(0)
})

test('a wrong recipient is told at its field, and nothing is added', async ({ page, watch }) => {
  watch.allow(/422 \(Unprocessable/)
  const suppressions = new SuppressionsPage(page)
  await suppressions.open()
  await suppressions.button('Add …').click()
  await suppressions.dialog.getByLabel('Recipient').fill('nobody')
  await suppressions.dialog.getByRole('button', { name: 'Add' }).click()
  await expect(suppressions.dialog.getByLabel('Recipient')).toHaveAttribute('aria-invalid', 'true')
  await expect(suppressions.dialog).toContainText('! ')
})

test('many are read page by page, and filtered by channel, reason and recipient in any spelling', async ({ page }) => {
  for (let i = 0; i < 53; i++) {
    const recipient = `+86138${String(i).padStart(8, '0')}`
    await page.request.post('/api/suppressions', { data: { channel: 'sms', recipient } })
  }
  const suppressions = new SuppressionsPage(page)
  await suppressions.open()
  await expect(suppressions.rows).toHaveCount(50)
  await suppressions.button('Older').click()
  await expect(suppressions.rows).toHaveCount(3)
  await suppressions.button('Back to the newest').click()
  await expect(suppressions.rows).toHaveCount(50)

  const filters = suppressions.main.getByRole('search')
  await filters.getByLabel('Recipient').fill('138 0000 0007')
  await filters.getByRole('button', { name: 'Filter' }).click()
  await expect(suppressions.rows).toHaveCount(1)
  await filters.getByLabel('Channel').selectOption('email')
  await expect(suppressions.main).toContainText('Nobody fits')
  await suppressions.button('Show all').click()
  await filters.getByLabel('Reason').selectOption('complaint')
  await expect(suppressions.rows).toHaveCount(0)
})

test.describe('on a phone', () => {
  test.use({ viewport: { width: 390, height: 844 } })

  test('the list is read and lifted from without scrolling sideways', async ({ page }) => {
    await page.request.post('/api/suppressions', {
      data: { channel: 'sms', recipient: RECIPIENT, detail: 'x'.repeat(200) },
    })
    const suppressions = new SuppressionsPage(page)
    await suppressions.open()
    await expect(suppressions.rows.getByRole('button', { name: 'Lift' })).toBeVisible()
    const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')
    expect(overflow).toBeLessThanOrEqual(0)
  })
})
