import { FEED_ROOMS, RANGES, STATS_ROOMS } from '@signalbox/contracts'
import { describe, expect, it } from 'vitest'
import { feedRoomOf, statsRoomOf } from './rooms.ts'

it('every range has a room at each pace, and the feed one', () => {
  const rooms = [false, true].flatMap((slow) => RANGES.map((range) => statsRoomOf(range, slow)))
  expect([...rooms].sort()).toEqual([...STATS_ROOMS].sort())
  expect([feedRoomOf(false), feedRoomOf(true)]).toEqual([...FEED_ROOMS])
})

describe('today', () => {
  it('is the room without a range in its name', () => {
    expect(statsRoomOf('today', false)).toBe('stats')
  })
})
