/**
 * What stands at the broker: an exchange, a queue per worked queue and priority (so that strict priority rests on nothing but
 * which of them is read), and a place for what cannot be read. Declared at every connection; what is there stays.
 *
 * A queue holds no more than so many messages: what the broker refuses then stands in the store, where workers look for it.
 */
import { PRIORITY_MAX, PRIORITY_MIN, WORKED_QUEUES } from '@signalbox/contracts'
import type { ChannelModel, Options } from 'amqplib'
import type { Kind } from './parcel.ts'

/** Highest priority first. */
export const KINDS: readonly Kind[] = Array.from({ length: PRIORITY_MAX - PRIORITY_MIN + 1 }, (_, i) =>
  WORKED_QUEUES.map((queue) => ({ queue, priority: PRIORITY_MAX - i })),
).flat()

const QUEUE_LENGTH = 100_000
const UNREADABLE_LENGTH = 10_000

export const exchangeOf = (prefix: string) => prefix
export const keyOf = ({ queue, priority }: Kind) => `${queue}.${priority}`
export const queueOf = (prefix: string, kind: Kind) => `${prefix}.${keyOf(kind)}`
export const unreadableOf = (prefix: string) => `${prefix}.unreadable`

/** From 4.0 on only quorum queues are replicated. */
const QUORUM_SINCE = 4

/** `version` of the broker: `3.10.8`. */
export async function declare(model: ChannelModel, prefix: string, version: string): Promise<void> {
  const quorum = Number.parseInt(version, 10) >= QUORUM_SINCE
  const channel = await model.createChannel()
  // The reason comes with the call that failed; without a listener it would end the process.
  channel.on('error', () => undefined)
  const unreadable = unreadableOf(prefix)
  await channel.assertExchange(exchangeOf(prefix), 'direct', { durable: true })
  await channel.assertExchange(unreadable, 'fanout', { durable: true })
  await channel.assertQueue(unreadable, queueOptions(quorum, { maxLength: UNREADABLE_LENGTH, overflow: 'drop-head' }))
  await channel.bindQueue(unreadable, unreadable, '')
  const options = queueOptions(quorum, {
    deadLetterExchange: unreadable,
    maxLength: QUEUE_LENGTH,
    overflow: 'reject-publish',
  })
  await Promise.all(
    KINDS.map(async (kind) => {
      const name = queueOf(prefix, kind)
      await channel.assertQueue(name, options)
      await channel.bindQueue(name, exchangeOf(prefix), keyOf(kind))
    }),
  )
  await channel.close()
}

function queueOptions(quorum: boolean, options: Options.AssertQueue): Options.AssertQueue {
  return {
    ...options,
    durable: true,
    arguments: quorum
      ? // What was given back often is not unreadable: a node without room gives back.
        { 'x-queue-type': 'quorum', 'x-delivery-limit': -1 }
      : // Said, because a virtual host may have another default.
        { 'x-queue-type': 'classic' },
  }
}
