import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { actionsFor, FILTERS, filtersOf, filtersOfView, queryOfFilters, viewOf, VIEWS } from './filters.ts'

describe('the filters in the address', () => {
  it('are read as they stand there, and what is none is left out', () => {
    const query = { status: 'failed,unknown', channel: 'sms', task_id: '12', error: '550', page: '2' }
    expect(filtersOf(query)).toEqual({ status: 'failed,unknown', channel: 'sms', task_id: '12', error: '550' })
    const broken = {
      status: 'failed,gone',
      channel: 'pigeon',
      task_id: '1.5',
      from: 'yesterday',
      recipient: ['a', 'b'],
    }
    expect(filtersOf(broken)).toEqual({})
  })

  it('come back the same from what they were read as, whatever stands there', () => {
    const value = fc.oneof(fc.string(), fc.constantFrom('sms', '7', 'failed', '2026-01-15T08:00:00Z'))
    fc.assert(
      fc.property(fc.record(Object.fromEntries(FILTERS.map((name) => [name, value]))), (query) => {
        const once = filtersOf(query)
        expect(filtersOf(once)).toEqual(once)
      }),
    )
  })

  it('are recognised as a saved view, also the one without any', () => {
    expect(viewOf(VIEWS.dead)).toBe('dead')
    expect(viewOf({})).toBe('all')
    expect(viewOf({ status: 'failed' })).toBeNull()
  })

  it('come back from a view as they were saved', () => {
    const text = fc.stringMatching(/^[^\s]{1,40}$/)
    const filters = fc.record(
      {
        status: fc.constantFrom('failed', 'failed,expired'),
        channel: fc.constantFrom('sms', 'app'),
        task_id: fc.constantFrom('7', '311000000000000'),
        error: text,
        from: fc.constant('2026-01-15T08:00:00.000+08:00'),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(filters, (saved) => {
        expect(filtersOfView({ query: queryOfFilters(saved) })).toEqual(saved)
      }),
    )
  })

  it.each(['status=gone&channel=sms', 'page=2&channel=sms', 'channel=sms&channel=app', 'template_id=1e3', 'error= '])(
    'of a view are not applied in part: %s',
    (query) => {
      expect(filtersOfView({ query })).toBeNull()
    },
  )

  it('decide what can be done to what they find', () => {
    expect(actionsFor('failed,sent')).toEqual(['retry'])
    expect(actionsFor('unknown')).toEqual(['mark_sent', 'mark_failed', 'resend'])
    expect(actionsFor('sent')).toEqual([])
    expect(actionsFor(undefined)).toHaveLength(5)
  })
})
