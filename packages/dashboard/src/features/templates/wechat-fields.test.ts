import { describe, expect, it } from 'vitest'
import { wechatField } from './wechat-fields.ts'

describe('wechatField', () => {
  it.each([
    ['thing1', '字'.repeat(20), false],
    ['thing1', '字'.repeat(21), true],
    ['character_string2', '订单', true],
    ['character_string2', 'A-1', false],
    ['name3', '一二三四五六七八九十十', true],
    ['name3', 'abcdefghijk', false],
    ['phrase4', '已经发货了吗', true],
  ])('takes %s = %s: wrong %s', (name, value, wrong) => {
    expect(wechatField(name, value)).toMatchObject({ wrong })
  })

  it('knows nothing of other names', () => {
    expect(wechatField('code', 'x')).toBeNull()
    expect(wechatField('constructor1', 'x')).toBeNull()
  })
})
