import { describe, expect, it } from 'vitest'
import { NOW, serviceOf } from '../../../test/support/service.ts'
import { filterServices, filtersOf, NO_FILTERS, queryOf, tagsOf } from './filters.ts'

const all = [
  serviceOf({ id: 1, name: 'Aliyun main', adapter: 'sms.aliyun', tags: ['prod', 'otp'] }),
  serviceOf({ id: 2, name: 'Relay', channel: 'email', state: 'paused', tags: ['prod'] }),
  serviceOf({ id: 3, name: 'Hook', health: { last_error: { code: 'E535', detail: 'auth failed', at: '' } } }),
]
const found = (part: Partial<typeof NO_FILTERS>) =>
  filterServices(all, { ...NO_FILTERS, ...part }, NOW).map(({ id }) => id)

describe('the filters of the list of services', () => {
  it('find by channel, state and tag', () => {
    expect(found({})).toEqual([1, 2, 3])
    expect(found({ channel: 'email' })).toEqual([2])
    expect(found({ state: 'paused' })).toEqual([2])
    expect(found({ tag: 'prod' })).toEqual([1, 2])
    expect(found({ tag: 'prod', state: 'active' })).toEqual([1])
  })

  it('find by words of name, adapter, tag, last error and id, in any order', () => {
    expect(found({ text: 'aliyun MAIN' })).toEqual([1])
    expect(found({ text: 'main otp' })).toEqual([1])
    expect(found({ text: 'failed e535' })).toEqual([3])
    expect(found({ text: '#2' })).toEqual([2])
    expect(found({ text: 'main relay' })).toEqual([])
  })

  it('come back from the address as they went into it, and what is no filter is left out', () => {
    const filters = { channel: 'sms', state: 'no_quota', tag: '华东', text: 'a b' } as const
    expect(filtersOf(queryOf(filters))).toEqual(filters)
    expect(queryOf(NO_FILTERS)).toEqual({})
    expect(filtersOf({ channel: 'fax', state: ['paused'], q: undefined })).toEqual(NO_FILTERS)
  })

  it('offer every tag once', () => {
    expect(tagsOf(all)).toEqual(['otp', 'prod'])
  })
})
