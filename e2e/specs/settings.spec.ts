import { expect, test } from '../fixtures/test.ts'
import { sendMany, smsTemplate } from '../fixtures/traffic.ts'
import { SettingsPage } from '../pages/settings.ts'

test('a trace leads to the settings as they were when its message was accepted', async ({
  api,
  page,
  server,
  traces,
}) => {
  const [sent] = await sendMany(api, await smsTemplate(api), 1)
  const { settings_version: version } = await api.trace(sent?.trace_id ?? '')
  server.sql(`
    UPDATE thread_pool_configs SET max_pool_size = 99 WHERE pool_name = 'ai_processor';
    INSERT INTO rate_limit_configs (resource, limit_type, max_value) VALUES ('channel:app', 'qps', 5);
    DELETE FROM rate_limit_configs WHERE resource = 'api:/messages/send-batch'`)
  await traces.open(sent?.trace_id)
  await traces.facts.getByRole('link', { name: `Settings of version ${version}` }).focus()
  await page.keyboard.press('Enter')

  const settings = new SettingsPage(page)
  await expect(page).toHaveURL(new RegExp(`/settings\\?version=${version}$`))
  await expect(page.getByText(`Version ${version}, in force since `)).toBeVisible()
  await expect(page.getByRole('link', { name: `now version ${version + 3}` })).toBeVisible()
  await expect(settings.row('Pools of workers', 'ai_processor max_pool_size').getByRole('cell')).toHaveText([
    '50',
    '99 changed',
  ])
  await expect(settings.row('Rate limits', 'channel:app qps max_value').getByRole('cell')).toHaveText([
    'not there',
    '5 added',
  ])
  await expect(settings.row('Other settings', 'delivery.max_retries').getByRole('cell')).toHaveText(['3', 'same'])

  await test.step('only what differs', async () => {
    const all = await settings.rows.count()
    await settings.onlyDiffering.focus()
    await page.keyboard.press('Enter')
    await expect(settings.onlyDiffering).toHaveAttribute('aria-pressed', 'true')
    await expect(page.getByRole('region', { name: 'Other settings' })).toHaveCount(0)
    await expect(settings.rows.filter({ hasText: 'removed' })).toHaveCount(3)
    expect(await settings.rows.count()).toBe(7)
    expect(all).toBeGreaterThan(7)
  })

  await page.getByRole('link', { name: `now version ${version + 3}` }).click()
  await expect(page.getByText('this is the version now')).toBeVisible()
  await expect(settings.onlyDiffering).toBeHidden()
})

test('what was changed and changed back does not differ', async ({ page, server }) => {
  const settings = new SettingsPage(page)
  for (const size of [60, 50]) {
    server.sql(`UPDATE thread_pool_configs SET max_pool_size = ${size} WHERE pool_name = 'ai_processor'`)
  }
  await settings.open()
  const version = Number(
    /Version (\d+)/.exec((await page.getByText(/^Version \d+, in force/).textContent()) ?? '')?.[1],
  )
  await settings.open(`?version=${version - 2}&only=differing`)
  await expect(page.getByText('All values are now as they were')).toBeVisible()
  await page.getByRole('button', { name: 'Show all values' }).click()
  await expect(settings.row('Pools of workers', 'ai_processor max_pool_size')).toContainText('same')
})

test('a version that nobody knows, and none at all, say so and lead to the settings now', async ({ page, watch }) => {
  watch.allow(/status of (404|422)/)
  const settings = new SettingsPage(page)
  await settings.open('?version=4711')
  await expect(page.getByRole('alert')).toContainText('Version 4711 is not known')
  await settings.open('?version=x')
  await expect(page.getByRole('alert')).toContainText('Version x is not known')
  await page.getByRole('link', { name: 'Show the settings now' }).click()
  await expect(page.getByText('this is the version now')).toBeVisible()
})
