/** Notices that messages wait and none ends any more, although the server still answers. */
import type { MonitorStats } from '@signalbox/contracts'

/** The server's rate looks back 5 s, and slow providers take some: this long without an end is a standstill, ms. */
const STALLED_MS = 15_000

export interface Stall {
  /** Since when nothing has ended while something waits, ms; null while things move. */
  since: number | null
  waiting: number
}

export const MOVING: Stall = { since: null, waiting: 0 }

export function nextStall(before: Stall, { queues, rates, held }: MonitorStats, now: number): Stall {
  const { queued, processing } = queues['message.send']
  const waiting = Math.max(0, queued - heldBack(held, queued)) + processing
  if (waiting === 0 || rates.ended > 0) return MOVING
  return { since: before.since ?? now, waiting }
}

/** What waits because somebody wants it to. */
function heldBack({ channels, queues }: MonitorStats['held'], queued: number): number {
  if (queues.some(({ queue }) => queue === 'message.send')) return queued
  return channels.reduce((sum, { waiting }) => sum + waiting, 0)
}

export function isStalled({ since }: Stall, now: number): boolean {
  return since !== null && now - since >= STALLED_MS
}
