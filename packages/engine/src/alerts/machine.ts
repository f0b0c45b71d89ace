/**
 * The life of an alarm, pure: `ok → pending → firing → resolved → ok`. A figure beyond its threshold is pending until it
 * has been so for `holdMs`; an alarm is resolved when it was fine for `calmMs` without a break, and shown for `shownMs` more.
 */
import type { AlertState } from '@signalbox/contracts'

export interface AlarmState {
  state: AlertState
  /** Epoch ms: of `pending` and `firing` when the figure went beyond, of the others when they began. */
  since: number
  /** The worst figure since it went beyond; kept while `resolved`. */
  worst: number | null
  /** While firing: since when it has been fine again. */
  fineSince: number | null
}

/** What was measured now. `figure` null: nothing to judge, which is never an alarm. */
export interface Reading {
  figure: number | null
  threshold: number
  bad: 'below' | 'above'
}

export interface Terms {
  holdMs: number
  calmMs: number
  shownMs: number
}

export function quiet(now: number): AlarmState {
  return { state: 'ok', since: now, worst: null, fineSince: null }
}

export function isBeyond({ figure, threshold, bad }: Reading): boolean {
  return figure !== null && (bad === 'below' ? figure < threshold : figure > threshold)
}

export function step(before: AlarmState, reading: Reading, terms: Terms, now: number): AlarmState {
  // A clock that stepped back must not leave an alarm waiting for a moment that it has passed already.
  const since = Math.min(before.since, now)
  const fineSince = before.fineSince === null ? null : Math.min(before.fineSince, now)
  return isBeyond(reading)
    ? stepBeyond({ ...before, since, fineSince }, reading, terms, now)
    : stepFine({ ...before, since, fineSince }, terms, now)
}

function stepBeyond(before: AlarmState, reading: Reading, { holdMs }: Terms, now: number): AlarmState {
  const anew = before.state === 'ok' || before.state === 'resolved'
  const since = anew ? now : before.since
  const worst = worse(anew ? null : before.worst, reading)
  const fires = before.state === 'firing' || now - since >= holdMs
  return { state: fires ? 'firing' : 'pending', since, worst, fineSince: null }
}

function stepFine(before: AlarmState, { calmMs, shownMs }: Terms, now: number): AlarmState {
  switch (before.state) {
    case 'ok':
      return before
    case 'pending':
      return quiet(now)
    case 'firing': {
      const fineSince = before.fineSince ?? now
      if (now - fineSince < calmMs) return { ...before, fineSince }
      return { state: 'resolved', since: now, worst: before.worst, fineSince: null }
    }
    case 'resolved':
      return now - before.since < shownMs ? before : quiet(now)
  }
}

function worse(before: number | null, { figure, bad }: Reading): number | null {
  if (before === null || figure === null) return figure ?? before
  return bad === 'below' ? Math.min(before, figure) : Math.max(before, figure)
}
