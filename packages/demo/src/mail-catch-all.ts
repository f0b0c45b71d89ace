/**
 * A real SMTP server on loopback that takes every mail and passes none on, so that the demo's mail really crosses SMTP.
 * It refuses two kinds of mailbox, as mail servers do.
 */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import PostalMime, { type Email } from 'postal-mime'
import { SMTPServer, type SMTPServerDataStream } from 'smtp-server'
import { FULL, GONE } from './recipients.ts'

export interface CaughtMail {
  to: string
  mail: Email
}

export interface MailCatchAll {
  port: number
  /** The last mails, newest last, at most `keep`. */
  mails(): readonly CaughtMail[]
  /** Lets the mails under way end, at most two seconds. */
  close(): Promise<void>
}

/** A demo mail has a few kilobytes; somebody's try with a huge one must not fill the memory. */
const MAX_MAIL_BYTES = 1_000_000
const CLOSE_TIMEOUT_MS = 2000

export async function startMailCatchAll({ keep = 200 } = {}): Promise<MailCatchAll> {
  const mails: CaughtMail[] = []
  const server = new SMTPServer({
    name: 'mail.signalbox.example',
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    size: MAX_MAIL_BYTES,
    closeTimeout: CLOSE_TIMEOUT_MS,
    onRcptTo({ address }, _session, reply) {
      if (address.startsWith(`${GONE}.`)) return reply(refusal(550, '5.1.1 The mailbox does not exist'))
      if (address.startsWith(`${FULL}.`)) return reply(refusal(452, '4.2.2 The mailbox is full'))
      reply()
    },
    onData(stream, session, reply) {
      const to = session.envelope.rcptTo.map(({ address }) => address).join(', ')
      void read(stream).then((mail) => {
        if (stream.sizeExceeded) return reply(refusal(552, '5.3.4 The mail is too large'))
        mails.push({ to, mail })
        if (mails.length > keep) mails.shift()
        reply()
      }, reply)
    },
  })
  // A client that drops its connection is no failure of the demo.
  server.on('error', () => undefined)

  const listening = server.listen(0, '127.0.0.1')
  await once(listening, 'listening')
  return {
    port: (listening.address() as AddressInfo).port,
    mails: () => mails,
    close: () => new Promise((resolve) => server.close(resolve)),
  }
}

async function read(stream: SMTPServerDataStream): Promise<Email> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength
    if (bytes <= MAX_MAIL_BYTES) chunks.push(chunk)
  }
  return PostalMime.parse(Buffer.concat(chunks))
}

function refusal(status: number, text: string): Error {
  return Object.assign(new Error(text), { responseCode: status })
}
