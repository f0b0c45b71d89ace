import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { Clock } from '../../clock.ts'
import type { LinkState } from '../../driver.ts'
import type { Broker } from '../../queue/broker.ts'
import type { Entry } from '../../queue/store.ts'
import { blockingProxy, look, oldBroker, prefixOfTest } from '../../../test/support/amqp.ts'
import { ManualClock } from '../../../test/support/manual-clock.ts'
import { faultProxy, RABBITMQ, testUrl, type FaultProxy } from '../../../test/support/services/index.ts'
import { openBroker } from './broker.ts'
import { keyOf, queueOf, unreadableOf } from './topology.ts'

const KIND = { queue: 'message.send', priority: 5 } as const

const entries = (count: number, of: Partial<Entry> = {}, from = 1): Entry[] =>
  Array.from({ length: count }, (_, i) => ({ ...KIND, lane: 'sms', id: from + i, ...of }))

interface Bench {
  broker: Broker
  links: LinkState[]
  /** Entries as they were taken, call by call. */
  taken: Entry[][]
  ids(): number[]
}

async function open(
  prefix: string,
  { url = testUrl(RABBITMQ), clock }: { url?: string; clock?: Clock } = {},
): Promise<Bench> {
  const links: LinkState[] = []
  const broker = await openBroker({ url, prefix, onLink: (link) => links.push(link), ...(clock && { clock }) })
  onTestFinished(() => broker.stop())
  const taken: Entry[][] = []
  return { broker, links, taken, ids: () => taken.flat().map(({ id }) => id) }
}

/** Takes everything. */
function consume({ broker, taken }: Bench, room: (of: Pick<Entry, 'queue' | 'priority'>) => number = () => 1_000) {
  return broker.consume({
    room,
    take: (some) => {
      taken.push([...some])
      return Promise.resolve()
    },
  })
}

const until = (holds: () => unknown) => vi.waitFor(holds, { timeout: 20_000, interval: 5 })

const waiting = (prefix: string, kind: Pick<Entry, 'queue' | 'priority'> = KIND) =>
  look(async (channel) => (await channel.checkQueue(queueOf(prefix, kind))).messageCount)

describe('a broker', () => {
  it('brings what was published, each entry to one node', async () => {
    const prefix = prefixOfTest()
    const [api, one, other] = [await open(prefix), await open(prefix), await open(prefix)]
    await Promise.all([consume(one), consume(other)])
    for (let i = 0; i < 20; i++) await api.broker.publish(entries(10, { priority: i % 11 }, i * 10))
    await until(() => expect(one.ids().length + other.ids().length).toBe(200))
    expect(new Set([...one.ids(), ...other.ids()]).size).toBe(200)
    expect(one.taken.flat().find(({ id }) => id === 11) ?? other.taken.flat().find(({ id }) => id === 11)).toEqual({
      ...{ queue: 'message.send', priority: 1, lane: 'sms', id: 11 },
    })
  })

  it('sends what is published in one turn together, a hundred at a time', async () => {
    const prefix = prefixOfTest()
    const { broker } = await open(prefix)
    await Promise.all(entries(250).map((entry) => broker.publish([entry])))
    expect(await waiting(prefix)).toBe(3)
  })

  it('keeps what nobody takes', async () => {
    const prefix = prefixOfTest()
    const api = await open(prefix)
    await api.broker.publish(entries(5))
    await api.broker.stop()
    const worker = await open(prefix)
    await consume(worker)
    await until(() => expect(worker.ids()).toEqual([1, 2, 3, 4, 5]))
  })

  it('brings the more urgent first when there is room', async () => {
    const prefix = prefixOfTest()
    const bench = await open(prefix)
    let room = 0
    await consume(bench, () => room)
    for (const priority of [1, 10, 5]) await bench.broker.publish(entries(3, { priority }, priority * 10))
    await bench.broker.publish(entries(3, { queue: 'notification', priority: 10 }, 200))
    await until(async () => expect(await waiting(prefix, { ...KIND, priority: 1 })).toBe(0))
    expect(bench.taken).toEqual([])
    room = 1_000
    bench.broker.hasRoom()
    await until(() => expect(bench.ids()).toHaveLength(12))
    expect(bench.taken.flat().map(({ priority }) => priority)).toEqual([10, 10, 10, 10, 10, 10, 5, 5, 5, 1, 1, 1])
  })

  it('takes no more than there is room for, and acknowledges when all of it is taken', async () => {
    const prefix = prefixOfTest()
    const bench = await open(prefix)
    let room = 30
    await bench.broker.consume({
      // A part of a share.
      room: () => room - 0.5,
      take: (some) => {
        room -= some.length
        bench.taken.push([...some])
        return Promise.resolve()
      },
    })
    await bench.broker.publish(entries(100))
    await until(() => expect(bench.ids()).toHaveLength(30))
    room = 50
    bench.broker.hasRoom()
    await until(() => expect(bench.ids()).toHaveLength(80))
    expect(bench.taken.map((some) => some.length)).toEqual([30, 50])
    await bench.broker.stop()
    // Part of it was not taken: the whole goes to another.
    expect(await waiting(prefix)).toBe(1)
  })

  it('leaves to others what finds no room, and reads again when there is some', async () => {
    const prefix = prefixOfTest()
    const clock = new ManualClock()
    const [full, other] = [await open(prefix, { clock }), await open(prefix)]
    let room = 0
    await consume(full, () => room)
    await other.broker.publish(entries(250))
    await until(async () => expect(await waiting(prefix)).toBe(0))
    await consume(other)
    await until(() => {
      clock.advance(100)
      expect(other.ids()).toHaveLength(250)
    })
    expect(full.taken).toEqual([])
    await other.broker.stop()
    room = 1_000
    full.broker.hasRoom()
    await other.broker.stop()
    const api = await open(prefix)
    await api.broker.publish(entries(5, {}, 1_000))
    await until(() => expect(full.ids()).toHaveLength(5))
  })

  it('brings again what could not be taken, after a while', async () => {
    const prefix = prefixOfTest()
    const clock = new ManualClock()
    const { broker } = await open(prefix, { clock })
    let tries = 0
    let refuses = true
    await broker.consume({
      room: () => 1_000,
      take: () => {
        tries++
        return refuses ? Promise.reject(new Error('the store is away')) : Promise.resolve()
      },
    })
    await broker.publish(entries(10))
    await until(() => expect(tries).toBe(1))
    const before = clock.now()
    await until(() => {
      clock.advance(10)
      expect(tries).toBe(2)
    })
    expect(clock.now() - before).toBeGreaterThanOrEqual(1_000)
    refuses = false
    await until(() => {
      clock.advance(10)
      expect(tries).toBe(3)
    })
    await broker.stop()
    expect(await waiting(prefix)).toBe(0)
  })

  it('puts aside what it cannot read, and goes on', async () => {
    const prefix = prefixOfTest()
    const bench = await open(prefix)
    await consume(bench)
    await look(async (channel) => {
      channel.publish(prefix, keyOf(KIND), Buffer.from('not of this version'))
      await channel.checkQueue(unreadableOf(prefix))
    })
    await bench.broker.publish(entries(1))
    await until(() => expect(bench.ids()).toEqual([1]))
    await until(async () =>
      expect((await look((channel) => channel.checkQueue(unreadableOf(prefix)))).messageCount).toBe(1),
    )
    expect(bench.links).toEqual([{ name: 'RabbitMQ', up: true, problem: null }])
  })

  it('rejects what has no queue to go to, and makes the queues anew', async () => {
    const prefix = prefixOfTest()
    const bench = await open(prefix)
    await look((channel) => channel.deleteQueue(queueOf(prefix, KIND)))
    await expect(bench.broker.publish(entries(1))).rejects.toThrow('expected a queue for message.send.5 at RabbitMQ')
    await until(() => bench.broker.publish(entries(1, {}, 2)))
    expect(await waiting(prefix)).toBe(1)
    expect(bench.broker.isUp).toBe(true)
  })

  it('makes a queue anew that was taken away while it was read', async () => {
    const prefix = prefixOfTest()
    const bench = await open(prefix)
    await consume(bench)
    await look((channel) => channel.deleteQueue(queueOf(prefix, KIND)))
    await until(() => bench.broker.publish(entries(1)))
    await until(() => expect(bench.ids()).toContain(1))
  })

  it('says what stands in its way at the broker, and lets it be', async () => {
    const prefix = prefixOfTest()
    const name = queueOf(prefix, KIND)
    await look((channel) => channel.assertQueue(name, { durable: true, maxPriority: 10 }))
    const clock = new ManualClock()
    const bench = await open(prefix, { clock })
    expect(bench.broker.isUp).toBe(false)
    expect(bench.links).toHaveLength(1)
    expect(bench.links[0]?.problem).toContain(`the queue ${name} in the virtual host / was made otherwise (x-`)
    await expect(bench.broker.publish(entries(1))).rejects.toThrow('expected RabbitMQ to be up')
    // Not tried again before somebody had the time to do something.
    expect(clock.pending).toBe(1)
    clock.advance(59_000)
    expect(clock.pending).toBe(1)
    await look((channel) => channel.deleteQueue(name))
    clock.advance(1_000)
    await until(() => expect(bench.broker.isUp).toBe(true))
  })

  it('is refused when it is too old, and nothing is left of the attempt', async () => {
    const clock = new ManualClock()
    const options = { url: await oldBroker(), prefix: prefixOfTest(), onLink: () => undefined, clock }
    await expect(openBroker(options)).rejects.toThrow(/^expected RabbitMQ 3.10 or newer, got RabbitMQ 2\./)
    expect(clock.pending).toBe(0)
  })

  it('waits at a stop for what is being taken, and gives the rest back', async () => {
    const prefix = prefixOfTest()
    const { broker } = await open(prefix)
    let finish: (() => void) | null = null
    let room = 100
    await broker.consume({
      room: () => room,
      take: () => {
        room = 0
        return new Promise<void>((resolve) => {
          finish = resolve
        })
      },
    })
    await broker.publish(entries(100))
    await until(() => expect(finish).not.toBeNull())
    await broker.publish(entries(100, {}, 101))
    let stopped = false
    const stopping = broker.stop().then(() => {
      stopped = true
    })
    await until(async () => expect(await waiting(prefix)).toBe(1))
    expect(stopped).toBe(false)
    finish!()
    await stopping
    expect(await waiting(prefix)).toBe(1)
    expect(broker.isUp).toBe(false)
    await expect(broker.publish(entries(1))).rejects.toThrow('expected RabbitMQ to be up')
    await broker.stop()
  })

  it('refuses at once what would fill the memory', async () => {
    const prefix = prefixOfTest()
    const { broker } = await open(prefix)
    const published = broker.publish(entries(100_000))
    await expect(broker.publish(entries(1))).rejects.toThrow('got 100000 entries that wait for it')
    await published
    await broker.publish(entries(1))
  })

  it('says nothing of a password', async () => {
    const url = new URL(testUrl(RABBITMQ))
    url.password = 'hunter2'
    const { links } = await open(prefixOfTest(), { url: url.href })
    expect(links).toMatchObject([{ up: false }])
    expect(links[0]?.problem).toContain('refuses the user or the password of AMQP_URL')
    expect(JSON.stringify(links)).not.toContain('hunter2')
  })
})

async function badNetwork(): Promise<FaultProxy> {
  const proxy = await faultProxy(testUrl(RABBITMQ))
  onTestFinished(() => proxy.close())
  return proxy
}

describe('over a bad network', () => {
  it('comes up later when it was away at the start, told once', async () => {
    const prefix = prefixOfTest()
    const proxy = await badNetwork()
    await proxy.breakIt('refuse')
    const bench = await open(prefix, { url: proxy.url })
    expect(bench.broker.isUp).toBe(false)
    await consume(bench)
    await expect(bench.broker.publish(entries(1))).rejects.toThrow('expected RabbitMQ to be up')
    await proxy.mend()
    await until(() => expect(bench.broker.isUp).toBe(true))
    await bench.broker.publish(entries(1))
    await until(() => expect(bench.ids()).toEqual([1]))
    expect(bench.links.map(({ up }) => up)).toEqual([false, true])
  })

  it('rejects what was under way when connections are reset, and goes on by itself', async () => {
    const prefix = prefixOfTest()
    const proxy = await badNetwork()
    const bench = await open(prefix, { url: proxy.url })
    await consume(bench)
    let next = 1
    const published = new Set<number>()
    for (let i = 0; i < 6; i++) {
      const calls = Array.from({ length: 50 }, () => {
        const id = next++
        return bench.broker.publish(entries(1, {}, id)).then(
          () => published.add(id),
          () => undefined,
        )
      })
      await new Promise((resolve) => setImmediate(resolve))
      proxy.resetAll()
      await Promise.all(calls)
      await until(() => expect(bench.broker.isUp).toBe(true))
    }
    await until(() => bench.broker.publish(entries(1, {}, 10_000)))
    // What was confirmed arrives, some of it twice; what was rejected may.
    await until(() => expect(bench.ids()).toEqual(expect.arrayContaining([...published, 10_000])))
  })

  it('rejects what is not confirmed in 10 s, and connects anew', async () => {
    const prefix = prefixOfTest()
    const proxy = await badNetwork()
    const clock = new ManualClock()
    const { broker, links } = await open(prefix, { url: proxy.url, clock })
    await proxy.breakIt('half-open')
    let error: unknown = null
    broker.publish(entries(1)).catch((reason: unknown) => {
      error = reason
    })
    await until(async () => expect(await waiting(prefix)).toBe(1))
    clock.advance(9_999)
    await new Promise((resolve) => setImmediate(resolve))
    expect(error).toBeNull()
    clock.advance(1)
    await until(() => expect(String(error)).toContain('RabbitMQ confirmed nothing for 10 s'))
    expect(links.map(({ up }) => up)).toEqual([true, false])
    await proxy.mend()
    await until(() => {
      clock.advance(10)
      expect(broker.isUp).toBe(true)
    })
    await broker.publish(entries(1))
    await broker.stop()
    expect(clock.pending).toBe(0)
  })

  // What ends it is an error, and one without a listener ends the process.
  it('lets go of a connection that is made after it was given up', async () => {
    const prefix = prefixOfTest()
    const proxy = await badNetwork()
    const clock = new ManualClock()
    await proxy.breakIt('blackhole')
    const opening = open(prefix, { url: proxy.url, clock })
    await until(() => expect(proxy.open).toBe(1))
    clock.advance(5_000)
    const { broker, links } = await opening
    expect(links.at(-1)?.problem).toContain('did not answer in time')
    await proxy.mend()
    await until(() => expect(proxy.open).toBe(0))
    await until(() => {
      clock.advance(10)
      expect(broker.isUp).toBe(true)
    })
    await broker.publish(entries(1))
    await broker.stop()
    expect(clock.pending).toBe(0)
  })

  it('takes nothing while the broker is short of memory, and says so', async () => {
    const prefix = prefixOfTest()
    const proxy = await blockingProxy()
    const bench = await open(prefix, { url: proxy.url })
    proxy.sayBlocked('low on memory')
    await until(() => expect(bench.broker.isUp).toBe(false))
    expect(bench.links.at(-1)?.problem).toBe('RabbitMQ takes nothing for now: low on memory')
    await expect(bench.broker.publish(entries(1))).rejects.toThrow('got RabbitMQ takes nothing for now: low on memory')
    proxy.sayBlocked(null)
    await until(() => expect(bench.broker.isUp).toBe(true))
    await bench.broker.publish(entries(1))
  })

  it('has at the broker what was confirmed, though it is killed', async () => {
    const own = await RABBITMQ.start()
    if (!own) return
    onTestFinished(() => own.remove())
    const [api, worker] = [await open('own', { url: own.url }), await open('own', { url: own.url })]
    for (let i = 0; i < 20; i++) await api.broker.publish(entries(10, {}, i * 10))
    await own.kill()
    await until(() => expect(api.broker.isUp).toBe(false))
    await expect(api.broker.publish(entries(1))).rejects.toThrow('expected RabbitMQ to be up')
    await own.start()
    await until(() => expect([api.broker.isUp, worker.broker.isUp]).toEqual([true, true]))
    await consume(worker)
    await until(() => expect(new Set(worker.ids()).size).toBe(200))
    await Promise.all([api.broker.stop(), worker.broker.stop()])
  }, 120_000)
})
