import { smtp } from '@signalbox/channels'
import { afterEach, describe, expect, it } from 'vitest'
import { noInbox } from '../../channels/test/support/context.ts'
import { startMailCatchAll, type MailCatchAll } from './mail-catch-all.ts'
import { smtpService } from './services.ts'

let mailServer: MailCatchAll | undefined
afterEach(async () => {
  await mailServer?.close()
  mailServer = undefined
})

/** Through the adapter and the settings that the demo uses. */
async function send(port: number, to: string, text = 'hello') {
  const adapter = smtp()
  const settings = adapter.settings(smtpService(port).settings)
  if (!settings.ok) throw new Error(JSON.stringify(settings.errors))
  const template = { templateId: 1, templateVersion: 1, templateName: 'a', subject: 'Hi', text, html: null }
  const prepared = adapter.prepare(template, {}, 'email', settings.value)
  if (!prepared.ok) throw new Error('expected the mail to be prepared')
  const delivery = { recordId: 1, traceId: 'msg_1', to: [to], payload: prepared.payload, idempotencyKey: '1' }
  const [outcome] = await adapter.send(
    {
      ...delivery,
      purpose: 'notice',
      unsubscribeUrl: null,
      deadline: Date.now() + 10_000,
      signal: new AbortController().signal,
    },
    settings.value,
    {
      service: { id: 1, name: 'a', channel: 'email' },
      now: Date.now,
      secret: () => undefined,
      log: { info: () => undefined, warn: () => undefined },
      receipt: () => undefined,
      keep: () => undefined,
      inbox: noInbox,
    },
  )
  return outcome
}

describe('the demo’s mail server', () => {
  it('takes mails and keeps the last of them', async () => {
    mailServer = await startMailCatchAll({ keep: 2 })
    for (const text of ['1', '2', '3']) await send(mailServer.port, 'ann@example.com', text)
    expect(mailServer.mails().map(({ mail }) => mail.text?.trim())).toEqual(['2', '3'])
    expect(mailServer.mails()[0]).toMatchObject({ to: 'ann@example.com', mail: { subject: 'Hi' } })
  })

  it('refuses people who have left and mailboxes that are full', async () => {
    mailServer = await startMailCatchAll()
    expect(await send(mailServer.port, 'gone.chen1@example.com')).toMatchObject({ status: 'failed', code: '550 5.1.1' })
    expect(await send(mailServer.port, 'full.chen1@example.com')).toMatchObject({ status: 'failed', code: '452 4.2.2' })
    expect(mailServer.mails()).toEqual([])
  })

  it('does not keep a mail larger than a megabyte', async () => {
    mailServer = await startMailCatchAll()
    expect(await send(mailServer.port, 'ann@example.com', 'x'.repeat(1_100_000))).toMatchObject({ status: 'failed' })
    expect(mailServer.mails()).toEqual([])
  })
})
