/**
 * The link to Redis: one connection that asks, with a deadline for every answer, and one that listens.
 *
 * It is up while answers come in time. An answer that is late takes it down for everybody: nobody else waits for the deadline. From
 * then on it is asked for a sign of life every second, alone, and is up again with the first that comes in time.
 */
import type { LinkState } from '../../driver.ts'
import { checkUrl, newClient, problemOf, versionIn, type Client } from './connect.ts'
import { script, type Script } from './script.ts'

export interface LinkOptions {
  url: string
  /** Every key and channel begins with it. */
  prefix: string
  /** For each answer, ms. */
  deadlineMs?: number
  onLink?(link: LinkState): void
}

export interface RedisLink {
  readonly prefix: string
  readonly isUp: boolean
  /** Goes up each time that Redis is there anew: another one, or with what it had before it went down. */
  readonly comebacks: number
  /** Rejects when there is no answer in time; it may have been done all the same. */
  run(script: Script, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown>
  /** To whoever listens. False when it cannot be said now. */
  publish(channel: string, text: string): boolean
  /** The connection that listens. Its subscriptions are made again when it comes back. */
  readonly listener: Client
  /** Called every second while it is up, and when it comes up. */
  onBeat(beat: () => void): void
  /** Called when the listening connection is there, for the first time or again. */
  onListening(begin: () => void): void
  close(): Promise<void>
}

const DEADLINE_MS = 250
const BEAT_MS = 1_000

/** Writes: a server that only answers what it is asked to read is of no use. */
const beatOnce = script('beat')

/** Resolves when Redis is there or is known not to be: that it is down is no error. Rejects when it is too old. */
export async function openLink({
  url,
  prefix,
  deadlineMs = DEADLINE_MS,
  onLink = () => {},
}: LinkOptions): Promise<RedisLink> {
  checkUrl(url)
  let problem: string | null = 'not connected yet'
  let tooOld: string | null = null
  let comebacks = 0
  /** Whether the server at the other end of this connection has said what it is. */
  let greeted = false
  let closing = false
  let told: string | null | undefined
  const beats: (() => void)[] = []
  const listeners: (() => void)[] = []
  const first = Promise.withResolvers<void>()

  const asker = newClient(url, { ready: () => void greet(), lost: ({ message }) => down(message) })
  const listener = newClient(url, {
    ready() {
      for (const begin of listeners) begin()
    },
    // The other connection says it.
    lost() {},
  })

  function down(why: string): void {
    problem = tooOld ?? why
    tell()
    first.resolve()
  }

  function up(): void {
    const isNew = problem !== null
    problem = null
    if (isNew) comebacks += 1
    tell()
    first.resolve()
    for (const beat of beats) beat()
  }

  function tell(): void {
    if (closing || told === problem) return
    told = problem
    onLink({ name: 'Redis', up: problem === null, problem })
  }

  /** Of a server that has just been reached. */
  async function greet(): Promise<void> {
    greeted = false
    try {
      tooOld = problemOf(versionIn(await inTime(asker.sendCommand<string>(['INFO', 'server']))))
      greeted = tooOld === null
      if (tooOld === null) up()
      else down(tooOld)
    } catch (error) {
      down(textOf(error))
    }
  }

  /** The answer, or a rejection within the deadline. */
  function inTime<T>(answer: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const late = () => reject(new Error(`no answer within ${deadlineMs} ms`))
      // What has arrived while this process was busy is read first: that is not the fault of Redis.
      const timer = setTimeout(() => setImmediate(late), deadlineMs)
      answer.then(resolve, reject).finally(() => clearTimeout(timer))
    })
  }

  async function ask(args: string[]): Promise<unknown> {
    try {
      return await inTime(asker.sendCommand(args))
    } catch (error) {
      if (!isUnknownScript(error)) down(textOf(error))
      throw error
    }
  }

  let looking = false
  async function look(): Promise<void> {
    if (looking || !asker.isReady || tooOld !== null) return
    looking = true
    // Not asked again before it is answered, however late that is: what nobody waits for must not pile up.
    const answer = asker.sendCommand(['EVAL', beatOnce.text, '1', `${prefix}:beat`]).finally(() => (looking = false))
    try {
      await inTime(answer)
      if (greeted) up()
      else await greet()
    } catch (error) {
      down(textOf(error))
    }
  }
  const timer = setInterval(() => void look(), BEAT_MS)
  timer.unref()

  for (const client of [asker, listener]) void client.connect().catch(() => undefined)
  await first.promise
  if (tooOld !== null) {
    await close()
    throw new Error(tooOld)
  }

  async function close(): Promise<void> {
    closing = true
    clearInterval(timer)
    for (const client of [asker, listener]) client.destroy()
  }

  return {
    prefix,
    get isUp() {
      return problem === null
    },
    get comebacks() {
      return comebacks
    },
    async run(script, keys, args) {
      if (problem !== null) throw new Error(problem)
      const rest = [String(keys.length), ...keys, ...args.map(String)]
      try {
        return await ask(['EVALSHA', script.sha, ...rest])
      } catch (error) {
        if (!isUnknownScript(error)) throw error
        // With its text, which Redis keeps: nobody else asks for that.
        return ask(['EVAL', script.text, ...rest])
      }
    },
    publish(channel, text) {
      if (problem !== null) return false
      asker.sPublish(channel, text).catch(() => undefined)
      return true
    },
    listener,
    onBeat: (beat) => void beats.push(beat),
    onListening(begin) {
      listeners.push(begin)
      if (listener.isReady) begin()
    },
    close,
  }
}

const isUnknownScript = (error: unknown): boolean => textOf(error).startsWith('NOSCRIPT')
const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
