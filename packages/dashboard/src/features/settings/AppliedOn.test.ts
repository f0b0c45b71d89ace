import type { SettingsApplied } from '@signalbox/contracts'
import { mount } from '@vue/test-utils'
import { afterEach, describe, expect, it } from 'vitest'
import { i18n } from '../../i18n/index.ts'
import AppliedOn from './AppliedOn.vue'
import './words.ts'

const node = (name: string, given: Partial<SettingsApplied['nodes'][number]> = {}) => ({
  ...{ number: 0, name, version: 7, applied_at: '2025-11-21T09:00:00.000+08:00', after_ms: 240, problems: [] },
  ...given,
})
const said = (...nodes: SettingsApplied['nodes']) => {
  const applied = { version: 7, since: '2025-11-21T09:00:00.000+08:00', nodes }
  return mount(AppliedOn, { props: { applied }, global: { plugins: [i18n] } }).text()
}

afterEach(() => void (i18n.global.locale.value = 'en'))

describe('where the settings are in force', () => {
  it('is one line with the count and the time, in both languages', () => {
    const three = [node('a'), node('b'), node('c')]
    expect(said(...three)).toBe('Version 7 is applied on 3 of 3 nodes, in 240 ms')
    i18n.global.locale.value = 'zh'
    expect(said(...three)).toBe('版本 7 在 3 个节点中的 3 个生效 · 240 ms')
  })

  it('names who is behind', () => {
    const text = said(node('a'), node('b', { version: 6, applied_at: null, after_ms: null }))
    expect(text).toMatch(/applied on 1 of 2 nodes.*Not yet on: b/)
  })

  it('names what was refused, by whom and why', () => {
    const problem = { table: 'system_config', row: 'queue.max_backlog', message: 'expected an integer, got x' }
    expect(said(node('a'), node('b', { problems: [problem] }))).toMatch(
      /Refused on b.*queue\.max_backlog expected an integer, got x/,
    )
  })

  it('is nothing where there is one node', () => {
    expect(said(node('a'))).toBe('')
  })
})
