import type { MonitorSnapshot, MonitorTick } from '@signalbox/contracts'
import { describe, expect, it } from 'vitest'
import { stats, totals } from '../../../test/support/figures.ts'
import { applyTick, isEmpty, replay, wallOf } from './wall.ts'

const snapshot: MonitorSnapshot = {
  seq: 7,
  computed_at: '2025-11-21T09:00:00.000+08:00',
  epoch: 'one',
  tick_ms: 1000,
  time_zone: 'Asia/Shanghai',
  demo: false,
  range: 'today',
  stats: stats(),
  feed: [],
}

function tick(seq: number, accepted = seq, epoch = 'one'): MonitorTick {
  return {
    seq,
    since: seq - 1,
    range: 'today',
    epoch,
    computed_at: '2025-11-21T09:00:01.000+08:00',
    stats: { rates: { accepted, ended: 0, failed: 0 } },
  }
}

describe('a tick', () => {
  const wall = wallOf(snapshot)

  it('replaces the sections it carries and leaves the others as they are', () => {
    const result = applyTick(wall, tick(8, 42))
    expect(result).toMatchObject({ kind: 'applied', wall: { seq: 8, stats: { rates: { accepted: 42 } } } })
    expect(result.kind === 'applied' && result.wall.stats.trend).toBe(wall.stats.trend)
  })

  it('changes nothing when it is not newer than what is shown', () => {
    expect(applyTick(wall, tick(7)).kind).toBe('old')
    expect(applyTick(wall, tick(3)).kind).toBe('old')
  })

  it('is a gap when one before it was missed', () => {
    expect(applyTick(wall, tick(9)).kind).toBe('gap')
  })

  it('is a gap when it comes from another server process, whatever its number', () => {
    expect(applyTick(wall, tick(8, 1, 'two')).kind).toBe('gap')
    expect(applyTick(wall, tick(2, 1, 'two')).kind).toBe('gap')
  })
})

describe('ticks that came while the snapshot was on its way', () => {
  it('are applied on top of it, without those it already has', () => {
    const result = replay(wallOf(snapshot), [tick(6), tick(7), tick(8), tick(9)])
    expect(result).toMatchObject({ kind: 'applied', wall: { seq: 9, stats: { rates: { accepted: 9 } } } })
  })

  it('are a gap when one among them is missing', () => {
    expect(replay(wallOf(snapshot), [tick(8), tick(10)]).kind).toBe('gap')
  })

  it('count for nothing when they are of a process that is gone', () => {
    expect(replay(wallOf(snapshot), [tick(99, 1, 'gone'), tick(8)])).toMatchObject({ wall: { seq: 8 } })
  })
})

describe('an empty system', () => {
  const { by_state } = stats().conservation
  const conservation = { accepted: 0, by_state, balanced: true, offending_ids: [] }
  const trend = [{ ...totals({ sent: 0 }), date: '2025-11-21' }]

  it('has accepted nothing and has no history', () => {
    expect(isEmpty(stats({ conservation, trend }))).toBe(true)
  })

  it('is not one with a history, nor one whose first message waits', () => {
    expect(isEmpty(stats({ conservation }))).toBe(false)
    expect(isEmpty(stats({ trend, conservation: { ...conservation, accepted: 1 } }))).toBe(false)
  })
})
