/** Headers and envelope as a real SMTP server receives them. */
import { KEPT } from '../../test/support/context.ts'
import { describe, expect, it, onTestFinished } from 'vitest'
import { sendThrough, type SendOptions } from '../../test/support/send-through.ts'
import { startMailServer, type ReceivedMail } from '../../test/support/mail-server.ts'
import { smtp } from './email-smtp.ts'
import { tagOf } from './bounces/tag.ts'

const KEY = '5b0c9f3a7d1e42c8a6f45d21'
const TRACE = 'msg_00000000042'
const TAG = tagOf(TRACE, KEY)
const BOUNCES = { bounce_address: 'bounce@signalbox.example', receipt_token: KEPT }

interface Sent extends ReceivedMail {
  /** Every value of a header. */
  header(name: string): string[]
}

async function receive(options: Partial<SendOptions> = {}, { dsn = true } = {}): Promise<Sent> {
  const server = await startMailServer({ dsn })
  onTestFinished(() => server.close())
  const outcome = await sendThrough(smtp(), {
    ...{
      channel: 'email',
      to: 'ann@example.com',
      secrets: { receipt_token: KEY },
      content: { subject: 'Hi' },
      ...options,
    },
    settings: {
      ...{ host: '127.0.0.1', port: server.port, from: { address: 'box@signalbox.example' }, ...options.settings },
    },
  })
  expect(outcome).toMatchObject({ status: 'accepted' })
  const [received] = server.received
  if (!received) throw new Error('expected the server to have a mail')
  const { headers } = received.mail
  return {
    ...received,
    header: (name) => headers.filter(({ key }) => key === name.toLowerCase()).map(({ value }) => value),
  }
}

describe('the way out of a marketing mail', () => {
  const marketing = (unsubscribeUrl: string) => ({ delivery: { purpose: 'marketing' as const, unsubscribeUrl } })

  it('is one click, at an address that arrives whole however long it is', async () => {
    const url = `https://box.example.com/u/${'t0ken-'.repeat(60)}`
    const { header } = await receive(marketing(url))
    expect(header('List-Unsubscribe')).toEqual([`<${url}>`])
    expect(header('List-Unsubscribe-Post')).toEqual(['List-Unsubscribe=One-Click'])
  })

  it('is no one click without https, which one click needs', async () => {
    const { header } = await receive(marketing('http://127.0.0.1:8000/u/t'))
    expect(header('List-Unsubscribe')).toEqual(['<http://127.0.0.1:8000/u/t>'])
    expect(header('List-Unsubscribe-Post')).toEqual([])
  })

  it('cannot begin a header of its own', async () => {
    const { header, raw } = await receive(marketing('https://x.example/a\r\nBcc: eve@example.com>\r\n\r\n<b>'))
    expect(header('List-Unsubscribe')).toEqual(['<https://x.example/aBcc:%20eve@example.com%3E%3Cb%3E>'])
    expect(header('Bcc')).toEqual([])
    expect(raw).not.toMatch(/^Bcc/im)
  })

  it('is in no other mail', async () => {
    const { header } = await receive()
    expect(header('List-Unsubscribe')).toEqual([])
    expect(header('List-Unsubscribe-Post')).toEqual([])
  })
})

describe('by what a bounce finds its message', () => {
  it('is an envelope sender, a Message-ID and an envelope id of its own', async () => {
    const { from, mail, asked, header } = await receive({ settings: BOUNCES })
    expect(from).toBe(`bounce+${TAG}@signalbox.example`)
    expect(mail.messageId).toBe(`<${TAG}@signalbox.example>`)
    expect(mail.from).toMatchObject({ address: 'box@signalbox.example' })
    expect(header('X-Signalbox-Trace')).toEqual([TRACE])
    expect(asked.toSorted()).toEqual([
      `ENVID=${TAG}`,
      'NOTIFY=FAILURE,DELAY',
      'ORCPT=rfc822;ann@example.com',
      'RET=HDRS',
    ])
  })

  it('asks for reports of delivery where the settings want them', async () => {
    const { asked } = await receive({ settings: { ...BOUNCES, delivery_reports: true } })
    expect(asked).toContain('NOTIFY=SUCCESS,FAILURE,DELAY')
  })

  it('asks nothing of a server that offers no reports', async () => {
    expect((await receive({ settings: BOUNCES }, { dsn: false })).asked).toEqual([])
  })

  it('begins where the mail server of that address splits it', async () => {
    const { from } = await receive({ settings: { ...BOUNCES, bounce_delimiter: '-' } })
    expect(from).toBe(`bounce-${TAG}@signalbox.example`)
  })

  it('is the Message-ID alone without an address for bounces, and nothing secret without a secret', async () => {
    const { from, mail } = await receive({ settings: { receipt_token: KEPT } })
    expect({ from, id: mail.messageId }).toEqual({ from: 'box@signalbox.example', id: `<${TAG}@signalbox.example>` })
    const plain = await receive({ settings: { bounce_address: 'bounce@signalbox.example' } })
    expect({ from: plain.from, id: plain.mail.messageId, asked: plain.asked }).toEqual({
      ...{ from: 'bounce@signalbox.example', id: `<${TRACE}@signalbox.example>`, asked: [] },
    })
  })
})

it('tells mail robots who sends what, and to answer nothing', async () => {
  const { header } = await receive({ content: { templateId: 7 }, delivery: { purpose: 'otp' } })
  expect(header('Feedback-ID')).toEqual(['7:otp:1:signalbox'])
  expect(header('Auto-Submitted')).toEqual(['auto-generated'])
})
