import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../test/support/manual-clock.ts'
import { createMembership, createStillness } from './membership.ts'
import type { NodeRecord, NodeStore } from './store.ts'

const settled = () => new Promise<void>((resolve) => setImmediate(resolve))

function record(lease: number, changes: Partial<NodeRecord> = {}): NodeRecord {
  return {
    ...{ lease, number: lease % 32, name: `node-${lease}`, role: 'all', version: '1', joinedAt: 0, beats: 1 },
    ...{ settingsRevision: 1, settingsAppliedAt: 0, settingsProblems: [] },
    ...changes,
  }
}

/** A node of several on a store that answers as it is told. */
function open({ shared = true }: { shared?: boolean } = {}) {
  const clock = new ManualClock()
  const told: string[] = []
  let answer: 'there' | 'ended' | 'away' = 'there'
  let list = [record(1), record(2), record(3, { role: 'api' })]
  const nodes: NodeStore = {
    self: { lease: 1, number: 1 },
    async renew() {
      if (answer === 'away') throw new Error('expected the store to answer, got nothing')
      return answer === 'there'
    },
    async list() {
      if (answer === 'away') throw new Error('expected the store to answer, got nothing')
      return list
    },
    end: async () => null,
    leave: async () => undefined,
  }
  const membership = createMembership({
    ...{ nodes, shared, clock, settings: { version: 1, problems: [] } },
    onConfirmed: () => told.push('confirmed'),
    onEnded: (reason) => told.push(reason),
    onError: () => undefined,
  })
  return {
    ...{ clock, membership, told },
    answers: (now: typeof answer) => (answer = now),
    setNodes: (now: NodeRecord[]) => (list = now),
    async pass(ms: number) {
      for (let left = ms; left > 0; left -= 500) {
        clock.advance(Math.min(500, left))
        await settled()
      }
    },
  }
}

describe('a node among others', () => {
  it('may work as long as its beats get through', async () => {
    const { membership, pass } = open()
    await membership.start()
    await pass(60_000)
    expect(membership.mayWork).toBe(true)
    expect(membership.confirmed()).toBe(true)
  })

  it('hands out nothing when its beats have not got through for 6 s, and goes on when one does', async () => {
    const { membership, answers, pass, told } = open()
    await membership.start()
    answers('away')
    await pass(5_500)
    expect(membership.mayWork).toBe(true)
    await pass(500)
    expect(membership.mayWork).toBe(false)
    const confirmed = membership.confirmed()
    answers('there')
    await pass(3_000)
    expect(await confirmed).toBe(true)
    expect(membership.mayWork).toBe(true)
    expect(told).toEqual(['confirmed'])
  })

  it('says that it lives as soon as the store can be written again', async () => {
    const { membership, answers, pass, told } = open()
    await membership.start()
    answers('away')
    await pass(30_000)
    answers('there')
    membership.reconnected()
    await settled()
    expect(membership.mayWork).toBe(true)
    expect(told).toEqual(['confirmed'])
  })

  it('asks again at once when the answer to a beat came so late that it says nothing of now', async () => {
    const { membership, clock, told } = open()
    await membership.start()
    // The beat is asked 3 s from now, and everything stands still before its answer is read.
    clock.advance(60_000)
    expect(membership.mayWork).toBe(false)
    await settled()
    expect(membership.mayWork).toBe(true)
    expect(told).toEqual(['confirmed'])
  })

  it('that stood still finds by its own clock that it may not work, before anything else happens', async () => {
    const { membership, clock } = open()
    await membership.start()
    clock.step(30_000)
    expect(membership.mayWork).toBe(false)
  })

  it('never works again once others have ended it, and says so once', async () => {
    const { membership, answers, pass, told, clock } = open()
    await membership.start()
    clock.step(7_000)
    const confirmed = membership.confirmed()
    answers('ended')
    await pass(3_000)
    expect(await confirmed).toBe(false)
    answers('there')
    await pass(10_000)
    expect(membership.mayWork).toBe(false)
    expect(await membership.confirmed()).toBe(false)
    expect(told).toEqual([expect.stringContaining('others ended this node')])
  })

  it('that is alone works without being heard', async () => {
    const { membership, answers, pass } = open({ shared: false })
    await membership.start()
    answers('away')
    await pass(60_000)
    expect(membership.mayWork).toBe(true)
  })

  it('knows how many send, and who', async () => {
    const { membership } = open()
    await membership.start()
    expect(membership.working).toBe(2)
    expect(membership.nameOf(2)).toBe('node-2')
    expect(membership.nameOf(9)).toBeNull()
  })

  it('calls another silent when its beats have stood still for 10 s', async () => {
    const { membership, setNodes, pass } = open()
    await membership.start()
    await pass(6_000)
    setNodes([record(1), record(2, { beats: 2 }), record(3)])
    await pass(3_500)
    expect(membership.silent).toEqual([])
    await pass(1_000)
    expect(membership.silent.map(({ lease }) => lease)).toEqual([3])
    await pass(7_000)
    expect(membership.silent.map(({ lease }) => lease)).toEqual([2, 3])
  })

  it('calls nobody silent by the moments between many times in which nobody could be heard', async () => {
    const { membership, answers, pass } = open()
    await membership.start()
    for (let time = 0; time < 20; time++) {
      answers('away')
      await pass(3_000)
      answers('there')
      await pass(1_000)
    }
    expect(membership.silent).toEqual([])
  })

  it('calls nobody silent for a time in which nobody could be heard', async () => {
    const { membership, answers, pass } = open()
    await membership.start()
    answers('away')
    await pass(60_000)
    answers('there')
    await pass(3_000)
    expect(membership.silent).toEqual([])
  })
})

describe('how long beats have stood still', () => {
  it('begins anew with each beat, and with each lease', () => {
    const still = createStillness()
    for (const beats of [1, 1, 2, 2]) still.seen([{ lease: 7, beats }], 4_000)
    expect(still.stillFor(7)).toBe(4_000)
    still.seen([], 1_000)
    still.seen([{ lease: 7, beats: 2 }], 1_000)
    expect(still.stillFor(7)).toBe(0)
  })
})
