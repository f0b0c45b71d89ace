/** The story that everything else is for: from a template in the browser to a mail in somebody's inbox. */
import { expect, test } from '../fixtures/test.ts'

test('an e-mail goes from the editor through the API and the live feed to the mail server', async ({
  api,
  mailServer,
  monitor,
  page,
  templateEditor,
  traces,
  watch,
}) => {
  // The preview's frame lets no script run, the test tool's own among them.
  watch.allow(/Blocked script execution in 'about:srcdoc'/)
  await api.createService({
    channel: 'email',
    adapter: 'email.smtp',
    settings: {
      host: '127.0.0.1',
      port: mailServer.port,
      ignore_tls: true,
      from: { name: 'Shop', address: 'shop@example.com' },
    },
  })

  await templateEditor.open('new')
  await templateEditor.name.fill('Order shipped')
  await templateEditor.channel.selectOption({ label: 'E-mail' })
  await templateEditor.format.selectOption({ label: 'HTML' })
  await templateEditor.subject.fill('Order {{order}} is on its way')
  await templateEditor.content.fill('<p>Dear {{name}}, order <b>{{order}}</b> has left.</p>')
  await templateEditor.button('Publish version 1').click()
  await expect(templateEditor.status).toContainText('Version 1 is in force.')
  const templateId = await templateEditor.savedId()

  await monitor.open()
  await expect(monitor.firstSteps).toBeVisible()
  // Delayed a little, so that the feed shows it on its way and not only at its end.
  const { trace_id: traceId } = await api.send({
    template_id: templateId,
    recipient: 'li.lei@example.org',
    variables: { name: '李雷 <Li>', order: 'A-4711' },
    delay_ms: 4000,
  })
  await expect(monitor.rowInState(traceId, 'scheduled')).toBeVisible()
  await expect(monitor.rowInState(traceId, 'sent')).toBeVisible()

  await monitor.link(traceId).click()
  await expect(page).toHaveURL(new RegExp(`/monitor\\?trace=${traceId}$`))
  await expect(traces.state('sent')).toBeVisible()
  await expect(traces.lane('Send')).toHaveText([/succeeded/])

  const mails = await mailServer.mails()
  expect(mails).toHaveLength(1)
  expect(mails[0]).toMatchObject({
    from: 'shop@example.com',
    to: ['li.lei@example.org'],
    subject: 'Order A-4711 is on its way',
    html: expect.stringContaining('Dear 李雷 &lt;Li&gt;, order <b>A-4711</b> has left.'),
    text: expect.stringContaining('Dear 李雷 <Li>, order A-4711 has left.'),
  })
})
