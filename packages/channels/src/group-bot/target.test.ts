import { describe, expect, it } from 'vitest'
import { groupTarget } from './target.ts'

const GROUP = 'ops-night'

describe('whom a group bot writes to', () => {
  it.each([
    [GROUP, { kind: 'group' }, GROUP],
    ['13800138000', { kind: 'mobile', mobile: '13800138000' }, '+8613800138000'],
    ['+86 138 0013 8000', { kind: 'mobile', mobile: '13800138000' }, '+8613800138000'],
    ['manager4117', { kind: 'user', id: 'manager4117' }, 'manager4117'],
  ])('%s', (raw, to, canonical) => {
    expect(groupTarget(raw, GROUP)).toEqual({ ok: true, to, canonical })
  })

  it.each([
    ['another group of Feishu', 'oc_a0553eda9014c201'],
    ['somebody of Feishu', 'ou_7d8a6e6df7621556'],
    ['a hook of Feishu', '0a1b0a1b-1111-4222-8333-000011112222'],
    ['everybody', '@all'],
    ['everybody, spelt otherwise', 'All'],
    ['two people', 'ann,bob'],
    ['nobody', ''],
    ['something else', 7],
  ])('is not %s', (_what, raw) => {
    expect(groupTarget(raw, GROUP)).toMatchObject({ ok: false })
  })

  it('is known by one spelling, which checks to itself', () => {
    const checked = groupTarget('138 0013 8000', GROUP)
    expect(checked.ok && groupTarget(checked.canonical, GROUP)).toEqual(checked)
  })
})
