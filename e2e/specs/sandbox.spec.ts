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
