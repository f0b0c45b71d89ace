/**
 * The live feed: the last `FEED_ROWS` messages, each keeping its place while it moves, new ones on top.
 *
 * 1. A failure enters on top whatever its age, and stays for `LINGER_TICKS` while others are pushed out.
 * 2. Paused, the rows on screen stand still; the live rows go on behind them, so that nothing is lost by pausing.
 * 3. It always knows what it leaves out.
 *
 * Memory is bounded by `FEED_ROWS`, and while paused by what the reader loaded.
 */
import { FEED_ROWS, type FeedTick, type MessageRow, type MessageState } from '@signalbox/contracts'

/** At one tick a second: long enough to read one at 1,000 messages a second. */
const LINGER_TICKS = 30
/** However many failures linger, the feed still shows life. */
const OTHERS_KEPT = FEED_ROWS / 2

const FAILURES: readonly MessageState[] = ['failed', 'expired', 'unknown']

interface Entry {
  row: MessageRow
  /** The tick that brought or last moved it. */
  seq: number
}

/** What the last tick brought, and how much of it is on screen. */
export interface FeedCoverage {
  changed: number
  shown: number
  failures: number
  failuresShown: number
}

export interface FeedPause {
  rows: readonly MessageRow[]
  /** Messages accepted until then: the difference to now is what was missed. */
  accepted: number
  /** That happened since. */
  failures: number
  /** Missed messages that were too many to load. */
  notLoaded: number
}

export interface Feed {
  /** Of the last tick or snapshot taken in; -1 before the first. */
  seq: number
  entries: readonly Entry[]
  coverage: FeedCoverage | null
  pause: FeedPause | null
}

export const EMPTY_FEED: Feed = { seq: -1, entries: [], coverage: null, pause: null }

export function isFailure({ status }: MessageRow): boolean {
  return FAILURES.includes(status)
}

/** What stands on screen, newest on top. */
export function visibleRows(feed: Feed): readonly MessageRow[] {
  return feed.pause?.rows ?? feed.entries.map(({ row }) => row)
}

/** Starts again from a snapshot; a pause goes on. */
export function feedFromSnapshot(feed: Feed, seq: number, rows: readonly MessageRow[]): Feed {
  return { ...feed, seq, entries: rows.slice(0, FEED_ROWS).map((row) => ({ row, seq })), coverage: null }
}

/** Takes a tick in; `gap` when one before it was missed. */
export function applyFeedTick(feed: Feed, tick: FeedTick): Feed | 'gap' {
  if (tick.seq <= feed.seq) return feed
  if (feed.seq >= 0 && tick.since > feed.seq) return 'gap'

  const moved = new Map(tick.rows.map((row) => [row.record_id, row]))
  const kept = feed.entries.map((entry) => {
    const row = moved.get(entry.row.record_id)
    return row ? { row, seq: tick.seq } : entry
  })
  const known = new Set(kept.map(({ row }) => row.record_id))
  const arrived = tick.rows.filter(({ record_id }) => !known.has(record_id))
  const entries = trim([...newestFirst(arrived).map((row) => ({ row, seq: tick.seq })), ...kept], tick.seq)

  const onScreen = entries.map(({ row }) => row).filter(({ record_id }) => moved.has(record_id))
  return {
    seq: tick.seq,
    entries,
    coverage: {
      changed: tick.changed,
      shown: onScreen.length,
      failures: tick.failures,
      failuresShown: onScreen.filter(isFailure).length,
    },
    pause: feed.pause && { ...feed.pause, failures: feed.pause.failures + tick.failures },
  }
}

/** @param accepted messages accepted so far, by the conservation line */
export function pauseFeed(feed: Feed, accepted: number): Feed {
  return feed.pause ? feed : { ...feed, pause: { rows: visibleRows(feed), accepted, failures: 0, notLoaded: 0 } }
}

/** Back to what is live; what was missed is skipped. */
export function resumeFeed(feed: Feed): Feed {
  return feed.pause ? { ...feed, pause: null } : feed
}

/** Puts what was missed above (and newer states into) the rows that stand still; the pause goes on from here. */
export function loadMissed(feed: Feed, missed: readonly MessageRow[], accepted: number): Feed {
  if (!feed.pause) return feed
  const byId = new Map([...feed.pause.rows, ...missed].map((row) => [row.record_id, row]))
  const loaded = byId.size - feed.pause.rows.length
  const notLoaded = feed.pause.notLoaded + Math.max(0, accepted - feed.pause.accepted - loaded)
  return { ...feed, pause: { rows: newestFirst([...byId.values()]), accepted, failures: 0, notLoaded } }
}

export function missedCount(feed: Feed, accepted: number): number {
  return feed.pause ? Math.max(0, accepted - feed.pause.accepted) : 0
}

function trim(entries: readonly Entry[], seq: number): Entry[] {
  let excess = entries.length - FEED_ROWS
  if (excess <= 0) return [...entries]
  const lingers = (entry: Entry): boolean => isFailure(entry.row) && seq - entry.seq < LINGER_TICKS
  let spare = Math.max(0, entries.filter((entry) => !lingers(entry)).length - OTHERS_KEPT)
  const dropped = new Set<Entry>()
  for (const entry of [...entries].reverse()) {
    if (excess === 0 || spare === 0) break
    if (lingers(entry)) continue
    dropped.add(entry)
    excess -= 1
    spare -= 1
  }
  return keepThisTicksFailures(
    entries.filter((entry) => !dropped.has(entry)),
    excess,
    seq,
  )
}

/** More failures than fit: those of earlier ticks leave first, then others, and only then this tick's. */
function keepThisTicksFailures(entries: readonly Entry[], excess: number, seq: number): Entry[] {
  const rank = (entry: Entry): number => (!isFailure(entry.row) ? 1 : entry.seq === seq ? 2 : 0)
  const leaving = new Set(
    [...entries]
      .reverse()
      .sort((a, b) => rank(a) - rank(b))
      .slice(0, excess),
  )
  return entries.filter((entry) => !leaving.has(entry))
}

function newestFirst(rows: readonly MessageRow[]): MessageRow[] {
  return [...rows].sort((a, b) => b.record_id - a.record_id)
}
