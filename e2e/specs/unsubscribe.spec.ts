import { AxeBuilder } from '@axe-core/playwright'
import { expect, test } from '../fixtures/test.ts'
import { SuppressionsPage } from '../pages/suppressions.ts'
import { TemplateEditorPage } from '../pages/template-editor.ts'

const RECIPIENT = 'ada@example.com'

test('a template becomes marketing, and a recipient gets off it by the link in their mail', async ({
  api,
  page,
  server,
}) => {
  // Whatever the time of the test.
  server.sql("UPDATE system_config SET value = 'false' WHERE key = 'quiet_hours.marketing'")
  await api.createSandbox('email')
  const content = 'Shoes! Unsubscribe: {{unsubscribe_url}}'
  const { id } = await api.createTemplate({ channel: 'email', name: 'Sale', subject: 'Sale', content })
  const editor = new TemplateEditorPage(page)
  await editor.open(id)
  await expect(page.getByRole('radio', { name: 'Notice' })).toBeChecked()
  await page.getByText('Marketing', { exact: true }).click()
  await expect(editor.preview).toContainText('https://example.com/unsubscribe')
  const { violations } = await new AxeBuilder({ page }).analyze()
  expect(violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')).toEqual([])
  await page.getByRole('button', { name: /^Save/ }).click()
  await expect
    .poll(async () => (await page.request.get(`/api/messages/templates/${id}`)).text())
    .toContain('"version":2')

  const { trace_id: traceId } = await api.send({ template_id: id, recipient: RECIPIENT })
  await expect.poll(() => api.stateOf(traceId)).toBe('sent')
  const kept = await page.request.get('/api/sandbox/messages')
  const link = /unsubscribe\/[\w-]+/.exec(await kept.text())?.[0]
  expect(link).toBeDefined()

  await page.goto(`/${link}`)
  await expect(page.getByRole('heading')).toHaveText('Unsubscribe')
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([])
  await page.getByRole('button', { name: 'Unsubscribe' }).click()
  await expect(page.getByRole('status')).toContainText('a***@example.com gets no more marketing from us')

  const suppressions = new SuppressionsPage(page)
  await suppressions.open()
  await expect(suppressions.rows).toHaveCount(1)
  const { trace_id: next } = await api.send({ template_id: id, recipient: RECIPIENT })
  await expect.poll(() => api.stateOf(next)).toBe('failed')
})
