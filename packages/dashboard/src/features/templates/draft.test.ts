import { describe, expect, it } from 'vitest'
import { askedOf, emptyDraft, formatOf, sameDraft, subjectOf, toCreate, toUpdate } from './draft.ts'

const email = { ...emptyDraft('email'), name: 'Welcome', format: 'html' as const, subject: 'Hi', content: '<p>Hi</p>' }

describe('a draft', () => {
  it('sends no subject and no HTML on a channel that has neither, but keeps them for the way back', () => {
    const sms = { ...email, channel: 'sms' as const }
    expect(toCreate(sms, 'active')).toEqual({
      name: 'Welcome',
      channel: 'sms',
      purpose: 'notice',
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
      purpose: 'notice',
      format: 'html',
      subject: 'Hi',
      content: '<p>Hi</p>',
      revision: 7,
      publish: false,
    })
  })

  it('asks applications for every variable but the link that the server fills into marketing by e-mail', () => {
    const draft = { ...email, content: '{{name}} {{unsubscribe_url}}' }
    expect(askedOf(draft)).toEqual(['name', 'unsubscribe_url'])
    expect(askedOf({ ...draft, purpose: 'marketing' })).toEqual(['name'])
    expect(askedOf({ ...draft, purpose: 'marketing', channel: 'sms' })).toEqual(['name', 'unsubscribe_url'])
  })

  it('has changed only when something that is saved differs', () => {
    expect(sameDraft(email, { ...email })).toBe(true)
    expect(sameDraft(email, { ...email, content: '<p>Ho</p>' })).toBe(false)
    expect(sameDraft(email, { ...email, purpose: 'marketing' })).toBe(false)
    expect(sameDraft({ ...emptyDraft('sms'), subject: 'a' }, { ...emptyDraft('sms'), subject: 'b' })).toBe(true)
  })
})
