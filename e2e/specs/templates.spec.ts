import { expect, test } from '../fixtures/test.ts'

test('an empty system says what a template is for and leads to the first one', async ({
  page,
  templates,
  templateEditor,
}) => {
  await templates.open()
  await expect(page.getByText('No templates yet')).toBeVisible()
  await page.getByRole('button', { name: 'Write the first template' }).click()
  await expect(templateEditor.heading).toHaveText('Untitled template')
})

test('a template is written, previewed with its variables filled in, and published', async ({
  templates,
  templateEditor,
  api,
}) => {
  await templateEditor.open('new')
  await templateEditor.name.fill('Login code')
  await templateEditor.content.fill('Your code is {{code}}.')
  await templateEditor.sample('code').fill('481516')
  await expect(templateEditor.preview).toContainText('Your code is 481516.')

  await templateEditor.button('Publish version 1').click()
  await expect(templateEditor.status).toContainText('Version 1 is in force.')
  const id = await templateEditor.savedId()

  await templates.open()
  await expect(templates.row('Login code')).toContainText(/SMS.*Active.*v1.*code/)
  await api.send({ template_id: id, recipient: '+8613800138000', variables: { code: '1' } })
})

test('an edit is saved as a new version and the version before stays in the list', async ({ templateEditor, api }) => {
  const template = await api.createTemplate({ channel: 'sms', content: 'Hello {{name}}' })
  await templateEditor.open(template.id)
  await templateEditor.content.fill('Good day {{name}}')
  await templateEditor.publish(2)

  await expect(templateEditor.status).toContainText('Version 2 is in force.')
  await expect(templateEditor.versions.getByRole('listitem')).toHaveText([/v2.*in force/s, /v1.*Roll back/s])
})

test('rolling back publishes the old text as a new version', async ({ page, templateEditor, api }) => {
  const template = await api.createTemplate({ channel: 'sms', content: 'Hello {{name}}' })
  await templateEditor.open(template.id)
  await templateEditor.content.fill('Good day {{name}}')
  await templateEditor.publish(2)
  await templateEditor.button('Roll back').click()
  await page.getByRole('dialog').getByRole('button', { name: 'Roll back' }).click()

  await expect(templateEditor.status).toContainText('as version 3')
  await expect(templateEditor.content).toHaveText('Hello {{name}}')
})

test('what is wrong is said at the field, before and after saving', async ({ templateEditor, api }) => {
  await api.createTemplate({ channel: 'sms', name: 'Taken' })
  await templateEditor.open('new')
  await templateEditor.content.fill('Your code is {{code')
  await expect(templateEditor.checks).toContainText('A placeholder is opened and never closed')

  await templateEditor.button('Publish version 1').click()
  await expect(templateEditor.failure).toBeVisible()
  await expect(templateEditor.name).toHaveAttribute('aria-invalid', 'true')
  await expect(templateEditor.name).toHaveAccessibleDescription(/needed|missing/)
})

test('of two editors the second is told, keeps the text and decides', async ({
  page,
  templateEditor,
  api,
  server,
  watch,
}) => {
  watch.allow(/status of 409/)
  const template = await api.createTemplate({ channel: 'sms', content: 'Hello {{name}}' })
  await templateEditor.open(template.id)
  await templateEditor.content.fill('Mine {{name}}')
  await fetch(`${server.url}/api/messages/templates/${template.id}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ content: 'Theirs {{name}}', revision: template.revision }),
  })
  await templateEditor.publish(2)

  await expect(templateEditor.conflict).toBeVisible()
  await expect(templateEditor.content).toHaveText('Mine {{name}}')
  await expect(templateEditor.conflict).toContainText('TheirsMine {{name}}')
  await page.getByRole('button', { name: 'Save mine over theirs' }).click()
  await expect(templateEditor.status).toContainText('Version 3 is in force.')
})

test('leaving with unsaved text asks first', async ({ page, shell, templateEditor, api }) => {
  const template = await api.createTemplate({ channel: 'sms' })
  await templateEditor.open(template.id)
  await templateEditor.content.fill('Half a sent')
  await shell.go('Monitor')
  await page.getByRole('dialog').getByRole('button', { name: 'Stay' }).click()
  await expect(templateEditor.content).toHaveText('Half a sent')

  await shell.go('Monitor')
  await page.getByRole('dialog').getByRole('button', { name: 'Leave' }).click()
  await expect(page).toHaveURL(/\/monitor$/)
})

test('the list tells when a template was last used and how its messages ended', async ({ templates, api }) => {
  const used = await api.createTemplate({ channel: 'sms', name: 'Login code', content: 'Code {{code}}' })
  await api.createTemplate({ channel: 'sms', name: 'Spare', content: 'Code {{code}}' })
  for (let i = 0; i < 3; i++) {
    const message = { template_id: used.id, recipient: '+8613800138000', variables: { code: i } }
    const { trace_id: traceId } = await api.send(message)
    await expect.poll(() => api.stateOf(traceId)).toBe('sent')
  }
  await templates.open()
  await expect(templates.row('Login code')).toContainText(/~ 100% of 3.*20\d\d-\d\d-\d\d \d\d:\d\d/)
  await expect(templates.row('Spare')).toContainText(/—.*never/)
})

test('the filters of the list stand in the address and survive a reload', async ({ page, templates, api }) => {
  await api.createTemplate({ channel: 'sms', name: 'Login code' })
  await api.createTemplate({ channel: 'email', name: 'Invoice', subject: 'Invoice', content: 'Dear {{name}}' })
  await templates.open()
  await templates.channelFilter.selectOption({ label: 'E-mail' })
  await expect(templates.rows).toHaveText(['Invoice'])
  await page.reload()
  await expect(templates.rows).toHaveText(['Invoice'])
  await expect(page).toHaveURL(/channel=email/)
})
