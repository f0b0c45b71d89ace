import { describe, expect, it } from 'vitest'
import { serviceOf } from '../../../test/support/service.ts'
import { blankDraft, draftOf, isSame, payloadOf, updateOf } from './draft.ts'

const service = serviceOf({
  ...{ name: 'Relay', tags: ['prod', 'otp'], priority: 20, daily_quota: 1_000, quota_time_zone: 'Asia/Shanghai' },
  settings: { host: 'a', password: { stored: true } },
})

describe('a service as it is edited', () => {
  it('is what is stored until something is typed', () => {
    const draft = draftOf(service)
    expect(isSame(draft, draftOf(service))).toBe(true)
    expect(payloadOf(draft)).toEqual({
      ...{ name: 'Relay', tags: ['prod', 'otp'], priority: 20, weight: 1, sending_interval_ms: 0 },
      ...{ daily_quota: 1_000, quota_reset_at: '00:00', quota_time_zone: 'Asia/Shanghai' },
      settings: { host: 'a', password: { stored: true } },
    })
  })

  it('sends only what was changed: what another operator changed meanwhile stays', () => {
    const stored = draftOf(service)
    expect(updateOf({ ...stored, weight: '3' }, stored)).toEqual({ weight: 3 })
    expect(updateOf({ ...stored, daily_quota: ' ' }, stored)).toEqual({ daily_quota: null })
    expect(updateOf({ ...stored, settings: { ...stored.settings, host: 'b' } }, stored)).toEqual({
      settings: { host: 'b', password: { stored: true } },
    })
  })

  it('sends what is no figure as it was typed, so that the server says so', () => {
    const stored = draftOf(service)
    expect(updateOf({ ...stored, priority: 'high' }, stored)).toEqual({ priority: 'high' })
  })

  it('takes tags with either comma', () => {
    expect(payloadOf({ ...draftOf(service), tags: ' a，b ,, c' }).tags).toEqual(['a', 'b', 'c'])
  })

  it('is blank at first but for what the schema demands', () => {
    const schema = {
      type: 'object',
      required: ['from'],
      properties: { from: { type: 'object', properties: {} } },
    } as const
    expect(blankDraft({ ...schema, required: ['from'] }).settings).toEqual({ from: {} })
  })
})
