import { describe, expect, it } from 'vitest'
import { emptyDraft } from './draft.ts'
import { lintDraft } from './lint.ts'

const sms = { ...emptyDraft('sms'), name: 'Code', content: 'Your code is {{code}}' }
const email = { ...emptyDraft('email'), name: 'Hi', subject: 'Hi {{name}}', content: 'Hello {{name}}' }
const rules = (draft: typeof sms) => lintDraft(draft).map(({ rule, field, severity }) => [rule, field, severity])

describe('lintDraft', () => {
  it('finds nothing in a sound draft of either kind', () => {
    expect(lintDraft(sms)).toEqual([])
    expect(lintDraft(email)).toEqual([])
  })

  it('misses a name, a text, and the subject of an e-mail only', () => {
    expect(rules(emptyDraft('sms')).map(([rule, field]) => [rule, field])).toEqual([
      ['missing', 'name'],
      ['missing', 'content'],
    ])
    expect(rules({ ...email, subject: ' ' })).toEqual([['missing', 'subject', 'error']])
    expect(rules({ ...email, channel: 'feishu', subject: '' })).toEqual([])
  })

  it('points at the line and column of a malformed placeholder', () => {
    const [finding] = lintDraft({ ...sms, content: 'line one\nyour {{1code}}' })
    expect(finding).toEqual({
      rule: 'name',
      severity: 'error',
      field: 'content',
      place: { at: 14, length: 9, raw: '{{1code}}', line: 2, column: 6 },
    })
  })

  it('looks into the subject where the channel has one', () => {
    expect(rules({ ...email, subject: 'Hi {{name' })).toEqual([['unclosed', 'subject', 'error']])
    expect(rules({ ...sms, subject: 'Hi {{name' })).toEqual([])
  })

  it('warns of a stray }} in text and accepts it in HTML, where style sheets have it', () => {
    expect(rules({ ...sms, content: 'done }}' })).toEqual([['stray', 'content', 'warning']])
    expect(rules({ ...email, format: 'html', content: '<style>@media print{p{color:red}}</style>' })).toEqual([])
  })

  it('says how long a text is and may be', () => {
    expect(lintDraft({ ...sms, name: 'n'.repeat(101) })).toMatchObject([
      { rule: 'too_long', field: 'name', got: 101, max: 100 },
    ])
    expect(lintDraft({ ...sms, content: `{{code}}${'x'.repeat(501)}` })).toMatchObject([
      { rule: 'sms_too_long', severity: 'warning', got: 501, max: 500 },
    ])
  })

  it('counts variables over subject and text together', () => {
    const content = Array.from({ length: 100 }, (_, i) => `{{v${i}}}`).join(' ')
    expect(rules({ ...email, content })).toEqual([['too_many_variables', 'content', 'error']])
    expect(rules({ ...email, subject: 'Hi', content })).toEqual([])
  })
})
