import { expect, test } from '../fixtures/test.ts'
import { sendMany, smsTemplate } from '../fixtures/traffic.ts'

test('an empty system shows what to do next, and the wall as soon as something is sent', async ({ api, monitor }) => {
  await monitor.open()
  await expect(monitor.firstSteps).toContainText('Nothing has been sent yet')
  await expect(monitor.firstSteps).toContainText('curl -X POST')

  await sendMany(api, await smsTemplate(api), 1)
  await expect(monitor.figure('Sent today')).toHaveText('1')
  await expect(monitor.firstSteps).toBeHidden()
})

test('the wall shows four cards, four charts, the feed and figures that add up, without a scrollbar', async ({
  api,
  monitor,
  page,
}) => {
  const [first] = await sendMany(api, await smsTemplate(api), 12)
  await monitor.open()
  await expect(monitor.figure('Sent today')).toHaveText('12')
  await expect(monitor.figure('Success rate')).toHaveText('100%')
  await expect(monitor.figure('Mean response')).toHaveText(/ms$/)
  await expect(monitor.figure('Failures today')).toHaveText('0')
  await expect(monitor.charts).toHaveCount(4)
  await expect(monitor.feedLinks).toHaveCount(12)
  await expect(monitor.row(first?.trace_id ?? '')).toContainText(/SMS.*\+86138\*{4}0000.*Login code.*sent/)
  await expect(monitor.conservation).toHaveAttribute('data-balanced', 'true')
  await expect(monitor.conservation).toContainText('accepted 12')

  const overflow = await page.evaluate<number>('document.documentElement.scrollHeight - innerHeight')
  expect(overflow, 'pixels beyond 1920 × 1080').toBeLessThanOrEqual(0)
})

for (const width of [1366, 1920]) {
  test(`what the badges say never makes a second line of the header, at ${width} pixels`, async ({ monitor, page }) => {
    await page.setViewportSize({ width, height: Math.round((width * 9) / 16) })
    await monitor.open()
    await expect(page.getByTestId('sandbox-note')).toBeVisible()
    const { height = 0 } = (await page.getByRole('banner').boundingBox()) ?? {}
    expect(height).toBeLessThan(60)
    const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')
    expect(overflow, 'pixels beyond the width').toBeLessThanOrEqual(0)
  })
}

test('figures and feed move on while nobody touches the page', async ({ api, monitor }) => {
  const template = await smsTemplate(api)
  await sendMany(api, template, 2)
  await monitor.open()
  await expect(monitor.figure('Sent today')).toHaveText('2')

  const [next] = await sendMany(api, template, 1)
  await expect(monitor.feedLinks.first()).toHaveAccessibleName(new RegExp(next?.trace_id ?? ''))
  await expect(monitor.figure('Sent today')).toHaveText('3')
})

test('a failure stands in the feed with its code and counts as one', async ({ api, monitor }) => {
  await api.createService({ channel: 'sms', adapter: 'sandbox', priority: 50, settings: { error_rate: 1, seed: 7 } })
  await sendMany(api, await smsTemplate(api), 6)
  await monitor.open()
  await expect(monitor.feed.getByText('failed', { exact: true }).first()).toBeVisible()
  await expect(monitor.figure('Failures today')).not.toHaveText('0')
})

test('paused rows keep still while the figures go on, and nothing is lost', async ({ api, monitor }) => {
  const template = await smsTemplate(api)
  await sendMany(api, template, 3)
  await monitor.open()
  await expect(monitor.feedLinks).toHaveCount(3)
  await monitor.button('Pause').click()
  await expect(monitor.pausedNote).toContainText('Paused')

  const missed = await sendMany(api, template, 4)
  await expect(monitor.pausedNote).toContainText('+4 while paused')
  await expect(monitor.figure('Sent today')).toHaveText('7')
  await expect(monitor.feedLinks).toHaveCount(3)

  await monitor.button('Load').click()
  await expect(monitor.feedLinks).toHaveCount(7)
  for (const { trace_id: traceId } of missed) await expect(monitor.row(traceId)).toBeVisible()

  await monitor.button('Resume').click()
  const [next] = await sendMany(api, template, 1)
  await expect(monitor.row(next?.trace_id ?? '')).toBeVisible()
})

test('skipping what was missed goes on live at once', async ({ api, monitor }) => {
  const template = await smsTemplate(api)
  await sendMany(api, template, 1)
  await monitor.open()
  await expect(monitor.feedLinks).toHaveCount(1)
  await monitor.button('Pause').click()
  await sendMany(api, template, 2)
  await expect(monitor.pausedNote).toContainText('+2 while paused')
  await monitor.button('Skip').click()
  await expect(monitor.pausedNote).toBeHidden()
  await expect(monitor.feedLinks).toHaveCount(3)
})

test('the feed waits by itself while the pointer reads a row', async ({ api, monitor, page }) => {
  const template = await smsTemplate(api)
  const [read] = await sendMany(api, template, 1)
  await monitor.open()
  await monitor.row(read?.trace_id ?? '').hover()
  await expect(monitor.pausedNote).toContainText('Paused while you read')
  await sendMany(api, template, 1)
  await expect(monitor.pausedNote).toContainText('+1 while paused')
  await expect(monitor.feedLinks).toHaveCount(1)

  await page.mouse.move(0, 0)
  await expect(monitor.feedLinks).toHaveCount(2)
})

test('when the server dies the wall says so, and comes back by itself', async ({
  api,
  monitor,
  page,
  server,
  shell,
  watch,
}) => {
  watch.allow(/ERR_CONNECTION|WebSocket|ERR_EMPTY_RESPONSE|Failed to load resource/)
  await sendMany(api, await smsTemplate(api), 2)
  await monitor.open()
  await expect(monitor.feedLinks).toHaveCount(2)
  await expect(shell.link).toContainText('live')

  await server.kill()
  await expect(monitor.banner).toContainText('Disconnected from the server')
  await expect(shell.link).toContainText('disconnected')
  await expect(page).toHaveTitle(/^✕ no connection/)

  await server.restart()
  await expect(monitor.banner).toBeHidden()
  await expect(shell.link).toContainText('live')
  await expect(monitor.figure('Sent today')).toHaveText('2')
  await sendMany(api, await smsTemplate(api), 1)
  await expect(monitor.feedLinks).toHaveCount(3)
})

test('a row opens its trace beside the feed, by pointer and by key, and Esc goes back to the row', async ({
  api,
  monitor,
  page,
}) => {
  const [first, second] = await sendMany(api, await smsTemplate(api), 2)
  const drawer = page.getByTestId('trace-drawer')
  await monitor.open()
  await monitor.link(first?.trace_id ?? '').click()
  await expect(drawer).toContainText(first?.trace_id ?? '')
  await expect(page).toHaveURL(new RegExp(`trace=${first?.trace_id}`))
  await page.keyboard.press('Escape')
  await expect(drawer).toBeHidden()
  await expect(monitor.link(first?.trace_id ?? '')).toBeFocused()

  await page.keyboard.press('ArrowUp')
  await expect(monitor.link(second?.trace_id ?? '')).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(drawer).toContainText(second?.trace_id ?? '')
  await page.reload()
  await expect(drawer).toContainText(second?.trace_id ?? '')
})

test('the range stands in the address, and every figure says which it is of', async ({ api, monitor, page }) => {
  await sendMany(api, await smsTemplate(api), 3)
  await monitor.open()
  await expect(monitor.figure('Sent today')).toHaveText('3')
  await page.keyboard.press('3')
  await expect(page).toHaveURL(/range=7d/)
  await expect(page.getByRole('region', { name: 'Sent in 7 days' }).getByTestId('figure')).toHaveText('3')
  await page.reload()
  await expect(page.getByTestId('wall')).toHaveAttribute('data-range', '7d')
  await page.getByRole('group', { name: 'Range' }).getByRole('button', { name: '24 h' }).click()
  await expect(page.getByRole('region', { name: 'Sent in 24 h' }).getByTestId('figure')).toHaveText('3')
})

test('a channel that somebody paused is told as that, and goes on when it is resumed on the wall', async ({
  api,
  monitor,
  page,
}) => {
  const template = await smsTemplate(api)
  await sendMany(api, template, 1)
  await monitor.open()
  await expect(monitor.figure('Sent today')).toHaveText('1')
  await page.request.post('/api/channels/sms/pause')
  await sendMany(api, template, 3)
  await expect(monitor.banner).toContainText(/Paused: SMS since \d\d:\d\d, 3 messages wait to be resumed/)
  await page.getByTestId('holds').click()
  await page.getByRole('button', { name: 'Resume SMS' }).click()
  await page.locator('[data-confirm]').click()
  await expect(page.getByRole('button', { name: 'Pause SMS' })).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(monitor.banner).toBeHidden()
  await expect(monitor.figure('Sent today')).toHaveText('4')
})

test('four rules stand on the wall with their figures, and with too few messages none judges', async ({
  api,
  monitor,
  page,
}) => {
  await sendMany(api, await smsTemplate(api), 1)
  await monitor.open()
  await expect(page.getByTestId('alerts').getByRole('listitem')).toContainText([/./, /./, /./, /./])
  await expect(page.getByTestId('alert-success_rate')).toContainText('too few to tell')
  await expect(page.getByTestId('alert-backlog')).toContainText(/0\s*at most 5,000/)
})

test('the wall goes back to a moment that was, says so, and Esc is live again', async ({ api, monitor, page }) => {
  const template = await smsTemplate(api)
  await sendMany(api, template, 2)
  await monitor.open()
  await expect(monitor.figure('Sent today')).toHaveText('2')
  // A frame of that moment is kept once there is one.
  await expect
    .poll(async () => (await page.request.get('/api/monitor/rewind/index')).json().then(framesOf), { timeout: 30_000 })
    .toBeGreaterThan(0)
  await page.getByTestId('rewind-slider').focus()
  await page.keyboard.press('Home')
  await expect(page.locator('[data-kind="past"]')).toContainText('ago')
  await expect(page).toHaveTitle(/^◂ earlier/)
  await expect(monitor.button('Pause')).toBeHidden()
  await page.keyboard.press('Escape')
  await expect(monitor.banner).toBeHidden()
  await expect(monitor.figure('Sent today')).toHaveText('2')
})

function framesOf(reply: unknown): number {
  return (reply as { data: { frames: { at_s: number[] } } }).data.frames.at_s.length
}
