import type { Cluster, NodeRecord } from '@signalbox/engine'
import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../../../engine/test/support/manual-clock.ts'
import { ownPart, pool } from '../../../test/support/parts.ts'
import type { Part } from './part.ts'
import { createRoster } from './roster.ts'

const node = (lease: number, name = `box-${lease}`): NodeRecord => ({
  ...{ lease, name, number: lease, role: 'all', version: '0.1.0', joinedAt: 0, beats: 1 },
  ...{ settingsRevision: 4, settingsAppliedAt: 0, settingsProblems: [] },
})

function open() {
  const clock = new ManualClock()
  let records = [node(1), node(2)]
  const parts: Part[] = [1, 2].map((lease) => ({ ...ownPart(), lease, everyMs: 1_000 }))
  const cluster = { self: node(1), nodes: async () => records } as unknown as Cluster
  const instant = (ms: number) => new Date(ms).toISOString()
  const roster = createRoster({ cluster, clock, instant, parts: () => parts })
  return {
    clock,
    parts,
    /** A second passes; these are there, and those of `beating` have given a beat. */
    async second(there: NodeRecord[], beating: number[]) {
      clock.advance(1_000)
      records = there.map((each) => ({
        ...each,
        beats: (records.find(({ lease }) => lease === each.lease)?.beats ?? 1) + (beating.includes(each.lease) ? 1 : 0),
      }))
      return roster.list()
    },
    list: () => roster.list(),
  }
}

describe('the nodes as people see them', () => {
  it('are told with what they say of themselves', async () => {
    const { list, parts } = open()
    parts[1] = {
      ...{ ...ownPart(), lease: 2, everyMs: 1_000, eventLoopPercent: 41.7, leads: true },
      rates: { accepted: 12.34, ended: 9.99, failed: 0 },
      pools: { message_sender: pool({ activeCount: 7, poolSize: 30 }) },
    }
    expect(await list()).toMatchObject([
      { name: 'box-1', self: true, state: 'ok', leads: false },
      {
        ...{ name: 'box-2', self: false, state: 'ok', leads: true, settings_revision: 4 },
        load: { event_loop_percent: 42, accepted: 12.3, ended: 10, workers: { active: 7, size: 30, max: 100 } },
      },
    ])
  })

  it('are silent when their beats stand still, by the clock of who looks, and not when their figures alone are missing', async () => {
    const { second, parts } = open()
    const there = [node(1), node(2)]
    await second(there, [2])
    for (let i = 0; i < 5; i++) await second(there, [])
    parts.pop()
    expect((await second(there, []))[1]).toMatchObject({ state: 'silent', silent_ms: 6_000, load: null })
    expect((await second(there, [2]))[1]).toMatchObject({ state: 'ok', silent_ms: 0, load: null })
  })

  it('are told of for ten minutes after they ended, unless one of their name is there again', async () => {
    const { second, clock } = open()
    await second([node(1), node(2), node(3)], [])
    expect((await second([node(1)], [])).map(({ name, state }) => `${name} ${state}`)).toEqual([
      'box-1 ok',
      'box-2 gone',
      'box-3 gone',
    ])
    const again = await second([node(1), node(4, 'box-2')], [])
    expect(again.map(({ name, state, number }) => `${name} ${number} ${state}`)).toEqual([
      'box-1 1 ok',
      'box-2 4 ok',
      'box-3 3 gone',
    ])
    clock.advance(600_000)
    expect((await second([node(1)], [])).map(({ name }) => name)).toEqual(['box-1', 'box-2'])
  })
})
