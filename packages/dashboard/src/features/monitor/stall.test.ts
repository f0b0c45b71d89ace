import { describe, expect, it } from 'vitest'
import { stats } from '../../../test/support/figures.ts'
import { isStalled, MOVING, nextStall } from './stall.ts'

const figures = (queued: number, processing: number, ended: number, held = stats().held) =>
  stats({
    held,
    queues: { ...stats().queues, 'message.send': { scheduled: 5, queued, processing } },
    rates: { accepted: 0, ended, failed: 0 },
  })

describe('a standstill', () => {
  it('is messages that wait while none ends for 15 s', () => {
    const begun = nextStall(MOVING, figures(3, 1, 0), 1000)
    const later = nextStall(begun, figures(300, 20, 0), 16_000)
    expect(isStalled(begun, 1000)).toBe(false)
    expect(isStalled(later, 15_999)).toBe(false)
    expect(isStalled(later, 16_000)).toBe(true)
    expect(later.waiting).toBe(320)
  })

  it('is over with the first that ends, and is none where nothing waits', () => {
    const begun = nextStall(MOVING, figures(3, 0, 0), 1000)
    expect(nextStall(begun, figures(2, 0, 0.2), 2000)).toEqual(MOVING)
    expect(nextStall(begun, figures(0, 0, 0), 2000)).toEqual(MOVING)
  })

  it('is none where all that waits is held back by somebody', () => {
    const sms = { channels: [{ channel: 'sms' as const, since: null, waiting: 3 }], queues: [] }
    const all = { channels: [], queues: [{ queue: 'message.send' as const, since: null, waiting: 3 }] }
    expect(nextStall(MOVING, figures(3, 0, 0, sms), 1000)).toEqual(MOVING)
    expect(nextStall(MOVING, figures(3, 0, 0, all), 1000)).toEqual(MOVING)
    expect(nextStall(MOVING, figures(5, 1, 0, sms), 1000)).toEqual({ since: 1000, waiting: 3 })
  })
})
