import type { Node } from '@signalbox/contracts'
import { describe, expect, it } from 'vitest'
import { nodesWithin, rateOf, troublesOf } from './nodes.ts'

const AT = '2025-11-21T09:00:00.000+08:00'
const node = (number: number, given: Partial<Node> = {}): Node => ({
  ...{ number, name: `box-${number}`, role: 'all', version: '0.1.0', since: AT, state: 'ok', silent_ms: 0 },
  load: { event_loop_percent: 10, accepted: 3, ended: 2, workers: null, queued: 0, sockets: 0 },
  ...{ leads: false, settings_revision: 1, settings_applied_at: AT, settings_problems: [], self: false, ...given },
})
const busy = (number: number, percent: number) =>
  node(number, { load: { event_loop_percent: percent, accepted: 0, ended: 0, workers: null, queued: 0, sockets: 0 } })
const names = (nodes: readonly Node[]) => nodes.map(({ name }) => name)

describe('the nodes on the wall', () => {
  it('all stand there while there is room', () => {
    expect(nodesWithin([node(1), node(2)], 2)).toEqual({ shown: [node(1), node(2)], beyond: [] })
  })

  it('leave in the order in which they need no looking at, and keep their places', () => {
    const silent = node(4, { state: 'silent', load: null })
    const gone = node(5, { state: 'gone', load: null })
    const { shown, beyond } = nodesWithin([busy(1, 20), busy(2, 90), busy(3, 5), silent, gone], 4)
    expect(names(shown)).toEqual(['box-2', 'box-4', 'box-5'])
    expect(names(beyond)).toEqual(['box-1', 'box-3'])
  })

  it('are rated by what they do: one that only takes messages ends none', () => {
    expect([node(1), node(1, { role: 'api' }), node(1, { load: null })].map(rateOf)).toEqual([2, 3, null])
  })

  it('are the matter when they are silent, not when they left; a service when it is away', () => {
    const away = { name: 'Redis', up: false, problem: 'gone' }
    const nodes = [node(1), node(2, { state: 'silent' }), node(3, { state: 'gone' })]
    const links = [{ name: 'PostgreSQL', up: true, problem: null }, away]
    expect(troublesOf({ nodes, links })).toEqual({ nodes: [nodes[1]], links: [away] })
    expect(troublesOf({})).toEqual({ nodes: [], links: [] })
  })
})
