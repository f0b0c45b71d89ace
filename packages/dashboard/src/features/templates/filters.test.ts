import type { Template } from '@signalbox/contracts'
import { describe, expect, it } from 'vitest'
import { filterTemplates, filtersOf, NO_FILTERS, queryOf } from './filters.ts'

function template(id: number, fields: Partial<Template> = {}): Template {
  return {
    id,
    name: `Template ${id}`,
    channel: 'sms',
    format: 'text',
    subject: null,
    content: 'Your code is {{code}}',
    variables: ['code'],
    status: 'active',
    purpose: 'notice',
    version: 1,
    has_draft: false,
    revision: 1,
    created_at: '2026-01-01T08:00:00+08:00',
    updated_at: '2026-01-01T08:00:00+08:00',
    ...fields,
  }
}

const ids = (templates: Template[]) => templates.map(({ id }) => id)

describe('filterTemplates', () => {
  it('hides what is archived until it is asked for', () => {
    const all = [template(1), template(2, { status: 'archived' }), template(3, { status: 'draft' })]
    expect(ids(filterTemplates(all, NO_FILTERS))).toEqual([3, 1])
    expect(ids(filterTemplates(all, { ...NO_FILTERS, status: 'archived' }))).toEqual([2])
    expect(ids(filterTemplates(all, { ...NO_FILTERS, status: 'all' }))).toEqual([3, 2, 1])
  })

  it('puts what changed last first, whatever the offset of the time', () => {
    const all = [template(1), template(2, { updated_at: '2026-01-01T02:00:00+00:00' })]
    expect(ids(filterTemplates(all, NO_FILTERS))).toEqual([2, 1])
  })

  it('finds every word anywhere in a template', () => {
    const all = [template(1, { name: 'Login Code' }), template(2, { subject: 'login' }), template(12)]
    expect(ids(filterTemplates(all, { ...NO_FILTERS, text: ' LOGIN code ' }))).toEqual([2, 1])
    expect(ids(filterTemplates(all, { ...NO_FILTERS, text: '#12' }))).toEqual([12])
  })
})

describe('the filters in the address', () => {
  it('come back as they were written', () => {
    const filters = { channel: 'email', status: 'all', text: 'welcome back' } as const
    expect(filtersOf(queryOf(filters))).toEqual(filters)
    expect(queryOf(NO_FILTERS)).toEqual({})
  })

  it('ignore what they do not know', () => {
    expect(filtersOf({ channel: 'fax', status: ['draft', 'x'], q: null })).toEqual(NO_FILTERS)
  })
})
