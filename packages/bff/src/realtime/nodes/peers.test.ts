import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../../../engine/test/support/manual-clock.ts'
import { localBus, type LocalBus } from '../../../test/support/local-bus.ts'
import { ownPart } from '../../../test/support/parts.ts'
import { createPeers, PART_TOPIC } from './peers.ts'

const TICK = 1_000

function open(bus: LocalBus, clock: ManualClock, lease: number) {
  const peers = make(bus, clock, lease)
  peers.start()
  return peers
}

function make(bus: LocalBus, clock: ManualClock, lease: number) {
  const state = { looking: { wall: false, feed: false }, told: 0, sockets: 0 }
  const peers = createPeers({
    ...{ bus, clock, lease },
    tickMs: () => TICK,
    own: () => ownPart({ looking: state.looking, sockets: state.sockets }),
    onTold: () => (state.told += 1),
  })
  const leases = () =>
    peers
      .parts()
      .map((part) => part.lease)
      .sort((a, b) => a - b)
  return Object.assign(peers, { state, leases })
}

function three() {
  const bus = localBus()
  const clock = new ManualClock()
  const nodes = [1, 2, 3].map((lease) => open(bus, clock, lease)) as [Opened, Opened, Opened]
  clock.advance(0)
  return { bus, clock, nodes }
}
type Opened = ReturnType<typeof open>

/** How often a node says something within this time. */
function saidWithin(node: Opened, clock: ManualClock, ms: number): number {
  const before = node.state.told
  clock.advance(ms)
  return node.state.told - before
}

describe('the other nodes', () => {
  it('are known as soon as there are any', () => {
    const { bus, clock, nodes } = three()
    clock.advance(TICK)
    expect(nodes.map((node) => node.leases())).toEqual([
      [2, 3],
      [1, 3],
      [1, 2],
    ])
    const late = open(bus, clock, 4)
    clock.advance(TICK)
    expect(late.leases()).toEqual([1, 2, 3])
  })

  it('hear nothing of one that is only being opened, whatever it hears', () => {
    const { bus, clock, nodes } = three()
    const late = make(bus, clock, 4)
    clock.advance(20_000)
    expect(late.leases()).toEqual([1, 2, 3])
    late.wake()
    clock.advance(20_000)
    expect([late.state.told, nodes[0].leases()]).toEqual([0, [2, 3]])
    late.start()
    clock.advance(TICK)
    expect(nodes[0].leases()).toEqual([2, 3, 4])
  })

  it('tell at every tick while somebody looks at any of them, and every 5 s when nobody does', () => {
    const { clock, nodes } = three()
    clock.advance(20_000)
    expect(saidWithin(nodes[0], clock, 30_000)).toBe(6)
    nodes[2].state.looking = { wall: true, feed: true }
    nodes[2].wake()
    clock.advance(TICK)
    expect(nodes[0].lookedAt()).toEqual({ wall: true, feed: true })
    expect(saidWithin(nodes[0], clock, 30_000)).toBe(30)
    nodes[2].state.looking = { wall: false, feed: false }
    clock.advance(10_000)
    expect(saidWithin(nodes[0], clock, 30_000)).toBe(6)
  })

  it('stand as they last said', () => {
    const { clock, nodes } = three()
    nodes[1].state.sockets = 7
    clock.advance(6_000)
    expect(nodes[0].parts().find(({ lease }) => lease === 2)?.sockets).toBe(7)
  })

  it('are left out when they are not heard any more', () => {
    const { clock, nodes } = three()
    nodes[0].state.looking = { wall: true, feed: false }
    nodes[0].wake()
    clock.advance(2 * TICK)
    nodes[1].close()
    clock.advance(3 * TICK)
    expect(nodes[0].leases()).toEqual([2, 3])
    clock.advance(TICK)
    expect(nodes[0].leases()).toEqual([3])
  })

  it('are not known while what is said does not arrive, and that is', () => {
    const { bus, clock, nodes } = three()
    nodes[0].state.looking = { wall: true, feed: false }
    nodes[0].wake()
    clock.advance(2 * TICK)
    expect(nodes[0].carried).toBe(true)
    bus.away = true
    clock.advance(4 * TICK)
    expect(nodes[0].carried).toBe(false)
    expect(nodes[0].leases()).toEqual([])
    bus.away = false
    clock.advance(6 * TICK)
    expect(nodes[0].carried).toBe(true)
    expect(nodes[0].leases()).toEqual([2, 3])
  })

  it('may be of another version, or not nodes at all', () => {
    const { bus, nodes } = three()
    const newer = {
      ...{ ...ownPart(), lease: 9, everyMs: TICK, mood: 'good' },
      queues: { 'message.send': { scheduled: 0, queued: 3, processing: 0, resting: 1 }, 'video.send': {} },
      scaling: [{ pool: 'message_sender', at: 1, from: 1, to: 2, cause: 'full_moon', reason: '' }],
    }
    for (const payload of [null, 'x', { lease: 5 }, { ...newer, lease: 8, sockets: 'many' }, newer]) {
      bus.publish(PART_TOPIC, payload)
    }
    expect(nodes[0].leases()).toEqual([2, 3, 9])
    const [part] = nodes[0].parts().filter(({ lease }) => lease === 9)
    expect(part?.queues['message.send']).toEqual({ scheduled: 0, queued: 3, processing: 0 })
    expect(part?.queues['ai.process'].queued).toBe(0)
    expect(part?.scaling).toEqual([])
  })
})
