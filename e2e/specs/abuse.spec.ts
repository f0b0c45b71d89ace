/** The abuse corpus through HTTP, SMTP and a real browser: no script runs, and no header is added. */
import type { Page } from '@playwright/test'
import { HEADER_LINES, MARKUP, NAME, SOURCES } from '../fixtures/abuse.ts'
import type { Api } from '../fixtures/api.ts'
import type { MailServer } from '../fixtures/smtp.ts'
import { expect, test } from '../fixtures/test.ts'

test.slow()

/** How many scripts of the corpus ran, in the page or in any frame of it. */
function countScripts(page: Page): () => number {
  let ran = 0
  page.on('console', (message) => (ran += message.text() === 'RAN' ? 1 : 0))
  page.on('dialog', (dialog) => {
    // Leaving unsaved text asks by itself.
    ran += dialog.type() === 'beforeunload' ? 0 : 1
    void dialog.accept()
  })
  return () => ran
}

async function sendsMail(api: Api, mailServer: MailServer): Promise<void> {
  const from = { name: 'Shop', address: 'shop@example.com' }
  const settings = { host: '127.0.0.1', port: mailServer.port, ignore_tls: true, from }
  await api.createService({ channel: 'email', adapter: 'email.smtp', priority: 50, settings })
}

async function sendAll(api: Api, templateId: number, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const { trace_id: id } = await api.send({
      template_id: templateId,
      recipient: 'ann@example.org',
      variables: { name },
    })
    await expect.poll(() => api.stateOf(id)).toBe('sent')
  }
}

test('the counter counts: a script that nothing holds back is seen', async ({ page }) => {
  const scripts = countScripts(page)
  await page.setContent(`<p>x</p>${MARKUP[0]}`)
  await expect.poll(scripts).toBe(1)
})

test('no text of an author and no value runs a script on any screen', async ({ page, templateEditor, api, watch }) => {
  // The browser tells that a frame was not allowed to.
  watch.allow(/Blocked script execution|Content Security Policy|sandboxed|ERR_|404|autofocus|Refused to refresh/i)
  const scripts = countScripts(page)
  const ids: number[] = []
  for (const content of SOURCES) {
    ids.push((await api.createTemplate({ channel: 'email', format: 'html', name: NAME, subject: NAME, content })).id)
  }
  const text = await api.createTemplate({ channel: 'sms', name: NAME, content: 'Hello {{name}}' })
  for (const id of ids) await sendAll(api, id, MARKUP.slice(0, 2))
  for (const name of MARKUP) {
    await api.send({ template_id: text.id, recipient: '+8613800138000', variables: { name } })
  }
  const { trace_id: last } = await api.send({
    template_id: text.id,
    recipient: '+8613800138000',
    variables: { name: NAME },
  })

  for (const id of ids) {
    await page.goto(`/templates/${id}?version=1`)
    await page.getByLabel('From a real message').selectOption({ index: 1 })
    const frames = page.locator('iframe')
    await expect(frames).toHaveCount(2)
    for (const frame of await frames.all()) {
      await expect(frame).toHaveAttribute('sandbox', '')
      await expect(frame.contentFrame().getByText('Hello')).toContainText('Hello <img')
    }
  }
  await templateEditor.content.fill(SOURCES[0] + NAME)
  await templateEditor.button('Save as version 2').click()
  await expect(templateEditor.review).toContainText('come out differently')

  for (const path of ['/sandbox', '/templates', '/messages', `/traces/${last}`, '/monitor']) {
    await page.goto(path)
    await expect(page.getByRole('main')).toContainText(path === '/sandbox' ? 'SANDBOX' : '<img src=x')
  }
  await page.goto(`/traces/${last}`)
  await page.getByRole('button', { name: 'Raw JSON' }).click()
  await expect(page.locator('pre').last()).toContainText('<img src=x')
  expect(scripts()).toBe(0)
})

test('no value becomes markup in the mail that arrives, even for a reader that runs scripts', async ({
  page,
  api,
  mailServer,
}) => {
  await sendsMail(api, mailServer)
  const content = `<p title="{{name}}">Hello {{name}}</p><input value='{{name}}'>`
  const html = await api.createTemplate({ channel: 'email', format: 'html', subject: 'Hi', content })
  const mjml = await api.createTemplate({
    ...{ channel: 'email', format: 'mjml', subject: 'Hi' },
    content: `<mjml><mj-body><mj-section><mj-column><mj-text>Hello {{name}}</mj-text></mj-column></mj-section></mj-body></mjml>`,
  })
  await sendAll(api, html.id, MARKUP)
  await sendAll(api, mjml.id, MARKUP)
  const mails = await mailServer.mails()
  expect(mails).toHaveLength(2 * MARKUP.length)
  const scripts = countScripts(page)
  for (const mail of mails) {
    await page.setContent(mail.html)
    await expect(page.getByText('Hello')).toBeVisible()
    expect(await page.locator('script, svg, iframe, img, [onerror], [onload], [onfocus]').count()).toBe(0)
  }
  expect(scripts()).toBe(0)
})

test('no value adds a header line to a mail', async ({ api, mailServer }) => {
  await sendsMail(api, mailServer)
  const { id } = await api.createTemplate({ channel: 'email', subject: 'Hi {{name}}', content: 'Hello {{name}}' })
  await sendAll(api, id, ['plain', ...HEADER_LINES])
  const [plain, ...mails] = await mailServer.mails()
  expect(mails).toHaveLength(HEADER_LINES.length)
  const usual = new Set(plain?.headers)
  expect(mails.flatMap(({ headers }) => headers.filter((name) => !usual.has(name) || /evil|bcc/.test(name)))).toEqual(
    [],
  )
  expect(new Set(mails.map(({ headers }) => headers.length))).toEqual(new Set([plain?.headers.length]))
  expect(mails.map(({ to }) => to)).toEqual(mails.map(() => ['ann@example.org']))
  expect(mails.slice(0, 4).map(({ subject }) => subject)).toEqual([
    'Hi aBcc: evil@example.org',
    'Hi aX-Evil: 1',
    'Hi aX-Evil: 1',
    'Hi a<b>body</b>',
  ])
})
