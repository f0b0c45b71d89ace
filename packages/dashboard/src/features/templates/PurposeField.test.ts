import { mount } from '@vue/test-utils'
import { describe, expect, it } from 'vitest'
import { i18n } from '../../i18n/index.ts'
import PurposeField from './PurposeField.vue'
import './words.ts'

describe('PurposeField', () => {
  it('offers the three purposes, says what follows from the chosen one, and takes another', async () => {
    const field = mount(PurposeField, {
      props: { modelValue: 'notice', disabled: false },
      global: { plugins: [i18n] },
    })
    const radios = field.findAll<HTMLInputElement>('input[type=radio]')
    expect(radios.map(({ element }) => [element.value, element.checked])).toEqual([
      ['otp', false],
      ['notice', true],
      ['marketing', false],
    ])
    await radios[2]?.setValue()
    expect(field.emitted('update:modelValue')).toEqual([['marketing']])
    await field.setProps({ modelValue: 'marketing' })
    expect(field.get('p').text()).toContain('{{unsubscribe_url}}')
  })
})
