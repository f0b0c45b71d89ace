import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { afterEach, describe, expect, it } from 'vitest'
import { content, KEPT, NOTICE, recordingContext } from '../../test/support/context.ts'
import { startMailServer, type MailServer } from '../../test/support/mail-server.ts'
import type { Outcome, RenderedContent } from '../adapter.ts'
import { smtp, type SmtpAdapter } from './email-smtp.ts'

const opened: MailServer[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((server) => server.close()))
})
async function server(script: Parameters<typeof startMailServer>[0] = {}): Promise<MailServer> {
  const started = await startMailServer(script)
  opened.push(started)
  return started
}

interface SendOptions {
  adapter?: SmtpAdapter
  port: number
  content?: Partial<RenderedContent>
  to?: string
  traceId?: string
  settings?: Record<string, unknown>
  secrets?: Record<string, string>
  deadlineMs?: number
  signal?: AbortSignal
}

async function send({ adapter = smtp(), port, ...options }: SendOptions): Promise<Outcome> {
  const settings = adapter.settings({
    host: '127.0.0.1',
    port,
    from: { name: '信号楼', address: 'box@signalbox.example' },
    ...options.settings,
  })
  if (!settings.ok) throw new Error(JSON.stringify(settings.errors))
  const cfg = settings.value
  const recipient = adapter.validateRecipient(options.to ?? 'ann@example.com', 'email', cfg)
  if (!recipient.ok) throw new Error(recipient.reason)
  const prepared = adapter.prepare(content({ subject: 'Hello', ...options.content }), {}, 'email', cfg)
  if (!prepared.ok) throw new Error(JSON.stringify(prepared.errors))
  const [outcome] = await adapter.send(
    {
      recordId: 42,
      traceId: options.traceId ?? 'msg_00000000042',
      to: [recipient.to],
      payload: prepared.payload,
      ...NOTICE,
      idempotencyKey: '42',
      deadline: Date.now() + (options.deadlineMs ?? 10_000),
      signal: options.signal ?? new AbortController().signal,
    },
    cfg,
    recordingContext('email', { secrets: options.secrets ?? {} }),
  )
  if (!outcome) throw new Error('expected one outcome, got none')
  return outcome
}

describe('a mail that arrives', () => {
  it('carries an HTML part and the text reading of it', async () => {
    const { port, received } = await server()
    const outcome = await send({
      port,
      content: { subject: '订单已发货', html: '<h1>你好 Ann</h1><p>Parcel <b>SF1</b> &amp; more</p>', text: 'ignored' },
    })
    expect(outcome).toMatchObject({ status: 'accepted', final: true })
    expect(received).toHaveLength(1)
    const { mail, from, to } = received[0]!
    expect({ from, to }).toEqual({ from: 'box@signalbox.example', to: ['ann@example.com'] })
    expect(mail.subject).toBe('订单已发货')
    expect(mail.from).toMatchObject({ name: '信号楼', address: 'box@signalbox.example' })
    expect(mail.html?.trim()).toBe('<h1>你好 Ann</h1><p>Parcel <b>SF1</b> &amp; more</p>')
    expect(mail.text?.trim()).toBe('你好 Ann\n\nParcel SF1 & more')
  })

  it('has only a text part when the template is text', async () => {
    const { port, received } = await server()
    await send({ port, content: { text: 'line 1\n.\nline 3 & <b>' } })
    expect(received[0]!.mail.text?.trim()).toBe('line 1\n.\nline 3 & <b>')
    expect(received[0]!.mail.html).toBeUndefined()
  })

  it('names its trace, its date and where to reply', async () => {
    const { port, received } = await server()
    await send({ port, settings: { reply_to: 'Help@Signalbox.Example' } })
    const { mail } = received[0]!
    expect(mail.headers).toContainEqual(expect.objectContaining({ key: 'x-signalbox-trace', value: 'msg_00000000042' }))
    expect(mail.headers).toContainEqual(expect.objectContaining({ key: 'auto-submitted', value: 'auto-generated' }))
    expect(mail.replyTo).toEqual([{ name: '', address: 'Help@signalbox.example' }])
    expect(Math.abs(Date.parse(mail.date ?? '') - Date.now())).toBeLessThan(60_000)
  })

  it('has the same Message-ID at every attempt, another for another message', async () => {
    const { port, received } = await server({ data: { status: 451, text: '4.3.0 not now' } })
    await send({ port, traceId: 'msg_00000000007' })
    await send({ port, traceId: 'msg_00000000007' })
    await send({ port, traceId: 'msg_00000000008' })
    expect(received.map(({ mail }) => mail.messageId)).toEqual([
      '<msg_00000000007@signalbox.example>',
      '<msg_00000000007@signalbox.example>',
      '<msg_00000000008@signalbox.example>',
    ])
  })

  it('keeps a subject with CR and LF on one line, so that no header of its own begins', async () => {
    const { port, received } = await server()
    await send({ port, content: { subject: 'Hi\r\nBcc: eve@example.com\r\n\r\n<b>body' } })
    const { mail, to } = received[0]!
    expect(mail.subject).toBe('Hi Bcc: eve@example.com <b>body')
    expect(mail.bcc ?? []).toEqual([])
    expect(to).toEqual(['ann@example.com'])
  })

  it('is sent after logging in with the password that the settings name', async () => {
    const { port, received } = await server({ login: { user: 'box', password: 'right' } })
    const settings = { user: 'box', password: KEPT, require_tls: false }
    expect(await send({ port, settings, secrets: { password: 'right' } })).toMatchObject({ status: 'accepted' })
    expect(received).toHaveLength(1)
  })
})

describe('a mail that the server refuses', () => {
  const refusals = [
    [
      '550 at RCPT',
      { rcpt: { status: 550, text: '5.1.1 no such user' } },
      'invalid_recipient',
      'recipient',
      '550 5.1.1',
    ],
    ['450 at RCPT', { rcpt: { status: 450, text: 'busy' } }, 'provider_down', 'recipient', '450'],
    ['552 after DATA', { data: { status: 552, text: '5.3.4 too large' } }, 'content', 'message', '552 5.3.4'],
    ['554 after DATA', { data: { status: 554, text: '5.7.1 spam' } }, 'content', 'message', '554 5.7.1'],
    ['451 after DATA', { data: { status: 451, text: 'later' } }, 'provider_down', 'message', '451'],
    ['454 after DATA', { data: { status: 454, text: 'Throttling failure' } }, 'rate_limited', 'account', '454'],
    ['421 at the greeting', { connect: { status: 421, text: 'closing' } }, 'provider_down', 'provider', '421'],
    ['550 at MAIL', { mail: { status: 550, text: 'sender refused' } }, 'config', 'account', '550'],
  ] as const
  it.each(refusals)('%s has failed', async (_name, script, category, scope, code) => {
    const { port } = await server(script)
    expect(await send({ port })).toMatchObject({ status: 'failed', category, scope, code })
  })

  it('fails for the whole account when the login is refused', async () => {
    const { port } = await server({ login: { user: 'box', password: 'right' } })
    const settings = { user: 'box', password: KEPT, require_tls: false }
    const outcome = await send({ port, settings, secrets: { password: 'wrong' } })
    expect(outcome).toMatchObject({ status: 'failed', category: 'auth', scope: 'account' })
    expect(JSON.stringify(outcome)).not.toContain('wrong"')
  })

  it('fails before connecting when there is no password', async () => {
    const mailServer = await server()
    const settings = { user: 'box', password: KEPT, require_tls: false }
    expect(await send({ port: mailServer.port, settings })).toMatchObject({
      status: 'failed',
      category: 'auth',
      detail: expect.stringContaining('the secret password, got none') as string,
    })
    expect(mailServer.connects()).toBe(0)
  })

  it('is not sent unencrypted when TLS is required', async () => {
    const { port, received } = await server()
    expect(await send({ port, settings: { require_tls: true } })).toMatchObject({ status: 'failed' })
    expect(received).toEqual([])
  })
})

describe('a connection that breaks', () => {
  it('has failed and may be repeated when it is refused', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as AddressInfo
    taken.close()
    await once(taken, 'close')
    expect(await send({ port })).toMatchObject({
      status: 'failed',
      category: 'provider_down',
      scope: 'provider',
      code: 'ESOCKET ECONNREFUSED',
    })
  })

  it('has failed when the server closes at MAIL: nothing was sent', async () => {
    const { port } = await server({ mail: 'hang_up' })
    expect(await send({ port })).toMatchObject({ status: 'failed', category: 'provider_down', scope: 'provider' })
  })

  it('is unknown when the server closes after the body: it has the mail', async () => {
    const { port, received } = await server({ data: 'hang_up' })
    expect(await send({ port })).toMatchObject({ status: 'unknown' })
    expect(received).toHaveLength(1)
  })

  it('is unknown when the server does not answer after the body', async () => {
    const { port, received } = await server({ data: 'silence' })
    expect(await send({ port, settings: { socket_timeout_ms: 500 } })).toMatchObject({ status: 'unknown' })
    expect(received).toHaveLength(1)
  })

  it('is unknown when the server closes in the middle of the body', async () => {
    const { port } = await server({ body: 'hang_up' })
    expect(await send({ port, content: { text: 'a long line\n'.repeat(500_000) } })).toMatchObject({
      status: 'unknown',
    })
  })

  it('makes one connection and no second try of its own', async () => {
    const mailServer = await server({ data: 'hang_up' })
    await send({ port: mailServer.port })
    expect(mailServer.connects()).toBe(1)
  })
})

describe('a send that is given up', () => {
  it('has failed when the deadline passes before the body', async () => {
    const { port } = await server({ connect: 'silence' })
    expect(await send({ port, deadlineMs: 50 })).toMatchObject({
      status: 'failed',
      category: 'provider_down',
      code: 'EABORT',
      detail: expect.stringContaining('deadline') as string,
    })
  })

  it('is unknown when the deadline passes after the body', async () => {
    const { port } = await server({ data: 'silence' })
    expect(await send({ port, deadlineMs: 500 })).toMatchObject({ status: 'unknown', code: 'EABORT' })
  })

  it('does not connect when it was abandoned before', async () => {
    const mailServer = await server()
    expect(await send({ port: mailServer.port, signal: AbortSignal.abort() })).toMatchObject({ status: 'failed' })
    expect(mailServer.connects()).toBe(0)
  })

  it('ends when its service is closed, and later sends go through', async () => {
    const adapter = smtp()
    const silent = await server({ connect: 'silence' })
    const under = send({ adapter, port: silent.port })
    await adapter.close!(1)
    expect(await under).toMatchObject({ status: 'failed', code: 'EABORT' })
    await adapter.close!(1)
    const { port } = await server()
    expect(await send({ adapter, port })).toMatchObject({ status: 'accepted' })
  })
})
