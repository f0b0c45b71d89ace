/**
 * Brings entries. What is delivered waits here, unacknowledged and in bounded number, until there is room for its priority;
 * higher priorities go first. Where there is none for a while, what waits goes back and its queue is left to other nodes until
 * there is room again: so nothing is kept from a node that could work on it, nor longer than the broker lets it.
 */
import type { Channel, ConsumeMessage } from 'amqplib'
import type { Clock } from '../../clock.ts'
import type { Entry } from '../../queue/store.ts'
import type { Broker } from '../../queue/broker.ts'
import { afterTheReason, within, type Session } from './connection.ts'
import { unpack, type Kind } from './parcel.ts'
import { declare, KINDS, queueOf } from './topology.ts'

export type Taking = Parameters<Broker['consume']>[0]

export interface Consumer {
  prepare(session: Session): Promise<void>
  /** The broker gives to others what was not acknowledged. */
  lose(): void
  hasRoom(): void
  /** Ends takes under way, and gives the rest back. */
  stop(): Promise<void>
}

/** Messages of one queue that are with this node, up to a hundred entries each. */
const PREFETCH = 16
/** Entries in one call of `take`. */
const TAKE = 1_000
const WITHOUT_ROOM_MS = 1_000
const AFTER_FAILURE_MS = 1_000
const CANCEL_MS = 2_000

interface Delivery {
  message: ConsumeMessage
  channel: Channel
  rest: Entry[]
}

/** One queue at the broker, as it is read here. */
interface Source {
  kind: Kind
  name: string
  reads: 'no' | 'changing' | 'yes'
  tag: string
  waiting: Delivery[]
}

export function createConsumer(options: { prefix: string; clock: Clock; taking: Taking }): Consumer {
  const { prefix, clock, taking } = options
  const sources: Source[] = KINDS.map((kind) => {
    const name = queueOf(prefix, kind)
    return { kind, name, reads: 'no', tag: '', waiting: [] }
  })
  let session: Session | null = null
  let channel: Channel | null = null
  let stopped = false
  let pumping: Promise<void> | null = null
  let wanted = false
  let cancelLook: (() => void) | null = null
  let cancelPause: (() => void) | null = null
  let repairing = false

  /** A channel that ended acknowledges nothing. */
  function answer(
    how: 'ack' | 'requeue' | 'refuse',
    { message, channel: from }: Pick<Delivery, 'message' | 'channel'>,
  ) {
    if (from !== channel) return
    try {
      if (how === 'ack') from.ack(message)
      else from.nack(message, false, how === 'requeue')
    } catch (error) {
      session?.fail(error)
    }
  }

  function deliver(source: Source, from: Channel, message: ConsumeMessage | null): void {
    if (from !== channel) return
    if (message === null) {
      source.reads = 'no'
      return repair()
    }
    const rest = unpack(message.content, source.kind)
    const delivery = { message, channel: from, rest: rest ?? [] }
    if (rest === null) answer('refuse', delivery)
    else if (source.reads === 'no' || stopped) answer('requeue', delivery)
    else {
      source.waiting.push(delivery)
      wake()
    }
  }

  /** A queue was taken away beneath us. */
  function repair(): void {
    const here = session
    if (!here || repairing || stopped) return
    repairing = true
    declare(here.model, prefix, here.version)
      .then(() => {
        repairing = false
        wake()
      })
      .catch((error: unknown) => {
        repairing = false
        here.fail(error)
      })
  }

  async function read(source: Source, from: Channel): Promise<void> {
    if (source.reads !== 'no') return
    source.reads = 'changing'
    const { consumerTag } = await from.consume(source.name, (message) => deliver(source, from, message))
    if (from !== channel) return
    source.tag = consumerTag
    source.reads = 'yes'
  }

  /** What still comes until the broker knows goes back as well. */
  async function leave(source: Source, from: Channel): Promise<void> {
    for (const delivery of source.waiting.splice(0)) answer('requeue', delivery)
    if (source.reads !== 'yes') return
    source.reads = 'changing'
    await from.cancel(source.tag)
    if (from !== channel) return
    for (const delivery of source.waiting.splice(0)) answer('requeue', delivery)
    source.reads = 'no'
  }

  function wake(): void {
    wanted = true
    if (pumping || stopped) return
    pumping = new Promise<void>((resolve) => setImmediate(resolve)).then(pump).finally(() => {
      pumping = null
      if (wanted && !stopped) wake()
    })
  }

  async function pump(): Promise<void> {
    wanted = false
    for (const source of sources) {
      while (!stopped) {
        // A share of something may be a fraction: then one more is taken.
        const room = Math.min(TAKE, source.waiting.length > 0 ? Math.ceil(taking.room(source.kind)) : 0)
        if (!(room > 0)) break
        await takeFrom(source, room)
        // Something more urgent may have come.
        if (sources.some((other) => isMoreUrgent(other, source))) {
          wanted = true
          return
        }
      }
    }
    resume()
    look()
  }

  const isMoreUrgent = (other: Source, than: Source) =>
    other.kind.priority > than.kind.priority && other.waiting.length > 0 && taking.room(other.kind) > 0

  async function takeFrom(source: Source, room: number): Promise<void> {
    const touched: Delivery[] = []
    const entries: Entry[] = []
    while (entries.length < room) {
      const [delivery] = source.waiting
      if (!delivery) break
      entries.push(...delivery.rest.splice(0, room - entries.length))
      touched.push(delivery)
      if (delivery.rest.length === 0) source.waiting.shift()
    }
    try {
      await taking.take(entries)
      for (const delivery of touched) if (delivery.rest.length === 0) answer('ack', delivery)
    } catch {
      // The store did not take them, and would not take the next.
      await new Promise<void>((resolve) => {
        const cancel = clock.after(AFTER_FAILURE_MS, resolve)
        cancelPause = () => {
          cancel()
          resolve()
        }
      })
      cancelPause = null
      source.waiting = source.waiting.filter((delivery) => !touched.includes(delivery))
      for (const delivery of touched) answer('requeue', delivery)
    }
  }

  /** Reads again what was left for want of room. */
  function resume(): void {
    const from = channel
    if (!from || stopped || repairing) return
    for (const source of sources) {
      if (source.reads === 'no' && taking.room(source.kind) > 0) read(source, from).catch(fail(from))
    }
  }

  const fail = (from: Channel) => (error: unknown) => {
    if (from === channel) session?.fail(error)
  }

  /** Once in a while, as long as something waits for room, here or there. */
  function look(): void {
    if (cancelLook || stopped || !sources.some(({ reads, waiting }) => reads === 'no' || waiting.length > 0)) return
    cancelLook = clock.after(WITHOUT_ROOM_MS, () => {
      cancelLook = null
      const from = channel
      if (!from || stopped) return
      for (const source of sources) {
        if (source.waiting.length > 0 && taking.room(source.kind) <= 0) leave(source, from).catch(fail(from))
      }
      wake()
    })
  }

  return {
    async prepare(next) {
      await declare(next.model, prefix, next.version)
      const opened = await next.model.createChannel()
      if (next.over) return
      opened.on('error', (error) => next.fail(error))
      opened.on('handler-error', (error) => next.fail(error))
      opened.on('close', () =>
        afterTheReason(() => stopped || next.fail(new Error('RabbitMQ closed the channel for reading'))),
      )
      session = next
      channel = opened
      await opened.prefetch(PREFETCH)
      await Promise.all(sources.map((source) => read(source, opened)))
      wake()
    },
    lose() {
      session = null
      channel = null
      for (const source of sources) {
        source.reads = 'no'
        source.waiting = []
      }
    },
    hasRoom() {
      if (pumping) wanted = true
      else if (sources.some(({ reads, waiting }) => reads === 'no' || waiting.length > 0)) wake()
    },
    async stop() {
      stopped = true
      cancelLook?.()
      cancelPause?.()
      const from = channel
      const left = from ? Promise.all(sources.map((source) => leave(source, from))) : Promise.resolve([])
      await within(clock, CANCEL_MS, left, 'not cancelled in time').catch(() => undefined)
      await pumping
      // The end of a connection overtakes what a channel has still to say.
      if (from && from === channel) {
        await within(clock, CANCEL_MS, from.close(), 'not closed in time').catch(() => undefined)
      }
    },
  }
}
