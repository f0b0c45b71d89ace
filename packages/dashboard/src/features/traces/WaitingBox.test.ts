import type { Explanation } from '@signalbox/contracts'
import { mount } from '@vue/test-utils'
import { describe, expect, it } from 'vitest'
import { i18n } from '../../i18n/index.ts'
import WaitingBox from './WaitingBox.vue'

const T0 = Date.UTC(2026, 0, 5, 9)
const at = (ms: number) => new Date(T0 + ms).toISOString()
const none = { since: null, until: null, detail: '', rule: null, workers: null }
const PAUSED = { ...none, reason: 'paused' as const, holds: 'channel' as const, since: at(-60_000) }
const LIMITED = { ...none, reason: 'rate_limit' as const, holds: 'channel' as const, until: at(12_000) }
const RANK = { ahead: 3, exact: true, higher: 1, turns: 0, lane: 2, held: 0 }

function text(given: Partial<Explanation>, now = 0, stale = false): string {
  const explanation: Explanation = {
    record_id: 1,
    trace_id: 'msg_00000000001',
    status: 'queued',
    phase: 'waiting',
    detail: '',
    reasons: [],
    rank: null,
    estimated_wait_ms: null,
    ended: null,
    lookup: null,
    computed_at: at(0),
    ...given,
  }
  const wrapper = mount(WaitingBox, { props: { explanation, now: T0 + now, stale }, global: { plugins: [i18n] } })
  return wrapper.text().replaceAll(/\s+/g, ' ')
}

describe('WaitingBox', () => {
  it('names everything that holds the message, with the time that is left or has passed', () => {
    const both = { reasons: [PAUSED, LIMITED] }
    expect(text(both)).toContain('The channel is paused')
    expect(text(both)).toContain('for 1 min')
    expect(text(both)).toContain('A rate limit is reached')
    expect(text(both)).toContain('in 12 s')
    expect(text(both, 5_000)).toContain('in 7 s')
    expect(text(both, 13_000)).toContain('due now')
  })

  it('says which place it has, what is before it, and how long that takes', () => {
    const shown = text({ rank: RANK, estimated_wait_ms: 4_000 })
    expect(shown).toContain('Rank in the queue4')
    expect(shown).toContain('3 leave before it: 1 of higher priority, 2 before it in its flow')
    expect(shown).toContain('About 4 s')
  })

  it('says that a rank is a lower bound, and why', () => {
    const shown = text({ rank: { ...RANK, exact: false, held: 5_000 } })
    expect(shown).toContain('Rank in the queue, at least')
    expect(shown).toContain('5,000 more are held themselves')
  })

  it('says when nothing holds it, and when it could not be asked again', () => {
    expect(text({ rank: { ...RANK, ahead: 0, higher: 0, lane: 0 } })).toContain('Nothing holds it')
    expect(text({}, 0, true)).toContain('it could not be asked again')
    expect(text({})).not.toContain('as of')
  })
})
