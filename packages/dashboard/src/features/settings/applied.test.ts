import type { SettingsApplied } from '@signalbox/contracts'
import { describe, expect, it } from 'vitest'
import { summaryOf } from './applied.ts'

type Node = SettingsApplied['nodes'][number]

const node = (name: string, given: Partial<Node> = {}): Node => ({
  ...{ number: 0, name, version: 7, applied_at: '2025-11-21T09:00:00.000+08:00', after_ms: 100, problems: [] },
  ...given,
})
const summary = (...nodes: Node[]) => summaryOf({ version: 7, since: '2025-11-21T09:00:00.000+08:00', nodes })
const problem = { table: 'system_config', row: 'a', message: 'expected an integer' }

describe('where settings are in force', () => {
  it('is told by the slowest node', () => {
    const all = summary(node('a'), node('b', { after_ms: 240 }), node('c', { after_ms: null }))
    expect(all).toMatchObject({ applied: 3, of: 3, ms: 240, behind: [] })
  })

  it('names who is behind, and no time while somebody is', () => {
    const behind = summary(node('a'), node('b', { version: 6, applied_at: null, after_ms: null }))
    expect(behind).toMatchObject({ applied: 1, of: 2, ms: null, behind: ['b'] })
  })

  it('names no time where nobody knows any', () => {
    expect(summary(node('a', { after_ms: null }), node('b', { after_ms: null }))).toMatchObject({
      applied: 2,
      ms: null,
    })
  })

  it('tells each refusal once, with all who refuse', () => {
    const other = { ...problem, message: 'expected something else' }
    const refused = summary(node('a', { problems: [problem] }), node('b', { problems: [problem, other] }))?.refused
    expect(refused).toEqual([
      { problem, by: ['a', 'b'] },
      { problem: other, by: ['b'] },
    ])
  })

  it('is not told of one node', () => {
    expect(summary(node('a', { problems: [problem] }))).toBeNull()
  })
})
