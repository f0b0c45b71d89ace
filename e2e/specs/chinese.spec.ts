import { expect, test } from '../fixtures/test.ts'
import { sendMany, smsTemplate } from '../fixtures/traffic.ts'

test.use({ locale: 'zh-CN' })

test('讲中文的浏览器看到中文界面：监控、模板、链路', async ({ api, page, shell }) => {
  const [sent] = await sendMany(api, await smsTemplate(api), 1)
  await page.goto('/monitor')
  await expect(page).toHaveTitle('监控 · 信号楼')
  await expect(page.getByRole('region', { name: '今日发送' }).getByTestId('figure')).toHaveText('1')
  await expect(page.getByTestId('feed')).toContainText('已发送')

  await shell.go('模板')
  await expect(page.getByRole('row', { name: /Login code.*短信.*启用/ })).toBeVisible()

  await shell.go('链路')
  await page
    .getByRole('main')
    .getByRole('textbox', { name: '链路 ID、记录 ID、接收人或幂等键' })
    .fill(sent?.trace_id ?? '')
  await page.getByRole('button', { name: '查询' }).click()
  await expect(page.getByRole('article')).toContainText('已发送')
})
