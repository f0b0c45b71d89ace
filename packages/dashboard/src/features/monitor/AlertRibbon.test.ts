import type { Alert } from '@signalbox/contracts'
import { mount } from '@vue/test-utils'
import { beforeEach, describe, expect, it } from 'vitest'
import { alert } from '../../../test/support/figures.ts'
import { i18n } from '../../i18n/index.ts'
import { setDisplayZone } from '../../lib/time.ts'
import AlertRibbon from './AlertRibbon.vue'

const SINCE = Date.parse('2025-11-21T09:00:00.000+08:00')
const firing = alert({ state: 'firing', figure: 91.23, worst: 88 })
const held: Alert['acknowledgement'] = {
  ...{ by: 'Li Wei', note: 'the provider knows', at: '2025-11-21T09:01:00.000+08:00' },
  until: '2025-11-21T10:00:00.000+08:00',
}

function ribbon(alerts: Alert[] | undefined, given: object = {}) {
  const props = { alerts, now: SINCE + 240_000, freshness: 'fresh' as const, fixed: false, rewound: false, ...given }
  return mount(AlertRibbon, { props, global: { plugins: [i18n] } })
}
const said = (wrapper: ReturnType<typeof ribbon>) => wrapper.get('[data-testid="alert-said"]').text()

beforeEach(() => setDisplayZone('Asia/Shanghai'))

describe('the ribbon', () => {
  it('names figure, threshold and since when', () => {
    const chip = ribbon([firing]).get('li')
    expect(chip.text()).toMatch(/ALERT.*Success rate.*91\.2%.*at least 95%.*since 09:00, 4 min/)
    expect(chip.attributes('title')).toContain('worst 88%')
  })

  it('names who has it and until when, and offers to take that back', () => {
    const chip = ribbon([{ ...firing, acknowledgement: held }]).get('li')
    expect(chip.text()).toMatch(/Li Wei until 10:00.*Take back/)
    expect(chip.find('[data-acknowledge]').exists()).toBe(false)
  })

  it('tells too few messages from all being well', () => {
    const chip = ribbon([alert({ figure: null, sample: 4 })]).get('li')
    expect(chip.text()).toContain('too few to tell')
    expect(chip.classes()).toContain('blind')
  })

  it('shows no figure once it is too old', () => {
    expect(ribbon([firing], { freshness: 'lost' }).get('li').text()).not.toContain('91.2%')
  })

  it('has nothing to press on a kiosk and in the past, and says where nothing was recorded', () => {
    expect(ribbon([firing], { fixed: true }).findAll('button')).toEqual([])
    expect(ribbon([firing], { rewound: true }).findAll('li button')).toEqual([])
    expect(ribbon(undefined, { rewound: true }).text()).toContain('Not recorded')
  })

  it('says aloud what happens, once, and not how the figure moves', async () => {
    const wrapper = ribbon([alert()])
    expect(said(wrapper)).toBe('')
    await wrapper.setProps({ alerts: [firing] })
    expect(said(wrapper)).toBe('Alert: Success rate, 91.2%, at least 95%')
    await wrapper.setProps({ alerts: [{ ...firing, figure: 80 }] })
    expect(said(wrapper)).toBe('Alert: Success rate, 91.2%, at least 95%')
    await wrapper.setProps({ alerts: [alert({ state: 'resolved' })] })
    expect(said(wrapper)).toBe('Over: Success rate')
  })
})
