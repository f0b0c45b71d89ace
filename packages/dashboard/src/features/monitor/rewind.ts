/** The moments of the last hour that can be shown again. */
import type { RewindIndex } from '@signalbox/contracts'

export const REWIND_MINUTES = 60

/** Times of the frames, ms since the epoch, oldest first. */
export function momentsOf({ from, frames }: RewindIndex): number[] {
  const start = Date.parse(from)
  return frames.at_s.map((seconds) => start + seconds * 1000)
}

/** The last moment at or before the wanted one, else the first there is; null when there is none. */
export function momentAt(moments: readonly number[], wanted: number): number | null {
  let low = 0
  let high = moments.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((moments[middle] ?? 0) <= wanted) low = middle + 1
    else high = middle
  }
  return moments[Math.max(0, low - 1)] ?? null
}

/** Where a press at `x` of a strip of `width` points to: its left end an hour ago, its right end now. */
export function timeAtPosition(x: number, width: number, now: number): number {
  const share = width > 0 ? Math.min(1, Math.max(0, x / width)) : 1
  return now - (1 - share) * REWIND_MINUTES * 60_000
}

/** 0 an hour ago, 1 now. */
export function positionOf(time: number, now: number): number {
  return Math.min(1, Math.max(0, 1 - (now - time) / (REWIND_MINUTES * 60_000)))
}

/** Stretches in which an alert fired, as shares of the hour before `now`. */
export function alertStretches(index: RewindIndex, now: number): { start: number; end: number }[] {
  const moments = momentsOf(index)
  const stretches: { start: number; end: number }[] = []
  index.frames.alert.forEach((state, i) => {
    const time = moments[i]
    if (state !== 'firing' || time === undefined) return
    const start = positionOf(time, now)
    const end = positionOf(moments[i + 1] ?? now, now)
    const last = stretches.at(-1)
    if (last && start - last.end < 0.002) last.end = end
    else stretches.push({ start, end })
  })
  return stretches
}

/**
 * Since when the server remembers the wall as it was, ms since the epoch: before that there are figures of each minute and no
 * more. Null: as long as the hour.
 */
export function recordedSince(index: RewindIndex): number | null {
  const first = index.frames.recorded.indexOf(1)
  const time = first < 0 ? Date.parse(index.to) : momentsOf(index)[first]
  const hourAgo = Date.parse(index.to) - REWIND_MINUTES * 60_000
  // Frames are kept for an hour and come every few seconds: the first is never quite an hour old.
  return time === undefined || time - hourAgo < 60_000 ? null : time
}
