/**
 * Hands entries to the broker. What is published within one turn of the event loop travels together, one message per queue,
 * priority and hundred. Nothing waits here for a connection: the entries stand in the store.
 */
import type { ConfirmChannel } from 'amqplib'
import type { Clock } from '../../clock.ts'
import type { Entry } from '../../queue/store.ts'
import { afterTheReason, type Session } from './connection.ts'
import { pack, PARCEL_ENTRIES, type Kind } from './parcel.ts'
import { declare, exchangeOf, keyOf } from './topology.ts'

export interface Publisher {
  /** What the broker said when it takes nothing for now. */
  readonly blocked: string | null
  publish(entries: readonly Entry[]): Promise<void>
  prepare(session: Session): Promise<void>
  /** What was not confirmed is given up. */
  lose(problem: string): void
  /** Settles when nothing is under way any more. */
  settled(): Promise<void>
}

/** Waits for some parcels. */
interface Call {
  left: number
  resolve(): void
  reject(error: Error): void
}

interface Parcel {
  number: number
  kind: Kind
  content: Buffer
  size: number
  calls: ReadonlySet<Call>
  dueAt: number
  unroutable: boolean
}

const CONFIRM_MS = 10_000
/** Entries that wait for the broker's word: some tens of MB. */
const MOST_ENTRIES = 100_000

export function createPublisher(options: { prefix: string; clock: Clock; onBlocked(): void }): Publisher {
  const { prefix, clock } = options
  let session: Session | null = null
  let channel: ConfirmChannel | null = null
  let blocked: string | null = null
  let full = false
  let repairing: Promise<void> | null = null
  let number = 0
  let held = 0
  /** Of this turn, by queue and priority. */
  let gathered = new Map<string, { kind: Kind; items: { entry: Entry; call: Call }[] }>()
  let toSend: Parcel[] = []
  /** In the order of their deadlines. */
  const unconfirmed = new Map<number, Parcel>()
  let cancelDeadline: (() => void) | null = null
  const onSettled: (() => void)[] = []

  function finish(parcel: Parcel, error: Error | null): void {
    held -= parcel.size
    unconfirmed.delete(parcel.number)
    for (const call of parcel.calls) {
      if (error) call.reject(error)
      else if (--call.left === 0) call.resolve()
    }
    if (held > 0) return
    for (const each of onSettled.splice(0)) each()
  }

  function collect(): void {
    const dueAt = clock.monotonic() + CONFIRM_MS
    for (const { kind, items } of gathered.values()) {
      for (let from = 0; from < items.length; from += PARCEL_ENTRIES) {
        const part = items.slice(from, from + PARCEL_ENTRIES)
        const calls = new Set(part.map(({ call }) => call))
        for (const call of calls) call.left++
        const content = pack(part.map(({ entry }) => entry))
        toSend.push({ number: ++number, kind, content, size: part.length, calls, dueAt, unroutable: false })
      }
    }
    gathered = new Map()
    send()
  }

  function send(): void {
    while (channel && !full && blocked === null) {
      const parcel = toSend.shift()
      if (!parcel) break
      unconfirmed.set(parcel.number, parcel)
      try {
        full = !channel.publish(
          exchangeOf(prefix),
          keyOf(parcel.kind),
          parcel.content,
          { persistent: true, mandatory: true, messageId: String(parcel.number), contentType: 'application/json' },
          (error: unknown) => confirmed(parcel, error),
        )
      } catch (error) {
        session?.fail(error)
      }
    }
    watch()
  }

  function confirmed(parcel: Parcel, error: unknown): void {
    // Given up before.
    if (!unconfirmed.has(parcel.number)) return
    if (parcel.unroutable) finish(parcel, new Error(`expected a queue for ${keyOf(parcel.kind)} at RabbitMQ, got none`))
    else
      finish(parcel, error instanceof Error ? new Error(`expected RabbitMQ to confirm, got: ${error.message}`) : null)
  }

  /** Its queue was taken away beneath us. Of what comes back the broker says so before it confirms it. */
  function returned(id: unknown): void {
    const parcel = unconfirmed.get(Number(id))
    if (parcel) parcel.unroutable = true
    const here = session
    if (!here || repairing) return
    repairing = declare(here.model, prefix, here.version)
      .catch((error: unknown) => here.fail(error))
      .finally(() => {
        repairing = null
      })
  }

  function watch(): void {
    const [oldest] = unconfirmed.size > 0 ? unconfirmed.values() : toSend
    if (cancelDeadline || !oldest) return
    cancelDeadline = clock.after(oldest.dueAt - clock.monotonic(), () => {
      cancelDeadline = null
      const now = clock.monotonic()
      const late = [...unconfirmed.values(), ...toSend].filter(({ dueAt }) => dueAt <= now)
      const why = `RabbitMQ confirmed nothing for ${CONFIRM_MS / 1000} s`
      // One that does not say that it is blocked is not up, and the client would keep what is never confirmed.
      if (late.length > 0 && blocked === null) return session?.fail(new Error(why))
      for (const parcel of late) finish(parcel, new Error(`expected RabbitMQ to confirm, got: ${blocked ?? why}`))
      toSend = toSend.filter(({ dueAt }) => dueAt > now)
      watch()
    })
  }

  return {
    get blocked() {
      return blocked
    },
    publish(entries) {
      if (entries.length === 0) return Promise.resolve()
      if (!channel || blocked !== null) {
        return Promise.reject(new Error(`expected RabbitMQ to be up, got ${blocked ?? 'no connection'}`))
      }
      if (held + entries.length > MOST_ENTRIES) {
        return Promise.reject(
          new Error(`expected RabbitMQ to confirm what it has, got ${held} entries that wait for it`),
        )
      }
      held += entries.length
      return new Promise<void>((resolve, reject) => {
        const call: Call = { left: 0, resolve, reject }
        if (gathered.size === 0) setImmediate(collect)
        for (const entry of entries) {
          const key = keyOf(entry)
          const parcel = gathered.get(key)
          if (parcel) parcel.items.push({ entry, call })
          else {
            const kind = { queue: entry.queue, priority: entry.priority }
            gathered.set(key, { kind, items: [{ entry, call }] })
          }
        }
      })
    },
    async prepare(next) {
      await declare(next.model, prefix, next.version)
      const opened = await next.model.createConfirmChannel()
      if (next.over) return
      opened.on('error', (error) => next.fail(error))
      opened.on('handler-error', (error) => next.fail(error))
      opened.on('close', () => afterTheReason(() => next.fail(new Error('RabbitMQ closed the channel for publishing'))))
      opened.on('return', ({ properties }) => returned(properties.messageId))
      opened.on('drain', () => {
        full = false
        send()
      })
      next.model.on('blocked', (reason) => {
        blocked = `RabbitMQ takes nothing for now: ${reason}`
        options.onBlocked()
      })
      next.model.on('unblocked', () => {
        blocked = null
        options.onBlocked()
        send()
      })
      session = next
      channel = opened
    },
    lose(problem) {
      session = null
      channel = null
      blocked = null
      full = false
      if (gathered.size > 0) collect()
      cancelDeadline?.()
      cancelDeadline = null
      const error = new Error(`expected RabbitMQ to confirm, got its loss: ${problem}`)
      for (const parcel of [...unconfirmed.values(), ...toSend.splice(0)]) finish(parcel, error)
    },
    settled() {
      return held === 0 ? Promise.resolve() : new Promise<void>((resolve) => onSettled.push(resolve))
    },
  }
}
