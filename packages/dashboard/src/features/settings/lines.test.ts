import type { SettingsFields, SettingsRow, SettingsTable } from '@signalbox/contracts'
import { describe, expect, it } from 'vitest'
import { differs, groupsOf } from './lines.ts'

const row = (table: SettingsTable, name: string, was: SettingsFields | null, now: SettingsFields | null) =>
  ({ table, name, was, now, changed: was !== now }) satisfies SettingsRow
const linesOf = (...rows: SettingsRow[]) => groupsOf(rows).flatMap(({ lines }) => lines)

describe('the lines of the settings', () => {
  it('stand in their three groups, also in one that is empty', () => {
    const groups = groupsOf([row('system_config', 'a', { value: '1' }, { value: '1' })])
    expect(groups.map(({ table, lines }) => [table, lines.length])).toEqual([
      ['thread_pool_configs', 0],
      ['rate_limit_configs', 0],
      ['system_config', 1],
    ])
  })

  it('are one per value, and only those of which the value moved differ', () => {
    const lines = linesOf(row('thread_pool_configs', 'sender', { core: 1, max: 5 }, { core: 1, max: 9 }))
    expect(lines).toEqual([
      { name: 'sender', field: 'core', was: '1', now: '1', change: 'same' },
      { name: 'sender', field: 'max', was: '5', now: '9', change: 'changed' },
    ])
    expect(lines.filter(differs)).toHaveLength(1)
  })

  it('say of a row that came or went that it did', () => {
    expect(linesOf(row('rate_limit_configs', 'new', null, { max_value: 5 }))).toEqual([
      { name: 'new', field: 'max_value', was: null, now: '5', change: 'added' },
    ])
    expect(linesOf(row('rate_limit_configs', 'old', { max_value: 5 }, null))).toEqual([
      { name: 'old', field: 'max_value', was: '5', now: null, change: 'removed' },
    ])
  })

  it('name a key by itself, and tell of what describes it only where that changed', () => {
    const [before, after] = [
      { value: '1', category: 'a', constraints: null },
      { value: '1', category: 'a', constraints: '{}' },
    ]
    expect(linesOf(row('system_config', 'key', before, after))).toEqual([
      { name: 'key', field: null, was: '1', now: '1', change: 'same' },
      { name: 'key', field: 'constraints', was: '', now: '{}', change: 'changed' },
    ])
    expect(linesOf(row('system_config', 'key', null, after))).toHaveLength(1)
  })
})
