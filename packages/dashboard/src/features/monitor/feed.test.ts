import { FEED_ROWS, type FeedTick, type MessageRow, type MessageState } from '@signalbox/contracts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { row } from '../../../test/support/figures.ts'
import {
  applyFeedTick,
  EMPTY_FEED,
  feedFromSnapshot,
  isFailure,
  loadMissed,
  missedCount,
  pauseFeed,
  resumeFeed,
  visibleRows,
  type Feed,
} from './feed.ts'

function tick(seq: number, rows: MessageRow[], more: Partial<FeedTick> = {}): FeedTick {
  return {
    seq,
    since: seq - 1,
    epoch: 'one',
    rows,
    changed: rows.length,
    failures: rows.filter(isFailure).length,
    ...more,
  }
}

function after(feed: Feed, ...ticks: FeedTick[]): Feed {
  return ticks.reduce((current, next) => {
    const result = applyFeedTick(current, next)
    if (result === 'gap') throw new Error(`expected tick ${next.seq} to follow ${current.seq}`)
    return result
  }, feed)
}

function rows(from: number, count: number, status: MessageState = 'sent'): MessageRow[] {
  return Array.from({ length: count }, (_, i) => row(from + count - 1 - i, { status }))
}

const ids = (feed: Feed) => visibleRows(feed).map(({ record_id }) => record_id)
const start = feedFromSnapshot(EMPTY_FEED, 0, [row(3), row(2), row(1)])

describe('the live feed', () => {
  it('puts new messages on top, the newest first', () => {
    expect(ids(after(start, tick(1, [row(5), row(4)])))).toEqual([5, 4, 3, 2, 1])
  })

  it('moves a message on in place', () => {
    const feed = after(start, tick(1, [row(2, { status: 'delivered' })]))
    expect(ids(feed)).toEqual([3, 2, 1])
    expect(visibleRows(feed)[1]?.status).toBe('delivered')
  })

  it('holds the last 50', () => {
    const feed = after(start, tick(1, rows(10, 48)))
    expect(ids(feed)).toHaveLength(FEED_ROWS)
    expect(ids(feed).slice(-2)).toEqual([3, 2])
  })

  it('lets an old message that fails in on top, although it is older than every row', () => {
    const feed = after(feedFromSnapshot(EMPTY_FEED, 0, rows(100, 50)), tick(1, [row(7, { status: 'failed' })]))
    expect(ids(feed)[0]).toBe(7)
  })

  it('keeps a failure while others are pushed out, and lets it go in the end', () => {
    let feed = after(start, tick(1, [row(4, { status: 'failed' })]))
    for (let seq = 2; seq <= 30; seq++) feed = after(feed, tick(seq, rows(seq * 1000, 50)))
    expect(ids(feed)).toContain(4)
    expect(ids(feed)).toHaveLength(FEED_ROWS)
    feed = after(feed, tick(31, rows(31_000, 50)))
    expect(ids(feed)).not.toContain(4)
  })

  it('still shows other messages while failures linger', () => {
    let feed = start
    for (let seq = 1; seq <= 5; seq++)
      feed = after(feed, tick(seq, [...rows(seq * 1000 + 40, 10, 'failed'), ...rows(seq * 1000, 40)]))
    expect(visibleRows(feed).filter((shown) => !isFailure(shown)).length).toBeGreaterThanOrEqual(20)
  })

  it('never leaves out a failure of the last tick as long as there are rows at all', () => {
    const lingering = after(start, tick(1, rows(1000, 50, 'unknown')))
    const feed = after(lingering, tick(2, rows(2000, 50, 'failed')))
    expect(visibleRows(feed).every(({ status }) => status === 'failed')).toBe(true)
    expect(feed.coverage).toMatchObject({ failures: 50, failuresShown: 50 })
  })

  it('says how much of the last tick it shows', () => {
    const moved = [...rows(200, 14, 'failed'), ...rows(100, 34)]
    const feed = after(start, tick(1, moved, { changed: 1203 }))
    expect(feed.coverage).toEqual({ changed: 1203, shown: 48, failures: 14, failuresShown: 14 })
  })

  it('notices a missed tick and skips one it has had', () => {
    expect(applyFeedTick(start, tick(2, []))).toBe('gap')
    expect(applyFeedTick(start, tick(0, [row(9)]))).toBe(start)
  })

  it('holds 50 rows at most, none twice, and shows every failure of a tick that fits', () => {
    const state = fc.constantFrom<MessageState>('queued', 'sending', 'sent', 'failed', 'unknown')
    const moves = fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 300 }), state), {
      selector: ([id]) => id,
      maxLength: FEED_ROWS,
    })
    fc.assert(
      fc.property(fc.array(moves, { maxLength: 12 }), (ticks) => {
        let feed = start
        ticks.forEach((moved, i) => {
          const changes = moved.map(([id, status]) => row(id, { status }))
          feed = after(feed, tick(i + 1, changes))
          const shown = ids(feed)
          expect(shown.length).toBeLessThanOrEqual(FEED_ROWS)
          expect(new Set(shown).size).toBe(shown.length)
          const failed = changes.filter(isFailure).map(({ record_id }) => record_id)
          expect(failed.filter((id) => !shown.includes(id))).toEqual([])
        })
      }),
      { numRuns: 200 },
    )
  })
})

describe('a paused feed', () => {
  const paused = pauseFeed(start, 100)

  it('stands still while the live rows go on behind it', () => {
    const feed = after(paused, tick(1, [row(4), row(3, { status: 'failed' })]))
    expect(visibleRows(feed)).toEqual(visibleRows(start))
    expect(ids(resumeFeed(feed))).toEqual([4, 3, 2, 1])
  })

  it('counts what was accepted meanwhile and what failed', () => {
    const feed = after(paused, tick(1, [row(3, { status: 'failed' })]), tick(2, [], { changed: 9, failures: 2 }))
    expect(missedCount(feed, 1977)).toBe(1877)
    expect(feed.pause?.failures).toBe(3)
  })

  it('is not paused anew, so that what was missed stays counted', () => {
    expect(pauseFeed(after(paused, tick(1, [row(4)])), 101).pause?.accepted).toBe(100)
  })

  it('shows what was missed above its rows and brings those up to date, when asked to load', () => {
    const feed = loadMissed(paused, [row(5), row(4), row(3, { status: 'read' })], 102)
    expect(ids(feed)).toEqual([5, 4, 3, 2, 1])
    expect(visibleRows(feed)[2]?.status).toBe('read')
    expect(missedCount(feed, 102)).toBe(0)
  })

  it('owns up to what was too much to load', () => {
    expect(loadMissed(paused, [row(5), row(4)], 110).pause?.notLoaded).toBe(8)
  })

  it('stays paused over a new snapshot', () => {
    expect(ids(feedFromSnapshot(paused, 50, rows(500, 50)))).toEqual([3, 2, 1])
  })
})
