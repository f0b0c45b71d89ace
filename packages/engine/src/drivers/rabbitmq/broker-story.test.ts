/** Whatever happens in whatever order: what the broker has confirmed is taken by somebody. */
import * as fc from 'fast-check'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { look, prefixOfTest } from '../../../test/support/amqp.ts'
import { faultProxy, RABBITMQ, testUrl } from '../../../test/support/services/index.ts'
import type { Broker } from '../../queue/broker.ts'
import type { Entry } from '../../queue/store.ts'
import { openBroker } from './broker.ts'
import { queueOf } from './topology.ts'

type Step =
  | { do: 'publish'; count: number; priority: number }
  | { do: 'room'; room: number }
  | { do: 'fail'; fails: boolean }
  | { do: 'reset' | 'restart' }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('publish' as const),
      count: fc.integer({ min: 1, max: 250 }),
      priority: fc.integer({ min: 0, max: 10 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('room' as const), room: fc.constantFrom(0, 1, 40, 1_000) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('fail' as const), fails: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('reset' as const, 'restart' as const) }) },
)

describe('a broker in any weather', () => {
  it('loses nothing that it confirmed', { timeout: 300_000 }, async () => {
    const prefix = prefixOfTest()
    const proxy = await faultProxy(testUrl(RABBITMQ))
    const brokers = new Set<Broker>()
    onTestFinished(async () => {
      for (const broker of brokers) await broker.stop()
      await proxy.close()
    })
    const taken = new Set<number>()
    let room = 1_000
    let fails = false
    let id = 0

    async function opened(): Promise<Broker> {
      const broker = await openBroker({ url: proxy.url, prefix, onLink: () => undefined })
      brokers.add(broker)
      return broker
    }
    async function worker(): Promise<Broker> {
      const broker = await opened()
      await broker.consume({
        room: () => room,
        async take(entries) {
          await new Promise((resolve) => setImmediate(resolve))
          if (fails) throw new Error('the store is away')
          for (const entry of entries) taken.add(entry.id)
        },
      })
      return broker
    }
    async function stopped(broker: Broker): Promise<void> {
      brokers.delete(broker)
      await broker.stop()
    }

    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 14 }), async (steps) => {
        const confirmed = new Set<number>()
        const calls: Promise<void>[] = []
        const api = await opened()
        const steady = await worker()
        let restarted = await worker()
        for (const each of steps) {
          if (each.do === 'publish') {
            const entries: Entry[] = Array.from({ length: each.count }, () => ({
              ...{ queue: 'message.send', priority: each.priority, lane: 'sms', id: ++id },
            }))
            const keep = () => entries.forEach((entry) => confirmed.add(entry.id))
            calls.push(api.publish(entries).then(keep, () => undefined))
            // Some is under way when the next thing happens.
            if (each.count % 2) await new Promise((resolve) => setImmediate(resolve))
            else await calls.at(-1)
          } else if (each.do === 'room') {
            room = each.room
            for (const broker of brokers) broker.hasRoom()
          } else if (each.do === 'fail') fails = each.fails
          else if (each.do === 'reset') proxy.resetAll()
          else {
            await stopped(restarted)
            restarted = await worker()
          }
        }
        await Promise.all(calls)
        room = 1_000
        fails = false
        for (const broker of brokers) broker.hasRoom()
        await vi.waitFor(() => expect([...confirmed].filter((one) => !taken.has(one))).toEqual([]), {
          ...{ timeout: 30_000, interval: 10 },
        })
        await Promise.all([stopped(api), stopped(steady), stopped(restarted)])
      }),
      { numRuns: 15 },
    )
    const left = await look(
      async (channel) =>
        (await channel.checkQueue(queueOf(prefix, { queue: 'message.send', priority: 5 }))).consumerCount,
    )
    expect(left).toBe(0)
  })
})
