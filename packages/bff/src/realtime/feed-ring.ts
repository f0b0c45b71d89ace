/** The feed's last ticks, so that who missed some gets what they held as one. Bounded by `TICKS_KEPT`. */
import { FEED_FAILURES, FEED_ROWS, type MessageRow } from '@signalbox/contracts'
import { isFailure, type FeedMoves } from './feed.ts'

/** At one a second: half a minute. Whoever missed more takes the newest rows anew. */
const TICKS_KEPT = 30

interface Kept extends FeedMoves {
  since: number
  seq: number
}

export interface FeedRing {
  push(since: number, seq: number, moves: FeedMoves): void
  /** All that moved after `seq`, or null when not all of it is kept. */
  after(seq: number): FeedMoves | null
  clear(): void
}

export function createFeedRing(): FeedRing {
  let ring: Kept[] = []
  return {
    push(since, seq, moves) {
      const follows = ring.at(-1)?.seq === since
      ring = [...(follows ? ring : []), { ...moves, since, seq }].slice(-TICKS_KEPT)
    },
    after(seq) {
      const missed = ring.filter((tick) => tick.seq > seq)
      const [first] = missed
      if (!first) return (ring.at(-1)?.seq ?? -1) === seq ? { rows: [], changed: 0, failures: 0 } : null
      return first.since <= seq ? merged(missed) : null
    },
    clear() {
      ring = []
    },
  }
}

/** A message that moved in several ticks has one row, and counts in each. */
function merged(ticks: readonly Kept[]): FeedMoves {
  const newest = new Map<number, MessageRow>()
  for (const { rows } of ticks) for (const row of rows) newest.set(row.record_id, row)
  const rows = [...newest.values()].sort((a, b) => b.record_id - a.record_id)
  const failures = rows.filter(isFailure).slice(0, FEED_FAILURES)
  const others = rows.filter((row) => !isFailure(row)).slice(0, Math.max(0, FEED_ROWS - failures.length))
  const sum = (pick: (tick: Kept) => number) => ticks.reduce((total, tick) => total + pick(tick), 0)
  return {
    rows: [...failures, ...others].sort((a, b) => b.record_id - a.record_id),
    changed: sum(({ changed }) => changed),
    failures: sum(({ failures: count }) => count),
  }
}
