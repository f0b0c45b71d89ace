import { describe, expect, it } from 'vitest'
import { filtersOf } from './filters.ts'

describe('the filters of the list of suppressions', () => {
  it('are those of the address', () => {
    const query = { channel: 'sms', reason: 'manual', recipient: ' +8613800138000 ', id: '42' }
    expect(filtersOf(query)).toEqual({ ...query, recipient: '+8613800138000' })
  })

  it('leave out what is none', () => {
    expect(filtersOf({ channel: 'fax', reason: 'x', recipient: ' ', id: '0', before: '3' })).toEqual({})
  })
})
