import { mount } from '@vue/test-utils'
import { describe, expect, it } from 'vitest'
import { i18n } from '../../../i18n/index.ts'
import { emptyDraft, type Draft } from '../draft.ts'
import TemplatePreview from './TemplatePreview.vue'
import '../words.ts'

function preview(draft: Partial<Draft>, samples: Record<string, string> = {}) {
  const props = { draft: { ...emptyDraft(), ...draft }, samples }
  return mount(TemplatePreview, { props, global: { plugins: [i18n] } })
}

describe('TemplatePreview', () => {
  it('counts an SMS with its samples in it', () => {
    const text = preview({ channel: 'sms', content: `{{code}}${'字'.repeat(66)}` }, { code: '12345' }).text()
    expect(text).toContain('71 characters, 2 segments')
  })

  it('marks what has no value yet and what is no placeholder', () => {
    const marks = preview({ channel: 'app', content: 'Hi {{name}} {{1x}}' }).findAll('mark')
    expect(marks.map((mark) => [mark.text(), mark.classes()])).toEqual([
      ['{{name}}', ['open']],
      ['{{1x}}', ['broken']],
    ])
  })

  it('shows a link of its own where marketing by e-mail has its recipient’s', () => {
    const marketing = {
      channel: 'email',
      subject: 'Hi',
      content: 'Bye: {{unsubscribe_url}}',
      purpose: 'marketing',
    } as const
    expect(preview(marketing).text()).toContain('Bye: https://example.com/unsubscribe')
    expect(preview({ ...marketing, purpose: 'notice' }).text()).toContain('{{unsubscribe_url}}')
  })

  it('shows HTML in a frame that can do nothing and shares nothing', () => {
    const frame = preview(
      { channel: 'email', format: 'html', subject: 'Hi', content: '<p>{{name}}</p>' },
      { name: '<script>alert(1)</script>' },
    ).get('iframe')
    expect(frame.attributes('sandbox')).toBe('')
    expect(frame.attributes('srcdoc')).toContain('<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>')
  })

  it('takes the markup of a text e-mail literally', () => {
    const shown = preview({ channel: 'email', format: 'text', subject: 'Hi', content: '<b>{{name}}</b>' })
    expect(shown.find('iframe').exists()).toBe(false)
    expect(shown.get('.body').text()).toBe('<b>{{name}}</b>')
  })
})
