/**
 * The wall of the last 60 minutes, one frame every 5 s, packed and in memory.
 *
 * 1. a frame is the snapshot as it was, feed included: about 5 KB deflated, so an hour takes less than 4 MB;
 * 2. bounded in time and in bytes: the oldest goes first;
 * 3. before the first frame (the process is younger than an hour) the rollups tell what they can, by the minute, and
 *    what they cannot is named.
 */
import {
  REWIND_MS,
  type AlertState,
  type MonitorSnapshot,
  type Range,
  type Rewind,
  type RewindIndex,
} from '@signalbox/contracts'
import type { LastHour, PastFigures } from '@signalbox/engine'
import { promisify } from 'node:util'
import { deflateRaw, inflateRaw } from 'node:zlib'
import { presentPast, presentRange, rangeOf } from '../present/monitor.ts'
import type { View } from '../present/view.ts'

export const REWIND_BYTES = 8 * 1024 * 1024
const MINUTE_MS = 60_000
/** A viewer's clock may be ahead of ours by this much and still mean now. */
const AHEAD_MS = 5_000
const SEVERITY: readonly AlertState[] = ['ok', 'resolved', 'pending', 'firing']
/** What rollups do not hold. */
const NEVER_IN_ROLLUPS = [
  ...(['pools', 'scaling', 'queues', 'rates', 'conservation', 'nodes', 'links', 'held', 'alerts', 'feed'] as const),
]

const pack = promisify(deflateRaw)
const unpack = promisify(inflateRaw)

interface Frame {
  at: number
  ended: number
  failed: number
  alert: AlertState
  packed: Buffer
}

export interface RewindHistory {
  /** Settles when it is kept. */
  record(snapshot: MonitorSnapshot, at: number): Promise<void>
  /** `lastHour`: what the rollups have of the minutes that were not recorded. */
  index(now: number, lastHour: LastHour): RewindIndex
  /** The last moment at or before `at`; null when that is longer ago than an hour, or still to come. */
  moment(at: number, now: number, range: Range): Promise<Rewind | null>
}

export interface RewindDeps {
  past(at: number, ranges: readonly Range[]): Promise<PastFigures>
  view: View
  timeZone(): string
  maxBytes?: number
}

export function createRewind({ past, view, timeZone, maxBytes = REWIND_BYTES }: RewindDeps): RewindHistory {
  let frames: Frame[] = []
  let bytes = 0

  function trim(now: number): void {
    let gone = 0
    for (const frame of frames) {
      if (frame.at >= now - REWIND_MS && bytes <= maxBytes) break
      bytes -= frame.packed.length
      gone += 1
    }
    if (gone > 0) frames = frames.slice(gone)
  }

  /** Whole minutes that the rollups know and that nobody recorded. */
  function minutesBefore(now: number, { firstMinute, sent, failed }: LastHour): Omit<Frame, 'packed' | 'alert'>[] {
    const end = frames[0]?.at ?? now
    const known = sent.map((count, i) => ({
      at: firstMinute + (i + 1) * MINUTE_MS,
      ended: count / 60,
      failed: (failed[i] ?? 0) / 60,
    }))
    const begun = known.findIndex(({ ended }) => ended > 0)
    return begun < 0 ? [] : known.slice(begun).filter(({ at }) => at >= now - REWIND_MS && at <= end)
  }

  async function recorded(frame: Frame, range: Range): Promise<Rewind> {
    const snapshot = JSON.parse((await unpack(frame.packed)).toString()) as MonitorSnapshot
    const own = range === snapshot.range ? {} : presentRange(rangeOf(await past(frame.at, [range]), range), view)
    return {
      ...{ at: snapshot.computed_at, source: 'recorded', missing: [], range, time_zone: snapshot.time_zone },
      stats: { ...snapshot.stats, ...own },
      feed: snapshot.feed,
    }
  }

  async function fromRollups(at: number, range: Range): Promise<Rewind> {
    const minute = at - (at % MINUTE_MS)
    const figures = await past(minute, [range])
    return {
      ...{ at: view.instant(minute), source: 'rollups', missing: [...NEVER_IN_ROLLUPS], range, time_zone: timeZone() },
      stats: { ...presentPast(figures, view), ...presentRange(rangeOf(figures, range), view) },
      feed: null,
    }
  }

  return {
    async record(snapshot, at) {
      const packed = await pack(JSON.stringify(snapshot))
      const { rates, alerts } = snapshot.stats
      const worst = Math.max(0, ...alerts.map(({ state }) => SEVERITY.indexOf(state)))
      frames.push({ at, ended: rates.ended, failed: rates.failed, alert: SEVERITY[worst] ?? 'ok', packed })
      bytes += packed.length
      trim(at)
    },

    index(now, lastHour) {
      trim(now)
      const before = minutesBefore(now, lastHour)
      const from = before[0]?.at ?? frames[0]?.at ?? now
      const seconds = (at: number) => Math.max(0, Math.round((at - from) / 1000))
      const perSecond = (rate: number) => Math.round(rate * 10) / 10
      const all = [...before.map((each) => ({ ...each, alert: null })), ...frames]
      return {
        from: view.instant(from),
        to: view.instant(all.at(-1)?.at ?? now),
        frames: {
          at_s: all.map(({ at }) => seconds(at)),
          recorded: all.map((_, i) => (i < before.length ? 0 : 1)),
          ended: all.map(({ ended }) => perSecond(ended)),
          failed: all.map(({ failed }) => perSecond(failed)),
          alert: all.map(({ alert }) => alert),
        },
        bytes,
        max_bytes: maxBytes,
      }
    },

    async moment(at, now, range) {
      if (at < now - REWIND_MS - MINUTE_MS || at > now + AHEAD_MS) return null
      const frame = frames.findLast((each) => each.at <= at)
      return frame ? recorded(frame, range) : fromRollups(at, range)
    },
  }
}
