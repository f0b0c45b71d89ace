/** The work on a template beyond writing it: trying, comparing, testing, passing on, with others at the same time. */
import AxeBuilder from '@axe-core/playwright'
import { readFile } from 'node:fs/promises'
import { TemplateEditorPage } from '../pages/template-editor.ts'
import { TemplatesPage } from '../pages/templates.ts'
import { expect, test } from '../fixtures/test.ts'

test('before a version is published, its differences and the last real messages are shown', async ({
  page,
  templateEditor,
  api,
}) => {
  const { id } = await api.createTemplate({ channel: 'sms', content: 'Code {{code}}' })
  for (const code of ['11', '22']) await api.send({ template_id: id, recipient: '+8613800138000', variables: { code } })
  await templateEditor.open(id)
  await templateEditor.content.fill('Your code: {{code}} {{name}}')
  await expect(templateEditor.checks).toContainText('name is new: messages without it are refused')
  await templateEditor.button('Save as version 2').click()
  await expect(templateEditor.review).toContainText('2 of 2 fail')
  await expect(templateEditor.review).toContainText('expected variables.name to be a value')
  await templateEditor.review.getByRole('button', { name: 'Go on editing' }).click()

  await templateEditor.content.fill('Your code: {{code}}')
  await templateEditor.button('Save as version 2').click()
  await expect(templateEditor.review).toContainText('2 come out differently')
  const axe = await new AxeBuilder({ page }).analyze()
  expect(axe.violations.map(({ id: rule, nodes }) => [rule, nodes.map((node) => node.html)])).toEqual([])
  await templateEditor.review.getByLabel('Your name').fill('Ann')
  await templateEditor.review.getByLabel('Note').fill('kinder')
  await templateEditor.review.getByRole('button', { name: 'Publish version 2' }).click()
  await expect(templateEditor.versions.getByRole('listitem').first()).toHaveText(/v2.*Ann.*kinder/s)
})

test('a preview takes its values from a real message, and a test of the edit stays in the sandbox', async ({
  page,
  templateEditor,
  api,
}) => {
  const { id } = await api.createTemplate({ channel: 'sms', content: 'Code {{code}}' })
  await api.send({ template_id: id, recipient: '+8613800138000', variables: { code: '481516' } })
  await templateEditor.open(id)
  await page.getByLabel('From a real message').selectOption({ index: 1 })
  await expect(templateEditor.preview).toContainText('Code 481516')
  await templateEditor.content.fill('Try {{code}}')
  await templateEditor.button('Render into the sandbox').click()
  await expect(page.getByText('Kept in the sandbox: Try 481516')).toBeVisible()
})

test('a real test sends the edit or the version in force, says which, and its trace shows the text', async ({
  page,
  templateEditor,
  traces,
  api,
}) => {
  const { id } = await api.createTemplate({ channel: 'sms', content: 'Code {{code}}' })
  await templateEditor.open(id)
  await templateEditor.sample('code').fill('7')
  await templateEditor.content.fill('Try {{code}}')
  const send = async (expected: string) => {
    await templateEditor.button('Send for real…').click()
    const question = page.getByRole('dialog', { name: 'Send a real message?' })
    await expect(question).toContainText(expected)
    await question.getByRole('button', { name: 'Send it' }).click()
    const link = page.getByRole('link', { name: /^msg_/ })
    await expect(link).toBeVisible()
    return (await link.textContent()) ?? ''
  }
  await page.getByLabel('Real recipient').fill('+8613800138001')
  await expect(page.getByRole('radio', { name: 'the text in the editor, unpublished' })).toBeChecked()
  const test = await send('The text in the editor, which is not published, leaves at once over SMS to +8613800138001')
  await expect(page.getByText('Accepted: the unpublished text, as a test')).toBeVisible()
  await page.getByRole('radio', { name: 'version 1, which is in force' }).check()
  const real = await send('Version 1 leaves at once over SMS to +8613800138001')
  expect(real).not.toBe(test)
  await templateEditor.content.fill('Code {{code}}')

  await traces.open(test)
  await page.getByRole('link', { name: 'test 1 of a draft' }).click()
  const shown = page.getByRole('region', { name: 'Test 1 of a draft' }).first()
  await expect(shown).toContainText('It was never published')
  await expect(shown.getByRole('region', { name: 'Test 1 of a draft · Text' })).toHaveText('Try {{code}}')
  await traces.open(real)
  await page.getByRole('link', { name: 'v1' }).click()
  await expect(page.getByRole('region', { name: 'Version 1' }).first()).toContainText('in force')
})

test('two people: the second browser sees the first one’s version at once, and keeps its own text', async ({
  browser,
  page,
  templates,
  templateEditor,
  api,
  server,
}) => {
  const { id } = await api.createTemplate({ channel: 'sms', name: 'Shared', content: 'Hello {{name}}' })
  const context = await browser.newContext({ baseURL: server.url, locale: 'en' })
  const other = await context.newPage()
  const theirs = new TemplateEditorPage(other)
  await templates.open()
  await expect(templates.row('Shared')).toContainText('v1')
  await theirs.open(id)
  await theirs.content.fill('Good day {{name}}')
  await theirs.publish(2)
  await expect(templates.row('Shared')).toContainText('v2')

  await theirs.content.fill('A draft {{name}}')
  await theirs.button('Keep as draft').click()
  await expect(templates.row('Shared')).toContainText('Unpublished changes')

  await templateEditor.open(id)
  await expect(templateEditor.content).toHaveText('A draft {{name}}')
  await theirs.content.fill('Another draft {{name}}')
  await theirs.button('Save draft').or(theirs.button('Keep as draft')).click()
  await expect(templateEditor.content).toHaveText('Another draft {{name}}')
  await templateEditor.content.fill('Mine {{name}}')
  await theirs.content.fill('Theirs {{name}}')
  await theirs.publish(3)
  await expect(page.getByText('Someone else saved this template at')).toBeVisible()
  await expect(templateEditor.content).toHaveText('Mine {{name}}')
  await context.close()
})

test('templates leave as a file and come in again as drafts; a file with a fault says which', async ({
  page,
  templates,
  api,
}) => {
  await api.createTemplate({ channel: 'sms', name: 'Code', content: 'Code {{code}}' })
  await templates.open()
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Export' }).click()
  const file = await readFile(await (await download).path(), 'utf8')
  const choose = (content: string) =>
    page
      .getByLabel('Import')
      .setInputFiles({ name: 'x.json', mimeType: 'application/json', buffer: Buffer.from(content) })
  await choose(file.replace('"sms"', '"fax"'))
  await expect(page.getByRole('alert')).toContainText('templates.0.channel')
  await choose(file)
  await expect(page.getByText('1 imported as drafts')).toBeVisible()
  await expect(templates.rows).toHaveText(['Code', 'Code'])
})

test('two versions run side by side until one is promoted', async ({ page, templateEditor, api }) => {
  const { id } = await api.createTemplate({ channel: 'sms', content: 'Hello {{name}}' })
  await templateEditor.open(id)
  await templateEditor.content.fill('Hi {{name}}')
  await templateEditor.publish(2)
  const trial = page.getByRole('region', { name: 'Two versions side by side' })
  await trial.getByRole('button', { name: 'Start' }).click()
  await expect(trial).toContainText('Too early to say')
  for (let i = 0; i < 10; i++)
    await api.send({ template_id: id, recipient: `+861380013800${i}`, variables: { name: 'A' } })
  const accepted = async () => {
    const cells = await trial.getByRole('row').locator('td:nth-child(3)').allTextContents()
    return cells.reduce((sum, count) => sum + Number(count), 0)
  }
  await expect.poll(accepted).toBe(10)
  await templateEditor.content.fill('Half an idea {{name}}')
  await templateEditor.button('Save as version 3').click()
  await expect(templateEditor.review).toContainText('Publishing ends that: everybody gets the new version.')
  await templateEditor.review.getByRole('button', { name: 'Go on editing' }).click()
  await templateEditor.content.fill('Hi {{name}}')
  await trial.getByRole('button', { name: 'Promote v1' }).click()
  await expect(templateEditor.versions.getByRole('listitem').first()).toContainText('v3')
  await expect(templateEditor.content).toHaveText('Hello {{name}}')
  await expect(trial).toContainText('How the last one ended: version 1 was promoted.')

  await trial.getByRole('button', { name: 'Start' }).click()
  await expect(trial).toContainText('running')
  await templateEditor.content.fill('Dear {{name}}')
  await templateEditor.publish(4, { author: 'Ann' })
  await expect(trial).toContainText('How the last one ended: version 4 was published by Ann.')
})

test('MJML is previewed as the mail it becomes, its faults with their line', async ({
  page,
  templateEditor,
  watch,
}) => {
  // What the driver of the browser puts into each frame is blocked there, as any script is.
  watch.allow(/Blocked script execution in 'about:srcdoc'/)
  const mjml = (inner: string) =>
    `<mjml><mj-body><mj-section><mj-column>${inner}</mj-column></mj-section></mj-body></mjml>`
  await templateEditor.open('new')
  await templateEditor.name.fill('News')
  await templateEditor.channel.selectOption({ label: 'E-mail' })
  await templateEditor.format.selectOption({ label: 'MJML' })
  await templateEditor.subject.fill('News')
  await templateEditor.content.fill(mjml('<mj-text wrong="1">Hi</mj-text>'))
  await expect(templateEditor.checks).toContainText('Attribute wrong is illegal')
  await templateEditor.content.fill(mjml('<mj-text>Dear {{name}}</mj-text>'))
  await templateEditor.sample('name').fill('Ann')
  await expect(page.locator('iframe')).toHaveAttribute('srcdoc', /Dear Ann/)
  await templateEditor.button('Publish version 1').click()
  await expect(templateEditor.status).toContainText('Version 1 is in force.')
})

test('with the keyboard alone, a variable is completed, the text published and left again', async ({
  page,
  templateEditor,
  api,
}) => {
  const { id } = await api.createTemplate({ channel: 'sms', content: 'Code {{code}}' })
  await templateEditor.open(id)
  await templateEditor.content.focus()
  await page.keyboard.press('Control+End')
  await page.keyboard.type(', again {{co')
  await expect(page.getByRole('option', { name: 'code' })).toBeVisible()
  await page.keyboard.press('Enter')
  await expect(templateEditor.content).toHaveText('Code {{code}}, again {{code}}')
  await page.keyboard.press('Tab')
  await expect(templateEditor.content).not.toBeFocused()
  await page.keyboard.press('Control+s')
  await expect(templateEditor.review).toBeVisible()
  await templateEditor.review.getByLabel('Note').focus()
  await page.keyboard.press('Enter')
  await expect(templateEditor.status).toContainText('Version 2 is in force.')
})

const ATTACKS = [
  '<script>document.title = "run"; parent.document.title = "run"</script>',
  "<img src=x onerror=\"document.title = 'run'; parent.document.title = 'run'\">",
  "\"><svg onload=\"document.title = 'run'; parent.document.title = 'run'\">",
  '</style><iframe srcdoc="<script>parent.document.title = \'run\'</script>">',
  '<a href="javascript:document.title=\'run\'">x</a>',
]

for (const attack of ATTACKS) {
  test(`no script runs in the preview: ${attack.slice(0, 24)}`, async ({ page, templateEditor, watch }) => {
    // The browser tells that the frame was not allowed to.
    watch.allow(/Blocked script execution|Content Security Policy|sandboxed|ERR_|404/)
    await templateEditor.open('new')
    await templateEditor.channel.selectOption({ label: 'E-mail' })
    await templateEditor.format.selectOption({ label: 'HTML' })
    await templateEditor.content.fill(`<p>Hello {{name}}</p>${attack}`)
    await templateEditor.sample('name').fill(attack)
    const frame = page.frameLocator('iframe[sandbox=""]').first()
    await expect(frame.getByText('Hello')).toBeVisible()
    await expect(frame.locator('p').first()).toContainText(attack.slice(0, 10))
    for (const link of await frame.locator('a').all()) await link.click()
    // Whatever fails to load has failed by then, and what it would have run has run.
    const inFrame = (expression: string) => frame.locator('html').evaluate<unknown, void>(expression)
    await expect.poll(() => inFrame('document.readyState')).toBe('complete')
    expect(await inFrame('document.title')).toBe('')
    await expect(page).toHaveTitle('Templates · Signalbox')
    expect(await page.evaluate<unknown>("document.querySelector('iframe').contentDocument")).toBeNull()
  })
}

test('editor, review and list are in Chinese too', async ({ browser, api, server }) => {
  await api.createTemplate({ channel: 'wechat', name: '发货通知', content: '{{thing1}} 已发货' })
  const context = await browser.newContext({ baseURL: server.url, locale: 'zh-CN' })
  const page = await context.newPage()
  await new TemplatesPage(page).open()
  await expect(page.getByRole('button', { name: '导入' })).toBeVisible()
  await page.getByRole('link', { name: '发货通知' }).click()
  await page.getByRole('region', { name: '示例值' }).getByLabel('thing1').fill('一'.repeat(21))
  await expect(page.getByText('thing1：21 个字符，最多 20 个')).toBeVisible()
  await page.getByRole('textbox', { name: '内容', exact: true }).fill('{{thing1}} 已经发货')
  await page.getByRole('button', { name: '保存为版本 2' }).click()
  const review = page.getByRole('dialog', { name: '发布版本 2？' })
  await expect(review).toContainText('这个模板还没有发出过消息')
  await review.getByRole('button', { name: '发布版本 2' }).click()
  await expect(page.getByText('版本 2 已生效。')).toBeVisible()
  await context.close()
})

test('a draft is tested, read by its address and put beside another version in Chinese', async ({
  browser,
  api,
  server,
}) => {
  const { id } = await api.createTemplate({ channel: 'sms', name: '登录验证码', content: '验证码 {{code}}' })
  const context = await browser.newContext({ baseURL: server.url, locale: 'zh-CN' })
  const page = await context.newPage()
  const axe = async () => {
    const { violations } = await new AxeBuilder({ page }).analyze()
    return violations.map(({ id: rule, nodes }) => [rule, nodes.map((node) => node.html)])
  }
  await page.goto(`/templates/${id}`)
  await page.getByRole('region', { name: '示例值' }).getByLabel('code').fill('7')
  await page.getByRole('textbox', { name: '内容', exact: true }).fill('您的验证码是 {{code}}')
  await expect(page.getByRole('radio', { name: '编辑器里的内容（未发布）' })).toBeChecked()
  await page.getByLabel('真实接收人').fill('+8613800138001')
  await page.getByRole('button', { name: '真实发送…' }).click()
  const question = page.getByRole('dialog', { name: '发送一条真实消息？' })
  await expect(question).toContainText('编辑器里尚未发布的内容将立即通过短信发给 +8613800138001')
  await question.getByRole('button', { name: '发送', exact: true }).click()
  await expect(page.getByText('已受理未发布的内容（测试）')).toBeVisible()

  await page.getByRole('button', { name: '保存为版本 2' }).click()
  await page.getByRole('dialog').getByRole('button', { name: '发布版本 2' }).click()
  const trial = page.getByRole('region', { name: '两个版本对比' })
  await trial.getByRole('button', { name: '开始' }).click()
  await expect(trial).toContainText('还不能下结论')
  await page.getByRole('link', { name: '查看版本 1' }).click()
  const shown = page.getByRole('region', { name: '版本 1' }).first()
  await expect(shown).toContainText('与生效中的版本 2 比较')
  expect(await axe()).toEqual([])
  await shown.getByRole('button', { name: '回滚' }).click()
  await expect(page.getByRole('dialog')).toContainText('现在有两个版本在对比')
  await page.getByRole('dialog').getByRole('button', { name: '回滚' }).click()
  await expect(trial).toContainText('上一次对比的结果：发布了版本 3。')
  await page.goto(`/templates/${id}?version=-1`)
  await expect(page.getByText('这段内容只作为测试发送过，从未发布')).toBeVisible()
  await page.goto(`/templates/${id}?version=9`)
  await expect(page.getByText('这个模板没有版本 9')).toBeVisible()
  expect(await axe()).toEqual([])
  await context.close()
})
