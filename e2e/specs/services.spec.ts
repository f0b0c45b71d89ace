import type { Api } from '../fixtures/api.ts'
import { expect, test } from '../fixtures/test.ts'
import { sendMany, smsTemplate } from '../fixtures/traffic.ts'
import { ServicesPage } from '../pages/services.ts'

const overflow = 'document.documentElement.scrollWidth - innerWidth'

/** The sandbox of a first start, alone on its channel. */
const FIRST_SMS = 'Sandbox sms'

/** A sandbox before the one of the first start, that takes its time. */
const slowSandbox = (api: Api, ms: number) =>
  api.createService({
    ...{ channel: 'sms', adapter: 'sandbox', name: 'Slow', priority: 50 },
    settings: { latency_ms: { min: ms, max: ms } },
  })

test('a mail account is made from its schema, tried with a real mail, enabled and asked first', async ({
  mailServer,
  page,
}) => {
  const services = new ServicesPage(page)
  await services.open()
  await services.channel('email').getByRole('link', { name: 'Add one' }).click()
  await services.choose('email', 'email.smtp')
  await services.field('name').fill('Relay')
  await services.field('settings.host').fill('127.0.0.1')
  await services.field('settings.port').fill(String(mailServer.port))
  await services.field('settings.from.address').fill('shop@example.com')
  await services.main.getByText('which work as they are').click()
  await services.field('settings.ignore_tls').selectOption('true')
  await services.button('Create, not yet enabled').click()

  await expect(page).toHaveURL(/\/services\/\d+/)
  await expect(services.main).toContainText('not enabled: it gets no messages')
  await expect(services.now.locator('[data-condition=disabled]')).toBeVisible()
  await expect(services.trial).toContainText('This really sends one message')
  await services.trial.getByLabel('Recipient').fill('li.lei@example.org')
  await services.trial.getByRole('button', { name: 'Send one for real' }).click()
  await expect(services.outcome).toHaveAttribute('data-outcome', 'accepted')
  const mails = await mailServer.mails()
  expect(mails).toMatchObject([{ from: 'shop@example.com', to: ['li.lei@example.org'] }])

  await services.now.getByRole('button', { name: 'Enable' }).click()
  await expect(services.now.locator('[data-condition=active]')).toBeVisible()
  await page.getByRole('link', { name: '← Services' }).click()
  const first = services.channel('email').locator('tbody').first()
  await expect(first).toContainText('messages go here')
  await expect(first.locator('tr[data-service]')).toContainText(['Relay'])
})

test('a test tells what the provider refused, with its code', async ({ api, page }) => {
  const { id } = await api.createService({
    ...{ channel: 'email', adapter: 'email.smtp' },
    settings: { host: '127.0.0.1', port: 9, ignore_tls: true, from: { address: 'shop@example.com' } },
  })
  const services = new ServicesPage(page)
  await services.open(`/${id}`)
  await services.trial.getByLabel('Recipient').fill('li.lei@example.org')
  await services.trial.getByRole('button', { name: 'Send one for real' }).click()
  await expect(services.outcome).toHaveAttribute('data-outcome', 'failed')
  await expect(services.outcome).toContainText('provider down')
  await expect(services.outcome.locator('code')).toContainText('ECONNREFUSED')
})

test('what is wrong with the settings stands at its fields, the first in focus, and nothing is lost', async ({
  page,
  watch,
}) => {
  watch.allow(/422 \(Unprocessable/)
  const services = new ServicesPage(page)
  await services.open('/new')
  await services.choose('email', 'email.smtp')
  await services.field('name').fill('Relay')
  await services.field('settings.port').fill('70000')
  await services.field('settings.from.address').fill('nobody')
  await services.button('Create').click()

  await expect(services.problem).toContainText('The service was not made')
  await expect(services.field('settings.host')).toBeFocused()
  for (const path of ['settings.host', 'settings.port', 'settings.from.address']) {
    await expect(services.field(path)).toHaveAttribute('aria-invalid', 'true')
    expect(await services.errorOf(path)).toMatch(/^! .*expected/i)
  }
  await expect(services.field('name')).toHaveAttribute('aria-invalid', 'false')
  await expect(services.field('settings.port')).toHaveValue('70000')

  await services.field('settings.host').fill('smtp.example.com')
  await services.field('settings.port').fill('587')
  await services.field('settings.from.address').fill('shop@example.com')
  await services.field('priority').fill('high')
  await services.button('Create').click()
  await expect(services.field('priority')).toBeFocused()
  expect(await services.errorOf('priority')).toMatch(/^! .*expected/i)
  await services.field('priority').fill('20')
  await services.button('Create').click()
  await expect(services.main).toContainText('Relay is made and enabled')
})

test('saving shows what changes first, changes only that, and leaving without it is asked about', async ({
  api,
  page,
}) => {
  const { id } = await api.createService({ channel: 'app', adapter: 'sandbox', name: 'Kept', tags: ['prod'] })
  const services = new ServicesPage(page)
  await services.open(`/${id}`)
  await services.field('weight').fill('5')
  await services.field('daily_quota').fill('1000')
  await page.getByRole('link', { name: '← Services' }).click()
  await expect(services.dialog).toContainText('What you typed is not saved')
  await services.dialog.getByRole('button', { name: 'Stay' }).click()

  await services.button('Review and save …').click()
  await expect(services.dialog.getByRole('row', { name: 'Weight 1 5' })).toBeVisible()
  await expect(services.dialog.getByRole('row', { name: 'Messages a day not set 1000' })).toBeVisible()
  await expect(services.dialog.locator('[data-change]')).toHaveCount(2)
  await services.dialog.getByRole('button', { name: 'Save' }).click()
  await expect(services.main).toContainText('Kept is saved and in force')
  await page.getByRole('link', { name: '← Services' }).click()
  await expect(services.row('Kept')).toContainText('0 / 1K')
  await expect(services.row('Kept')).toContainText('weight 5')
})

test('a secret is written and never read back: it says that it is stored, is replaced, and may come from the environment', async ({
  page,
}) => {
  const services = new ServicesPage(page)
  await services.open('/new')
  await services.choose('email', 'email.smtp')
  await services.field('name').fill('Relay')
  await services.field('settings.host').fill('smtp.example.com')
  await services.field('settings.user').fill('shop')
  await services.field('settings.password').fill('hunter2')
  await expect(services.field('settings.password')).toHaveAttribute('type', 'password')
  await services.field('settings.from.address').fill('shop@example.com')
  await services.button('Create').click()

  await expect(services.field('settings.password')).toContainText('stored')
  await page.reload()
  await expect(services.field('settings.password')).toContainText('stored')
  expect(await page.content()).not.toContain('hunter2')
  const id = /\d+$/.exec(new URL(page.url()).pathname)?.[0]
  expect(await (await page.request.get(`/api/services/${id}`)).text()).not.toContain('hunter2')

  await services.button('Replace: Password').click()
  await services.field('settings.password').fill('hunter3')
  await services.button('Review and save …').click()
  await expect(services.dialog.locator('[data-change]')).toHaveText(/Password.*stored.*a new one/)
  await services.dialog.getByRole('button', { name: 'Go on editing' }).click()
  await services.button('Keep what is stored: Password').click()
  await expect(services.button('Review and save …')).toBeDisabled()

  await services.button('Take it from the environment instead: Password').click()
  await services.field('settings.password').fill('SECRET_SMTP')
  await services.button('Review and save …').click()
  await expect(services.dialog.locator('[data-change]')).toHaveText(/Password.*stored.*\$SECRET_SMTP/)
  await services.dialog.getByRole('button', { name: 'Save' }).click()
  await expect(services.main).toContainText('Relay is saved and in force')
  await expect(services.field('settings.password')).toHaveValue('SECRET_SMTP')
})

test('pausing the last service of a channel is warned of; its message waits, says so, and leaves when it is resumed', async ({
  api,
  page,
  traces,
}) => {
  const template = await smsTemplate(api)
  const services = new ServicesPage(page)
  await services.open()
  await services.row(FIRST_SMS).getByRole('button', { name: 'Pause' }).click()
  await expect(services.dialog).toContainText('the messages of SMS will wait')
  await services.dialog.getByRole('button', { name: 'Do nothing' }).click()
  await expect(services.condition(FIRST_SMS)).toHaveAttribute('data-condition', 'active')

  await services.row(FIRST_SMS).getByRole('button', { name: 'Pause' }).click()
  await services.dialog.getByRole('button', { name: 'Pause all the same' }).click()
  await expect(services.condition(FIRST_SMS)).toHaveAttribute('data-condition', 'paused')
  await expect(services.channel('sms')).toContainText('None can be asked now: messages wait')
  const [sent] = await sendMany(api, template, 1)
  await traces.open(sent?.trace_id ?? '')
  await expect(page.getByRole('region', { name: 'Why is this waiting?' })).toContainText('paused')

  await services.open()
  await services.row(FIRST_SMS).getByRole('button', { name: 'Resume' }).click()
  await expect(services.condition(FIRST_SMS)).toHaveAttribute('data-condition', 'active')
  await expect.poll(() => api.stateOf(sent?.trace_id ?? '')).toBe('sent')
})

test('a service is drained before one’s eyes: what is with its provider is finished, and it can be taken back', async ({
  api,
  page,
}) => {
  await slowSandbox(api, 5_000)
  const template = await smsTemplate(api)
  const services = new ServicesPage(page)
  await services.open()
  const [sent] = await sendMany(api, template, 1)
  await expect.poll(() => api.stateOf(sent?.trace_id ?? '')).toBe('sending')
  await services.act('Slow', 'Drain and disable')
  await expect(services.condition('Slow')).toHaveAttribute('data-condition', 'draining')
  await expect(services.condition('Slow')).toContainText('1 with the provider')
  await expect(services.condition('Slow')).toHaveAttribute('data-condition', 'disabled')
  expect(await api.stateOf(sent?.trace_id ?? '')).toBe('sent')

  await services.undo.click()
  await expect(services.condition('Slow')).toHaveAttribute('data-condition', 'active')
})

test('the list is filtered by channel, state, tag and text, and the address has it', async ({ api, page }) => {
  await api.createService({ channel: 'sms', adapter: 'sandbox', name: 'Night', tags: ['otp'] })
  const services = new ServicesPage(page)
  await services.open()
  await expect(services.rows).toHaveCount(6)
  await services.filters.getByLabel('Channel').selectOption('sms')
  await expect(services.rows).toHaveCount(2)
  await services.row('Night').getByRole('button', { name: 'otp' }).click()
  await expect(services.rows).toHaveCount(1)
  await expect(page).toHaveURL(/channel=sms&tag=otp/)
  await page.reload()
  await expect(services.rows).toHaveCount(1)
  await services.filters.getByRole('searchbox').fill('nothing of that name')
  await services.button('Show all').click()
  await expect(services.rows).toHaveCount(6)
})

test('draining the last that really sends is warned of: its messages would be kept in the sandbox', async ({
  api,
  page,
}) => {
  await api.createService({
    ...{ channel: 'email', adapter: 'email.smtp', name: 'Relay', priority: 10 },
    settings: { host: '127.0.0.1', port: 9, ignore_tls: true, from: { address: 'shop@example.com' } },
  })
  const services = new ServicesPage(page)
  await services.open('?channel=email')
  await expect(services.channel('email')).toContainText('a sandbox takes no part below another service')
  await services.act('Relay', 'Drain and disable')
  await expect(services.dialog).toContainText('kept in the sandbox and not be sent')
  await services.dialog.getByRole('button', { name: 'Drain all the same' }).click()
  await expect(services.channel('email')).toContainText('Nothing really leaves')
})

test('a service that fails is found by what it is doing, with its error and until when it is not asked', async ({
  api,
  page,
}) => {
  await api.createService({
    ...{ channel: 'email', adapter: 'email.smtp', name: 'Relay', priority: 10 },
    settings: { host: '127.0.0.1', port: 9, ignore_tls: true, from: { address: 'shop@example.com' } },
  })
  const template = await api.createTemplate({ channel: 'email', subject: 'Hello', content: 'Hello' })
  for (let i = 0; i < 12; i++) await api.send({ template_id: template.id, recipient: `r${i}@example.org` })
  const services = new ServicesPage(page)
  await services.open()
  await expect(services.condition('Relay')).toHaveAttribute('data-condition', 'breaker')
  await expect(services.condition('Relay')).toContainText(/until \d\d:\d\d:\d\d/)
  await expect(services.row('Relay')).toContainText('ECONNREFUSED')
  await expect(services.channel('email')).toContainText('None can be asked now: messages wait')
  await services.main.getByRole('button', { name: 'breaker open 1' }).click()
  await expect(services.rows).toHaveCount(1)
  await expect(page).toHaveURL(/state=breaker/)
})

test('what a service did in an hour is told by its strip, to the pointer and in figures', async ({ api, page }) => {
  const template = await smsTemplate(api)
  const sent = await sendMany(api, template, 3)
  for (const { trace_id: traceId } of sent) await expect.poll(() => api.stateOf(traceId)).toBe('sent')
  const services = new ServicesPage(page)
  await expect(async () => {
    await services.open()
    await expect(services.row(FIRST_SMS).getByRole('img')).toHaveAccessibleName('3 sent and 0 failed in 24 hours.', {
      timeout: 1_000,
    })
  }).toPass()
  await expect(services.row(FIRST_SMS)).toContainText('100%')
  const box = await services.row(FIRST_SMS).getByRole('img').boundingBox()
  if (!box) throw new Error('expected the strip to be drawn, got none')
  await page.mouse.move(box.x + box.width - 2, box.y + 5)
  await expect(services.main.locator('.tip')).toContainText('3 sent')
  await services.row(FIRST_SMS).getByRole('link', { name: FIRST_SMS }).click()
  await services.now.getByText('Hour by hour').click()
  await expect(services.now.locator('tbody tr').first().locator('td').first()).toHaveText('3')
})

test('a service leads to its messages', async ({ api, page }) => {
  await sendMany(api, await smsTemplate(api), 2)
  const services = new ServicesPage(page)
  await services.open()
  await services.act(FIRST_SMS, 'Its messages')
  await expect(page).toHaveURL(/\/messages\?service_id=\d+/)
  await expect(page.getByRole('main').locator('tbody tr')).toHaveCount(2)
})

test('without a connection the list says that it is old, and goes on by itself', async ({ page, server, watch }) => {
  watch.allow(/ERR_CONNECTION_REFUSED|WebSocket connection|xhr poll error/)
  const services = new ServicesPage(page)
  await services.open()
  await expect(services.rows).toHaveCount(5)
  await server.kill()
  await expect(services.main.getByText('Not refreshed')).toBeVisible()
  await expect(services.rows).toHaveCount(5)
  await server.restart()
  await expect(services.main.getByText('Not refreshed')).toBeHidden()
})

test('no field of any adapter is left without a word in Chinese', async ({ page }) => {
  const response = await page.request.get('/api/adapters')
  const { data } = (await response.json()) as { data: { key: string; settings_schema: object }[] }
  const bare = data.flatMap(({ key, settings_schema: schema }) => bareFields(schema).map((path) => `${key} ${path}`))
  expect(bare).toEqual([])
})

interface Node {
  zh?: { title?: string }
  properties?: Record<string, Node>
  items?: Node
  anyOf?: Node[]
  secret?: boolean
}

function bareFields(node: Node, path = ''): string[] {
  if (node.secret) return []
  const inner = [node, ...(node.anyOf ?? [])].flatMap(({ properties = {} }) => Object.entries(properties))
  return [
    ...inner.flatMap(([name, each]) => (each.zh?.title ? [] : [`${path}${name}`])),
    ...inner.flatMap(([name, each]) => bareFields(each, `${path}${name}.`)),
    ...(node.items ? bareFields(node.items, path) : []),
  ]
}

test.describe('on a phone', () => {
  test.use({ viewport: { width: 390, height: 844 } })

  test('services are found behind one button of the menu, read and paused without scrolling sideways', async ({
    api,
    page,
    shell,
  }) => {
    await slowSandbox(api, 0)
    const services = new ServicesPage(page)
    await page.goto('/messages')
    await shell.navigation.getByRole('button', { name: 'More' }).click()
    await shell.navigation.getByRole('link', { name: 'Services' }).click()
    await expect(services.rows).toHaveCount(6)
    expect(await page.evaluate<number>(overflow)).toBeLessThanOrEqual(0)
    await services.row('Slow').getByRole('button', { name: 'Pause' }).click()
    await services.dialog.getByRole('button', { name: 'Pause all the same' }).click()
    await expect(services.condition('Slow')).toHaveAttribute('data-condition', 'paused')
    await services.row('Slow').getByRole('link', { name: 'Slow' }).click()
    await expect(services.now).toBeVisible()
    expect(await page.evaluate<number>(overflow)).toBeLessThanOrEqual(0)
  })
})
