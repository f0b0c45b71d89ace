import { describe, expect, it, onTestFinished } from 'vitest'
import { newPrefix, openTestLink, ownRedis, redisUrl } from '../../../test/support/redis.ts'
import { faultProxy } from '../../../test/support/services/index.ts'
import { until } from '../../../test/support/waiting.ts'
import type { Bus } from '../../nodes/bus.ts'
import { createBus } from './bus.ts'

/** Says it until it is heard: who subscribes is not told when that is known at the server. */
async function sayUntil(bus: Bus, topic: string, payload: unknown, heard: () => boolean): Promise<void> {
  await until(() => {
    bus.publish(topic, payload)
    return heard()
  })
}

describe('the bus over Redis', () => {
  it('brings any JSON to all who listen for the topic, the speaker too', async () => {
    const prefix = newPrefix()
    const [one, other] = [await openTestLink({ prefix }), await openTestLink({ prefix })].map(createBus) as [Bus, Bus]
    const heard: unknown[][] = [[], [], []]
    one.subscribe('figures', (payload) => void heard[0]?.push(payload))
    other.subscribe('figures', (payload) => void heard[1]?.push(payload))
    other.subscribe('others', (payload) => void heard[2]?.push(payload))
    await sayUntil(one, 'figures', null, () => heard.slice(0, 2).every(({ length }) => length > 0))
    const all = [{ a: [1, 'zwei', null] }, 'text', 3, null]
    for (const each of all) one.publish('figures', each)
    await until(() => heard.slice(0, 2).every((each) => each.length >= all.length && each.at(-4) !== null))
    expect(heard[0]?.slice(-4)).toEqual(all)
    expect(heard[1]?.slice(-4)).toEqual(all)
    expect(heard[2]).toEqual([])
  })

  it('tells who has ended nothing more, and others still', async () => {
    const bus = createBus(await openTestLink())
    const heard: [number, number] = [0, 0]
    const end = bus.subscribe('t', () => void heard[0]++)
    bus.subscribe('t', () => void heard[1]++)
    await sayUntil(bus, 't', 1, () => heard.every((count) => count > 0))
    end()
    end()
    const [before] = heard
    const others = heard[1]
    await sayUntil(bus, 't', 1, () => heard[1] > others + 3)
    expect(heard[0]).toBe(before)
  })

  it('keeps prefixes apart', async () => {
    const [one, other] = [createBus(await openTestLink()), createBus(await openTestLink())]
    const heard: [number, number] = [0, 0]
    one.subscribe('t', () => void heard[0]++)
    other.subscribe('t', () => void heard[1]++)
    await sayUntil(one, 't', 1, () => heard[0] > 3)
    expect(heard[1]).toBe(0)
  })

  it('listens again when Redis is back, also for what was subscribed meanwhile, and never throws', async () => {
    const server = await ownRedis()
    const link = await openTestLink({ url: server.url })
    const bus = createBus(link)
    const heard = { before: new Set<unknown>(), meanwhile: new Set<unknown>() }
    bus.subscribe('before', (payload) => void heard.before.add(payload))
    await sayUntil(bus, 'before', 1, () => heard.before.size > 0)
    await server.kill()
    bus.subscribe('meanwhile', (payload) => void heard.meanwhile.add(payload))
    for (let i = 0; i < 1000; i++) bus.publish('before', i)
    await until(() => !link.isUp)
    bus.publish('before', 1)
    await server.start()
    await until(() => link.isUp)
    await sayUntil(bus, 'before', 'back', () => heard.before.has('back'))
    await sayUntil(bus, 'meanwhile', 'back', () => heard.meanwhile.has('back'))
    expect(link.comebacks).toBe(2)
  })

  it('comes back from a connection that nothing passes through', async () => {
    const proxy = await faultProxy(redisUrl())
    onTestFinished(() => proxy.close())
    const bus = createBus(await openTestLink({ url: proxy.url }))
    const heard = new Set<unknown>()
    bus.subscribe('t', (payload) => void heard.add(payload))
    await sayUntil(bus, 't', 'before', () => heard.size > 0)
    await proxy.breakIt('reset')
    await until(() => proxy.open === 0)
    await proxy.mend()
    await sayUntil(bus, 't', 'after', () => heard.has('after'))
    expect(proxy.open).toBe(2)
  })

  it('says nothing that is too long or no JSON', async () => {
    const bus = createBus(await openTestLink())
    const heard: unknown[] = []
    bus.subscribe('t', (payload) => void heard.push(payload))
    await sayUntil(bus, 't', 0, () => heard.length > 0)
    bus.publish('t', 'x'.repeat(1_000_001))
    bus.publish('t', undefined)
    bus.publish('t', 'end')
    await until(() => heard.at(-1) === 'end')
    expect(new Set(heard)).toEqual(new Set([0, 'end']))
  })
})
