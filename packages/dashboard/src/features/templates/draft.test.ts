import { describe, expect, it } from 'vitest'
import { emptyDraft, formatOf, sameDraft, subjectOf, toCreate, toUpdate } from './draft.ts'

const email = { ...emptyDraft('email'), name: 'Welcome', format: 'html' as const, subject: 'Hi', content: '<p>Hi</p>' }

describe('a draft', () => {
  it('sends no subject and no HTML on a channel that has neither, but keeps them for the way back', () => {
    const sms = { ...email, channel: 'sms' as const }
    expect(toCreate(sms, 'active')).toEqual({
      name: 'Welcome',
      channel: 'sms',
      format: 'text',
      subject: null,
      content: '<p>Hi</p>',
      status: 'active',
    })
    const back = { ...sms, channel: 'email' as const }
    expect([formatOf(back), subjectOf(back)]).toEqual(['html', 'Hi'])
  })

  it('takes a blank subject for none', () => {
    expect(subjectOf({ ...email, subject: '  ' })).toBeNull()
  })

  it('names the revision it started from when it is saved', () => {
    expect(toUpdate(email, 7, false)).toEqual({
      name: 'Welcome',
      format: 'html',
      subject: 'Hi',
      content: '<p>Hi</p>',
      revision: 7,
      publish: false,
    })
  })

  it('has changed only when something that is saved differs', () => {
    expect(sameDraft(email, { ...email })).toBe(true)
    expect(sameDraft(email, { ...email, content: '<p>Ho</p>' })).toBe(false)
    expect(sameDraft({ ...emptyDraft('sms'), subject: 'a' }, { ...emptyDraft('sms'), subject: 'b' })).toBe(true)
  })
})
