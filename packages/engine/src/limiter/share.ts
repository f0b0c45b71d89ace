/** What is left to a node of a limit while the nodes cannot ask each other. */
import type { LimitType } from '@signalbox/contracts'
import type { Bounds } from './meter.ts'

/** Among how many a limit is shared out, and the how manieth of them this is, from 0. */
export interface Share {
  of: number
  place: number
}

export const WHOLE: Share = { of: 1, place: 0 }

/**
 * The shares of all make up the limit. Of fewer than one for each, everybody has one in a window that is longer in proportion; but
 * of `concurrent` places, which know no window, everybody has at least one: together that may be more than the limit.
 */
export function shareOf({ maxValue, windowMs }: Bounds, type: LimitType, { of, place }: Share): Bounds {
  if (of <= 1) return { maxValue, windowMs }
  const share = Math.floor(maxValue / of) + (place < maxValue % of ? 1 : 0)
  if (type === 'concurrent') return { maxValue: Math.max(1, share), windowMs }
  return maxValue < of
    ? { maxValue: 1, windowMs: Math.ceil((windowMs * of) / maxValue) }
    : { maxValue: share, windowMs }
}
