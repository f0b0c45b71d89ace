/** One connection that is kept: made again whenever it goes, with growing pauses, and prepared each time. */
import { connect, type ChannelModel } from 'amqplib'
import type { Clock } from '../../clock.ts'
import { assertBroker, isUnequal, problemOf, UnfitBrokerError } from './problems.ts'

export interface Address {
  protocol: 'amqp' | 'amqps'
  hostname: string
  port: number
  username: string
  password: string
  vhost: string
}

/** A connection as it stands: what was made on one means nothing on the next. */
export interface Session {
  readonly model: ChannelModel
  /** Of the broker. */
  readonly version: string
  /** It was ended, by whomever. */
  readonly over: boolean
  /** Something of it went, or does not answer: it is ended, and made anew. */
  fail(error: unknown): void
}

export interface Kept {
  /** What is wrong, in plain words; null while it is up. */
  readonly problem: string | null
  /** Settles after the first try, whatever came of it; rejects when the broker will not do. */
  readonly first: Promise<void>
  close(): Promise<void>
}

export interface KeptOptions {
  address: Address
  /** As the broker shows it. */
  name: string
  clock: Clock
  random(): number
  /** Makes channels. It is up when this resolves. */
  prepare(session: Session): Promise<void>
  /** It was up, or about to be. Called once for each session. */
  onLost(problem: string): void
  /** `problem` changed. */
  onChange(): void
}

/** The broker ends a connection that is silent for two of these, and so do we. */
const HEARTBEAT_S = 5
const CONNECT_MS = 5_000
const PREPARE_MS = 10_000
const CLOSE_MS = 2_000
const RECONNECT_MS = { first: 50, most: 5_000 } as const
/** A connection that stood so long was a good one: the pauses begin anew. */
const GOOD_MS = 5_000
/** Somebody must take away what is in the way first. */
const UNEQUAL_MS = 60_000

export function addressOf(url: string): Address {
  let parsed: URL
  let [username, password] = ['', '']
  try {
    parsed = new URL(url)
    ;[username, password] = [decodeURIComponent(parsed.username), decodeURIComponent(parsed.password)]
  } catch {
    // The error of URL carries the text, with its password.
    throw new Error('expected AMQP_URL to be an address such as amqp://user:password@host:5672, got something else')
  }
  const protocol = parsed.protocol.slice(0, -1)
  if (protocol !== 'amqp' && protocol !== 'amqps') {
    throw new Error(`expected AMQP_URL to begin with amqp:// or amqps://, got ${protocol}://`)
  }
  return {
    protocol,
    hostname: parsed.hostname.replaceAll(/^\[|\]$/g, '') || 'localhost',
    port: Number(parsed.port) || (protocol === 'amqp' ? 5672 : 5671),
    username: username || 'guest',
    password: password || 'guest',
    // Decoded by the client.
    vhost: parsed.pathname.slice(1) || '%2F',
  }
}

export function keepConnected(options: KeptOptions): Kept {
  const { address, clock } = options
  const place = `${address.hostname}:${address.port}`
  let problem: string | null = `${place} was not reached yet`
  let current: Session | null = null
  let closed = false
  let tries = 0
  let cancelRetry: (() => void) | null = null
  let cancelGood: (() => void) | null = null

  function say(next: string | null): void {
    if (problem === next) return
    problem = next
    options.onChange()
  }

  function retry(error: unknown): void {
    if (closed) return
    const pause = Math.min(RECONNECT_MS.most, RECONNECT_MS.first * 2 ** Math.min(tries++, 10))
    const ms = isUnequal(error) || error instanceof UnfitBrokerError ? UNEQUAL_MS : pause * (0.5 + options.random() / 2)
    cancelRetry = clock.after(ms, () => void tryOnce().catch(() => undefined))
  }

  /** Rejects only when the broker will not do. */
  async function tryOnce(): Promise<void> {
    let session: Session | null = null
    try {
      session = await reach()
      assertBroker(session.model.connection.serverProperties)
      await within(clock, PREPARE_MS, options.prepare(session), `${place} did not take what is declared in time`)
      if (current !== session) return
      say(null)
      cancelGood = clock.after(GOOD_MS, () => {
        tries = 0
      })
    } catch (error) {
      if (session) session.fail(error)
      else if (!closed) {
        say(problemOf(error, place))
        retry(error)
      }
      if (error instanceof UnfitBrokerError) throw error
    }
  }

  async function reach(): Promise<Session> {
    const connecting = connect(
      { ...address, heartbeat: HEARTBEAT_S },
      {
        noDelay: true,
        keepAlive: true,
        timeout: CONNECT_MS,
        clientProperties: { connection_name: options.name },
      },
    )
    const model = await within(clock, CONNECT_MS, connecting, `${place} did not answer in time`).catch(
      (error: unknown) => {
        // It may answer yet.
        void connecting.then(destroy, () => undefined)
        throw error
      },
    )
    let over = false
    const session: Session = {
      model,
      version: String(model.connection.serverProperties.version),
      get over() {
        return over
      },
      fail(error) {
        if (over) return
        over = true
        destroy(model)
        if (current !== session) return
        current = null
        cancelGood?.()
        const why = problemOf(error, place)
        options.onLost(why)
        if (closed) return
        say(why)
        retry(error)
      },
    }
    // Each without a listener would end the process.
    model.on('error', (error) => session.fail(error))
    model.on('handler-error', (error) => session.fail(error))
    model.on('close', (error) => session.fail(error ?? new Error(`${place} ended the connection`)))
    current = session
    if (closed) {
      session.fail(new Error('closed'))
      throw new Error('closed')
    }
    return session
  }

  return {
    get problem() {
      return problem
    },
    first: tryOnce(),
    async close() {
      if (closed) return
      closed = true
      cancelRetry?.()
      const session = current
      if (!session) return
      await within(clock, CLOSE_MS, session.model.close(), 'not closed in time').catch(() => undefined)
      session.fail(new Error('closed'))
    },
  }
}

/**
 * Not part of the client's types: the one way to end a connection whose other end does not answer. With an error, so that the client
 * lets go of its timers; one that comes after it was given up has no listener for that yet.
 */
function destroy(model: ChannelModel): void {
  model.on('error', () => undefined)
  const { stream } = model.connection as unknown as { stream: { destroy(error: Error): void } }
  stream.destroy(new Error('given up'))
}

/** Rejects with the text when it takes longer. */
export function within<T>(clock: Clock, ms: number, promise: Promise<T>, late: string): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const cancel = clock.after(ms, () => reject(new Error(late)))
    void promise.then(resolve, reject).finally(cancel)
  })
}

/** A channel ends before its connection says why it ends. */
export function afterTheReason(tell: () => void): void {
  setImmediate(tell)
}
