import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import PostalMime, { type Email } from 'postal-mime'
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server'

/** How the server answers at one step: taken, refused with an SMTP reply, silent, or gone. */
export type Answer = 'ok' | 'hang_up' | 'silence' | { status: number; text: string }

export interface ReceivedMail {
  from: string
  to: string[]
  /** Parameters of MAIL and RCPT: `RET=HDRS`. */
  asked: string[]
  mail: Email
  raw: string
}

export interface MailServer {
  port: number
  /** Mails whose whole body arrived, whatever was answered. */
  received: ReceivedMail[]
  /** The number of connections that were made. */
  connects(): number
  close(): Promise<void>
}

interface Script {
  connect?: Answer
  mail?: Answer
  rcpt?: Answer
  /** When the first bytes of the body arrive. */
  body?: 'hang_up'
  /** When all of it has. */
  data?: Answer
  login?: { user: string; password: string }
  /** Offers delivery status notifications (RFC 3461). */
  dsn?: boolean
}

/** A real SMTP server on a free loopback port that follows a script. */
export async function startMailServer(script: Script = {}): Promise<MailServer> {
  const received: ReceivedMail[] = []
  let connects = 0

  type Reply = (error?: Error | null) => void
  const answer = (how: Answer | undefined, reply: Reply) => {
    if (how === undefined || how === 'ok') return reply()
    if (how === 'silence') return
    if (how === 'hang_up') {
      for (const connection of server.connections) connection._socket.destroy()
      return
    }
    reply(Object.assign(new Error(how.text), { responseCode: how.status }))
  }

  const server = new SMTPServer({
    authOptional: script.login === undefined,
    allowInsecureAuth: true,
    disabledCommands: ['STARTTLS', ...(script.login ? [] : ['AUTH'])],
    disableReverseLookup: true,
    hideDSN: script.dsn !== true,
    onConnect(_session, reply) {
      connects += 1
      answer(script.connect, reply)
    },
    onAuth({ username, password }, _session, reply) {
      if (username === script.login?.user && password === script.login?.password) return reply(null, { user: username })
      reply(Object.assign(new Error('5.7.8 wrong user or password'), { responseCode: 535 }))
    },
    onMailFrom: (_address, _session, reply) => answer(script.mail, reply),
    onRcptTo: (_address, _session, reply) => answer(script.rcpt, reply),
    onData(stream, session, reply) {
      void read(stream, session).then(() => answer(script.data, reply), reply)
    },
  })
  server.on('error', () => undefined)

  async function read(stream: SMTPServerDataStream, session: SMTPServerSession): Promise<void> {
    const chunks: Uint8Array[] = []
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      answer(script.body, () => undefined)
      chunks.push(chunk)
    }
    const bytes = Buffer.concat(chunks)
    const { mailFrom, rcptTo } = session.envelope
    received.push({
      from: mailFrom ? mailFrom.address : '',
      to: rcptTo.map(({ address }) => address),
      asked: [mailFrom || { args: {} }, ...rcptTo].flatMap(({ args }) =>
        Object.entries(args).map(([name, value]) => `${name}=${String(value)}`),
      ),
      mail: await PostalMime.parse(bytes),
      raw: bytes.toString('utf8'),
    })
  }

  const listening = server.listen(0, '127.0.0.1')
  await once(listening, 'listening')
  return {
    port: (listening.address() as AddressInfo).port,
    received,
    connects: () => connects,
    close: () => {
      for (const connection of server.connections) connection._socket.destroy()
      return new Promise((resolve) => server.close(resolve))
    },
  }
}
