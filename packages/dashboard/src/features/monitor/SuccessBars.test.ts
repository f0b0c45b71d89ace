import { mount } from '@vue/test-utils'
import { describe, expect, it } from 'vitest'
import { NO_TOTALS, totals } from '../../../test/support/figures.ts'
import { i18n } from '../../i18n/index.ts'
import SuccessBars from './SuccessBars.vue'

const channels = [
  { ...totals({ success: 3000, failed: 0, success_rate: 100 }), channel: 'sms', sample: 3000, avg_response_ms: 1 },
  { ...totals({ success: 3, failed: 0, success_rate: 100 }), channel: 'feishu', sample: 3, avg_response_ms: 1 },
  { ...totals({ success: 0, failed: 40, success_rate: 0 }), channel: 'app', sample: 40, avg_response_ms: 1 },
  { ...NO_TOTALS, channel: 'wechat', sample: 0, avg_response_ms: null },
] as const

describe('the success bars', () => {
  const paused = new Set(['app'] as const)
  const rows = mount(SuccessBars, { props: { channels: [...channels], paused }, global: { plugins: [i18n] } }).findAll(
    'li',
  )
  const [many, few, none, unused] = rows

  it('stand beside figure and sample', () => {
    expect(many?.text()).toMatch(/SMS.*n = 3,000.*100%/)
    expect(few?.text()).toMatch(/Feishu.*n = 3.*100%/)
  })

  it('never let 3 of 3 look like 3,000 of 3,000', () => {
    expect(few?.classes()).toContain('small')
    expect(few?.find('.whisker').attributes('style')).toMatch(/left: 43\.8.*width: 56\.1/)
    expect(many?.classes()).not.toContain('small')
    expect(many?.find('.whisker').exists()).toBe(false)
  })

  it('say where somebody paused the channel', () => {
    expect(none?.text()).toContain('paused')
    expect(many?.text()).not.toContain('paused')
  })

  it('tell 0% from nothing yet', () => {
    expect(none?.text()).toContain('0%')
    expect(none?.find('.bar').exists()).toBe(true)
    expect(unused?.text()).toMatch(/nothing yet.*—/)
    expect(unused?.find('.bar').exists()).toBe(false)
  })
})
