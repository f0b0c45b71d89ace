import type { Api } from '../fixtures/api.ts'
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
  // The other one sees it where the rows stand; they go when it asks.
  await expect(second.rows).toContainText(['queued', 'queued', 'queued'])
  await expect(second.jobs).toContainText('done · 3 of 3')
  await expect(other.getByText('3 fit no longer')).toBeVisible()
  await other.getByRole('button', { name: 'Show', exact: true }).click()
  await expect(other.getByText('No message fits')).toBeVisible()

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

test('what the filters leave is said, and exported', async ({ api, page }) => {
  await sendMany(api, await smsTemplate(api), 2)
  const messages = new MessagesPage(page)
  await messages.open('?status=unknown')
  await expect(page.getByText('No message fits')).toBeVisible()
  await messages.view('All').click()
  await expect(messages.rows).toHaveCount(2)
  const download = page.waitForEvent('download')
  await page.getByRole('link', { name: 'Export as CSV' }).click()
  expect((await download).suggestedFilename()).toBe('messages.csv')
})

/** Messages whose outcome is unknown. */
async function unknown(api: Api, count: number): Promise<void> {
  const settings = { unknown_rate: 1, seed: 1 }
  await api.createService({ channel: 'sms', adapter: 'sandbox', priority: 50, settings })
  const sent = await sendMany(api, await smsTemplate(api), count)
  for (const { trace_id: id } of sent) await expect.poll(() => api.stateOf(id)).toBe('unknown')
}

test('what is unknown is decided one by one, and a second browser sees each where it stands, without asking', async ({
  api,
  browser,
  page,
  server,
}) => {
  await unknown(api, 3)
  const messages = new MessagesPage(page)
  await messages.open('?status=unknown')
  await expect(messages.rows).toHaveCount(3)
  const other = await (await browser.newContext()).newPage()
  const second = new MessagesPage(other)
  await other.goto(`${server.url}/messages?status=unknown`)
  await expect(second.rows).toHaveCount(3)
  const asked: string[] = []
  other.on('request', (request) => asked.push(request.url()))

  await messages.choose(messages.rows.nth(0), 'Mark as sent …')
  await messages.dialog.getByRole('textbox').fill('seen in the console of the provider')
  await messages.dialog.getByRole('button', { name: 'Mark as sent' }).click()
  await expect(second.rows.nth(0)).toContainText('sent')
  await messages.choose(messages.rows.nth(1), 'Mark as failed …')
  await messages.dialog.getByRole('button', { name: 'Mark as failed' }).click()
  await expect(second.rows.nth(1)).toContainText('failed')

  await api.pause('sms')
  await messages.choose(messages.rows.nth(2), 'Send again …')
  await expect(messages.dialog).toContainText('the recipient gets it twice')
  await messages.dialog.getByRole('button', { name: 'Send again' }).click()
  await expect(second.rows.nth(2)).toContainText('queued')
  await page.getByRole('button', { name: 'Take back' }).click()
  await expect(page.getByText(/is cancelled before it left/)).toBeVisible()
  await expect(second.rows.nth(2)).toContainText('cancelled')
  expect(asked.filter((url) => url.includes('/api/messages'))).toEqual([])
  await other.context().close()
})

test('new messages are announced, and put in when somebody asks', async ({ api, page }) => {
  const template = await smsTemplate(api)
  await sendMany(api, template, 2)
  const messages = new MessagesPage(page)
  await messages.open('?channel=sms')
  await expect(messages.rows).toHaveCount(2)
  const before = await messages.rows.allTextContents()
  await sendMany(api, template, 3)
  await expect(page.getByText('3 new')).toBeVisible()
  expect((await messages.rows.allTextContents()).map((text) => text.slice(0, 19))).toEqual(
    before.map((text) => text.slice(0, 19)),
  )
  await page.getByRole('button', { name: 'Show', exact: true }).click()
  await expect(messages.rows).toHaveCount(5)
})

test('the list goes on by itself after a restart of the server', async ({ api, page, server, watch }) => {
  watch.allow(/ERR_CONNECTION|WebSocket|status of 50\d/)
  const template = await smsTemplate(api)
  await api.pause('sms')
  await sendMany(api, template, 1)
  const messages = new MessagesPage(page)
  await messages.open()
  await expect(messages.rows).toContainText(['queued'])
  await server.restart()
  await api.resume('sms')
  await expect(messages.rows).toContainText(['sent'], { timeout: 30_000 })
})

test('a trace offers what can be done to its message, and takes it back', async ({ api, page, traces }) => {
  await api.pause('sms')
  const [sent] = await sendMany(api, await smsTemplate(api), 1)
  await traces.open(sent?.trace_id)
  await page.getByRole('group', { name: 'Actions' }).getByRole('button', { name: 'Cancel …' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel it' }).click()
  await expect(traces.state('cancelled')).toBeVisible()
  await expect(page.getByText(`${sent?.trace_id} is cancelled.`)).toBeVisible()
})

test('a task is cancelled with the exact number of what still waits, and its bar adds up', async ({ api, page }) => {
  const template = await smsTemplate(api)
  await api.pause('sms')
  const { task_id: taskId } = await api.sendBatch(template.id, 12)
  const messages = new MessagesPage(page)
  await messages.open()
  await messages.choose(messages.rows.first(), 'All of its task')
  await expect(page).toHaveURL(new RegExp(`task_id=${taskId}`))
  const panel = page.getByRole('region', { name: `Task ${taskId}` })
  await expect(panel).toContainText('12 messages')
  await panel.getByRole('button', { name: 'Cancel the 12 that wait …' }).click()
  await expect(messages.dialog).toContainText('Exactly 12 messages')
  await messages.dialog.getByLabel('Your name').fill('Ada')
  await messages.dialog.getByRole('button', { name: 'Cancel 12' }).click()
  await expect(messages.jobs).toContainText('done · 12 of 12')
  await expect(messages.jobs).toContainText('Ada')
  await expect(panel).toContainText('completed')
  await expect(panel.getByRole('button')).toHaveCount(0)
})

test('bulk actions of before a restart are still shown, with who asked for them', async ({
  api,
  page,
  server,
  watch,
}) => {
  watch.allow(/ERR_CONNECTION|WebSocket|status of 50\d/)
  const template = await smsTemplate(api)
  await api.pause('sms')
  await api.sendBatch(template.id, 5)
  const messages = new MessagesPage(page)
  await messages.open('?status=queued')
  await messages.bulk.getByRole('button', { name: 'Cancel …' }).click()
  await messages.dialog.getByLabel('Your name').fill('Grace')
  await messages.dialog.getByRole('button', { name: 'Cancel 5' }).click()
  await expect(messages.jobs).toContainText('done · 5 of 5')
  await server.restart()
  await messages.open()
  await expect(messages.jobs).toContainText('Grace')
  await expect(messages.jobs).toContainText('State queued')
})

test.describe('on a phone', () => {
  test.use({ viewport: { width: 390, height: 844 } })

  test('the filters stand behind a button that says how many are in force', async ({ api, page }) => {
    await sendMany(api, await smsTemplate(api), 1)
    const messages = new MessagesPage(page)
    await messages.open('?channel=sms')
    await expect(messages.rows).toHaveCount(1)
    await expect(messages.filters).toBeHidden()
    await page.getByRole('button', { name: 'Filters: 1 in force' }).click()
    await messages.filters.getByLabel('State').selectOption('failed')
    await expect(page.getByRole('button', { name: 'Filters: 2 in force' })).toBeVisible()
    await expect(messages.filters).toBeHidden()
    await expect(page).toHaveURL(/status=failed/)
  })
})
