/** The wall in states that would take a real server hours to get into. */
import { AxeBuilder } from '@axe-core/playwright'
import { alertsOf, messageRow, NOW } from '../fixtures/wall/figures.ts'
import { crowded, degraded, failing, held } from '../fixtures/wall/scenes.ts'
import { expect, moveClock, openWall, test } from '../fixtures/wall/test.ts'

test('a kiosk shows everything and has nothing to press', async ({ monitor, page, wall }) => {
  wall.scene = failing
  await openWall(page, wall, { query: '?kiosk=1' })
  await expect(monitor.figure('Sent today')).toBeVisible()
  await expect(monitor.feed).toContainText('provider_rejected')
  expect(await page.locator('a, button, input, [role=slider], [tabindex="0"]').count()).toBe(0)
})

test('the nodes are named with what is the matter, and told in full, by keyboard alone', async ({ page, wall }) => {
  wall.scene = degraded
  await openWall(page, wall)
  await expect(page.getByTestId('wall-status')).toContainText('Redis is away, front-2 is silent')
  const strip = page.getByTestId('nodes')
  await expect(strip.locator('[data-state="silent"]')).toContainText('front-2')
  await expect(strip.locator('[data-link="Redis"]')).toHaveAttribute('data-up', 'false')
  await page.keyboard.press('n')
  const dialog = page.getByRole('dialog', { name: 'Nodes' })
  await expect(dialog.getByRole('row', { name: /front-2/ })).toContainText('silent for 8 s')
  await expect(dialog).toContainText('Each node keeps to its share of every limit.')
  const { violations } = await new AxeBuilder({ page }).analyze()
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([])
  await page.keyboard.press('Escape')
  await expect(dialog).toBeHidden()
  // With one node there is nothing to tell.
  wall.tick({ stats: { nodes: [], links: [] } })
  await expect(strip).toBeHidden()
  await expect(page.getByTestId('wall-status')).toHaveAttribute('data-kind', 'moving')
})

test('title and icon say what is wrong, and that it is over', async ({ page, wall }) => {
  const icon = page.locator('link[rel=icon]')
  await openWall(page, wall)
  await expect(page).toHaveTitle('Monitor · Signalbox')
  wall.tick({ stats: { alerts: failing.stats('today').alerts } })
  await expect(page).toHaveTitle('▲ 2 alerts · Monitor · Signalbox')
  await expect(icon).toHaveAttribute('href', '/favicon-alert.svg')
  wall.tick({ stats: { alerts: alertsOf() } })
  await expect(page).toHaveTitle('Monitor · Signalbox')
  await wall.stop()
  await expect(page).toHaveTitle(/^✕ no connection/)
  await expect(icon).toHaveAttribute('href', '/favicon-disconnected.svg')
})

test('an alert is acknowledged by name and for a time, by keyboard alone', async ({ page, wall }) => {
  wall.scene = failing
  await openWall(page, wall)
  await page.keyboard.press('a')
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('dialog', { name: 'Acknowledge: Success rate' })
  await expect(dialog.getByLabel('Your name')).toBeFocused()
  await page.keyboard.type('Han Mei')
  await dialog.getByLabel('4 h').check()
  await dialog.getByLabel('Note').fill('the provider knows')
  await page.keyboard.press('Enter')
  await expect(dialog).toBeHidden()
  expect(wall.posted).toEqual([
    {
      path: '/api/alerts/success_rate/acknowledge',
      body: { by: 'Han Mei', for_ms: 4 * 3_600_000, note: 'the provider knows' },
    },
  ])
})

test('figures dim after three missed ticks and are gone after ten, card by card', async ({ monitor, page, wall }) => {
  await openWall(page, wall)
  await moveClock(page, wall, 4_000)
  await expect(page.getByTestId('card-sent')).toHaveAttribute('data-freshness', 'late')
  await expect(page.getByTestId('card-sent')).toContainText('4 s old')
  await expect(monitor.figure('Sent today')).toHaveText('478,531')
  await moveClock(page, wall, 11_000)
  await expect(monitor.figure('Sent today')).toHaveText('—')
  wall.tick()
  await expect(monitor.figure('Sent today')).toHaveText('478,531')
})

test('dragging along the last hour shows each moment whole, and figures of now nowhere', async ({
  monitor,
  page,
  wall,
}) => {
  await openWall(page, wall)
  const box = await page.getByTestId('rewind-slider').boundingBox()
  if (!box) throw new Error('expected a time line, got none')
  const y = box.y + box.height / 2
  await page.mouse.move(box.x + box.width - 2, y)
  await page.mouse.down()
  await page.mouse.move(box.x + box.width / 2, y, { steps: 12 })
  await expect(page.locator('[data-kind="past"]')).toContainText(/19:37:\d\d, 30 min/)
  await expect(monitor.feed.getByRole('row').nth(1)).toContainText('19:37')
  const then = await monitor.figure('Sent today').textContent()
  wall.tick({ stats: { rates: { accepted: 99, ended: 99, failed: 0 } } })
  await expect(monitor.figure('Sent today')).toHaveText(then ?? '')
  await expect(monitor.card('Sent today')).not.toContainText('99/s')
  await page.mouse.up()
  await page.getByTestId('back-to-live').click()
  await expect(monitor.figure('Sent today')).toHaveText('478,531')
  await expect(monitor.card('Sent today')).toContainText('99/s')
})

test('the keys are told, and do what they say', async ({ page, shell, wall }) => {
  await openWall(page, wall)
  await page.keyboard.press('?')
  await expect(page.getByRole('dialog', { name: 'Keys of the wall' })).toBeVisible()
  await page.keyboard.press('Escape')
  await page.keyboard.press('t')
  await expect(page.locator('html')).toHaveClass('light')
  await page.keyboard.press('d')
  await expect.poll(() => wall.viewers('slow')).toBe(1)
  expect(wall.viewers('stats')).toBe(0)
  await expect(shell.link).toContainText('every 5 s')
  await page.keyboard.press('p')
  await expect(page.getByTestId('feed-paused')).toContainText('Paused')
  await page.keyboard.press('f')
  await expect.poll(() => page.evaluate<boolean>('document.fullscreenElement !== null')).toBe(true)
})

test('at 5,000 messages a second the page holds 50 rows, however long, and says what it leaves out', async ({
  page,
  wall,
}) => {
  await openWall(page, wall)
  for (let tick = 1; tick <= 20; tick++) {
    const rows = Array.from({ length: 64 }, (_, i) =>
      messageRow(1_000 + tick * 64 + i, i < 14 ? { status: 'failed', error_code: 'provider_rejected' } : {}),
    )
    wall.tick({ feed: { rows, changed: 5_000, failures: 14 } })
    await expect(page.locator(`[data-record-id="${1_000 + tick * 64 + 63}"]`)).toBeAttached()
    await expect(page.getByTestId('feed').locator('tbody tr')).toHaveCount(50)
  }
  await expect(page.getByTestId('feed-coverage')).toHaveText(/of 5,000\/s, all 14 failures/)
})

for (const [name, query] of [
  ['with alerts', ''],
  ['in the past', ''],
  ['as a kiosk', '?kiosk=1'],
  ['with the pauses open', ''],
  ['with a trace open', '?trace=msg_00000000999'],
] as const) {
  test(`nothing serious stands in the way of assistive technology ${name}`, async ({ page, wall }) => {
    wall.scene = failing
    await openWall(page, wall, { query })
    if (name === 'in the past') {
      await page.keyboard.press('[')
      await expect(page.locator('[data-kind="past"]')).toBeVisible()
    }
    if (name === 'with the pauses open') await page.keyboard.press('h')
    if (name === 'with a trace open') await expect(page.getByRole('article')).toBeVisible()
    const { violations } = await new AxeBuilder({ page }).analyze()
    const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
    expect(
      serious.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`),
    ).toEqual([])
  })
}

test('times are the server’s where the clock of this computer is wrong', async ({ page, wall }) => {
  await openWall(page, wall, { at: NOW + 7 * 60_000 })
  await expect(page.locator('[data-kind="wrongClock"]')).toContainText('7 min fast')
  await expect(page.locator('header time')).toHaveText('20:07:30')
})

test('whatever happens, nothing on the wall moves', async ({ page, wall }) => {
  await openWall(page, wall)
  const parts = ['card-sent', 'card-failed', 'feed', 'rewind', 'conservation', 'alerts', 'wall-status', 'chart']
  const places = () =>
    Promise.all(parts.map(async (part) => [part, await page.getByTestId(part).first().boundingBox()] as const))
  const status = (kind: string) =>
    expect(page.locator(`[data-testid="wall-status"][data-kind="${kind}"]`)).toBeVisible()
  const before = await places()

  wall.tick({ stats: { alerts: crowded.stats('today').alerts } })
  await status('alarm')
  expect(await places()).toEqual(before)
  wall.tick({ stats: { alerts: alertsOf(), held: held.stats('today').held } })
  await status('held')
  expect(await places()).toEqual(before)
  await page.getByTestId('feed-pause').click()
  wall.tick({ feed: { rows: [messageRow(2_000)], changed: 1_877, failures: 14 } })
  await expect(page.getByTestId('feed-paused')).toContainText('14 failed')
  expect(await places()).toEqual(before)
  await page.getByTestId('feed-pause').click()
  for (let minute = 0; minute < 8; minute++) await page.keyboard.press('[')
  await status('past')
  expect(await places()).toEqual(before)
  await page.keyboard.press('Escape')
  await wall.stop()
  await status('gone')
  expect(await places()).toEqual(before)
})

test('a channel is paused and resumed from the wall, each time asked once more, by keyboard', async ({
  page,
  wall,
}) => {
  await openWall(page, wall)
  await page.keyboard.press('h')
  const dialog = page.getByRole('dialog', { name: 'Pause and resume' })
  await dialog.getByRole('button', { name: 'Pause SMS' }).press('Enter')
  expect(wall.posted).toEqual([])
  await expect(dialog).toContainText('Nothing more of this channel leaves until somebody resumes it.')
  await expect(dialog.locator('[data-confirm]')).toBeFocused()
  await dialog.getByRole('button', { name: 'Cancel' }).press('Enter')
  await dialog.getByRole('button', { name: 'Pause SMS' }).press('Enter')
  await page.keyboard.press('Enter')
  await expect.poll(() => wall.posted.map(({ path }) => path)).toEqual(['/api/channels/sms/pause'])

  wall.tick({ stats: { held: held.stats('today').held } })
  await expect(dialog).toContainText('paused, 8,102 messages wait')
  await dialog.getByRole('button', { name: 'Resume SMS' }).press('Enter')
  await expect(dialog).toContainText('8,102 messages leave at once')
  await page.keyboard.press('Enter')
  await expect.poll(() => wall.posted.at(-1)?.path).toBe('/api/channels/sms/resume')
  await page.keyboard.press('Escape')
  await expect(page.locator('[data-kind="held"]')).toContainText('Paused: SMS, WeChat since 19:41, 8,310 messages wait')
  await expect(page.getByTestId('chart').filter({ hasText: 'SMS' })).toContainText('paused')
})

test('a row stays under the pointer that reads it, also when figures stop coming', async ({ monitor, page, wall }) => {
  await openWall(page, wall)
  await monitor.feedLinks.first().hover()
  await expect(monitor.pausedNote).toContainText('Paused while you read')
  const read = await monitor.feedLinks.first().getAttribute('aria-label')
  await moveClock(page, wall, 4_000)
  await expect(monitor.banner).toContainText('No figures')
  wall.tick({ stats: { alerts: crowded.stats('today').alerts }, feed: { rows: [messageRow(2_000)], changed: 1 } })
  await expect(monitor.banner).toContainText('5 alerts')
  await expect(monitor.pausedNote).toContainText('Paused while you read')
  await expect(monitor.feedLinks.first()).toHaveAttribute('aria-label', read ?? '')
})
