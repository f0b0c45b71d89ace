import { AxeBuilder } from '@axe-core/playwright'
import { expect, test } from '../fixtures/test.ts'
import { smsTemplate } from '../fixtures/traffic.ts'

test('the sandbox shows what would have been delivered as it comes, always under its label', async ({ api, page }) => {
  await page.goto('/sandbox')
  await expect(page.getByText('The sandbox is empty')).toBeVisible()
  const template = await smsTemplate(api)
  const { trace_id: traceId } = await api.send({
    template_id: template.id,
    recipient: '+8613800138000',
    variables: { code: '<b>1234</b>' },
  })
  const kept = page.getByRole('article')
  await expect(kept).toContainText('SANDBOX · not sent')
  await expect(kept).toContainText('Your code is <b>1234</b>')
  const { violations } = await new AxeBuilder({ page }).analyze()
  expect(violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')).toEqual([])
  await kept.getByRole('link', { name: `Trace of message ${traceId}` }).click()
  await expect(page).toHaveURL(new RegExp(`/traces/${traceId}$`))
})

test('a mail stands in a frame that shares nothing with the page', async ({ api, page, watch }) => {
  watch.allow(/Blocked script execution in 'about:srcdoc'/)
  await api.createSandbox('email')
  const content = '<p>Hello {{name}}</p><script>parent.document.title = "taken"</script>'
  const template = await api.createTemplate({ channel: 'email', name: 'Mail', subject: 'Hi', content, format: 'html' })
  await api.send({ template_id: template.id, recipient: 'ada@example.com', variables: { name: 'Ada' } })
  await page.goto('/sandbox?channel=email')
  const frame = page.getByTitle('Mail to ada@example.com')
  await expect(frame).toHaveAttribute('sandbox', '')
  await expect(frame.contentFrame().getByText('Hello Ada')).toBeVisible()
  await expect(page).toHaveTitle(/Sandbox/)
})

test('each channel shows a message as its recipient would see it, with what its provider counts', async ({
  api,
  page,
}) => {
  const send = async (channel: 'sms' | 'wechat' | 'feishu', content: string, subject?: string) => {
    if (channel === 'sms') await api.createSandbox('sms', { sign_name: 'Shop' })
    const template = await api.createTemplate({ channel, content, ...(subject && { subject }) })
    const recipient = { sms: '+8613800138000', wechat: 'oABCD1234567890abcdefghijkl_', feishu: 'ou_7d8a6e6d' }[channel]
    const { trace_id: traceId } = await api.send({
      ...{ template_id: template.id, recipient },
      variables: channel === 'wechat' ? { thing1: 'A parcel with a very long name' } : {},
    })
    await expect.poll(() => api.stateOf(traceId)).toBe('sent')
  }
  await send('sms', 'x'.repeat(70))
  await send('wechat', 'Goods: {{thing1}}', 'Shipped')
  await send('feishu', 'The shop is down', 'Alarm')
  await page.goto('/sandbox')
  const kept = page.getByRole('article').filter({ hasText: 'SANDBOX' })
  await expect(kept).toHaveCount(3)
  await expect(kept.filter({ hasText: '【Shop】' })).toContainText('76 characters, 2 segments')
  await expect(kept.filter({ hasText: 'Shipped' })).toContainText('! thing1: 30 of at most 20 characters')
  await expect(kept.filter({ hasText: 'Alarm' })).toContainText('BOT')
  await expect(kept.getByRole('link', { name: /Trace of message/ })).toHaveCount(3)
  const { violations } = await new AxeBuilder({ page }).analyze()
  expect(violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)])).toEqual([])
})

test('a test of a template is kept without a recipient or a trace, and says so in both languages', async ({
  api,
  browser,
  server,
}) => {
  const { id } = await api.createTemplate({ channel: 'sms', content: 'Code {{code}}' })
  await fetch(`${server.url}/api/messages/templates/${id}/test`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ variables: { code: '7' } }),
  })
  for (const [locale, words] of [
    ['en', 'test of a template, to nobody'],
    ['zh-CN', '模板测试，没有接收人'],
  ] as const) {
    const context = await browser.newContext({ baseURL: server.url, locale })
    const page = await context.newPage()
    await page.goto('/sandbox')
    await expect(page.getByText(words)).toBeVisible()
    await expect(page.getByRole('article').getByRole('link')).toHaveCount(0)
    await context.close()
  }
})

test('what one reads stands still until one looks away', async ({ api, page }) => {
  const template = await smsTemplate(api)
  const send = async (code: string) => {
    const message = { template_id: template.id, recipient: '+8613800138000', variables: { code } }
    const { trace_id: traceId } = await api.send(message)
    await expect.poll(() => api.stateOf(traceId)).toBe('sent')
  }
  await page.clock.install()
  await send('1111')
  await page.goto('/sandbox')
  const kept = page.getByRole('article')
  await expect(kept).toHaveCount(1)
  await kept.first().hover()
  await expect(page.getByText('Stands still while you read')).toBeVisible()
  await send('2222')
  let asked = 0
  page.on('request', (request) => (asked += request.url().includes('/api/sandbox') ? 1 : 0))
  await page.clock.runFor(10_000)
  expect(asked).toBe(0)
  await page.getByRole('heading', { level: 1 }).hover()
  await expect(kept).toHaveCount(2)
  await page.getByRole('button', { name: 'Pause' }).click()
  await page.getByRole('heading', { level: 1 }).hover()
  await send('3333')
  const before = asked
  await page.clock.runFor(10_000)
  expect(asked).toBe(before)
  await page.getByRole('button', { name: 'Go on' }).click()
  await expect(kept).toHaveCount(3)
})
