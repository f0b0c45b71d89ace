import type { WaitReason } from '@signalbox/contracts'
import { describe, expect, it } from 'vitest'
import { factOf, partsOf, titleOf } from './waiting.ts'

const REASON: WaitReason = {
  reason: 'rate_limit',
  holds: 'channel',
  since: null,
  until: null,
  detail: '',
  rule: null,
  workers: null,
}

describe('what holds a message', () => {
  it('tells a paused queue from a paused channel', () => {
    expect(titleOf({ ...REASON, reason: 'paused' })).toBe('paused')
    expect(titleOf({ ...REASON, reason: 'paused', holds: 'queue' })).toBe('pausedQueue')
  })

  it('tells the limit of one recipient from that of a channel', () => {
    expect(titleOf(REASON)).toBe('rate_limit')
    expect(titleOf({ ...REASON, holds: 'message' })).toBe('recipientLimit')
  })

  it('names the rule that is exhausted with its window, and the workers that are busy', () => {
    const rule = { resource: 'channel:sms', limit_type: 'qps' as const, max_value: 1_200, window_seconds: 60 }
    expect(factOf({ ...REASON, rule }, 'en')).toEqual({
      key: 'rule.qps',
      values: { max: '1,200', window: '1 min', resource: 'channel:sms' },
    })
    const busy = { ...REASON, reason: 'no_worker' as const, workers: { active_count: 20, pool_size: 20 } }
    expect(factOf(busy, 'en')).toEqual({ key: 'workers', values: { active: '20', size: '20' } })
    expect(factOf(REASON, 'en')).toBeNull()
  })

  it('takes the rank apart without what is none', () => {
    const rank = { ahead: 1_007, exact: true, higher: 1_000, turns: 0, lane: 7, held: 0 }
    expect(partsOf(rank)).toEqual([
      { key: 'rank.higher', values: { count: '1,000' } },
      { key: 'rank.lane', values: { count: '7' } },
    ])
    expect(partsOf({ ...rank, higher: 0, lane: 0 })).toEqual([])
  })
})
