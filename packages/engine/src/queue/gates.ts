/**
 * Why a whole channel does not move, and until when. A gate holds as many reasons as there are, each once, and opens when
 * the last is gone: the end of a limit does not open a paused channel. A closed gate takes no message out of its place and
 * uses up no attempt; whoever asks "why is this waiting?" is answered from here.
 */
import type { PendingReason } from '@signalbox/contracts'
import type { Clock } from '../clock.ts'
import type { LimitDecision } from '../limiter/limiter.ts'
import type { FairWindow } from './fair-window.ts'

export interface GateReason {
  reason: PendingReason
  /** Epoch ms; null when it ends on an event, not at a time. */
  until: number | null
  detail: string
  /** The rule that is exhausted; only with `rate_limit`. */
  rule?: LimitDecision['rule']
  /** Where several things close for the same reason: each is opened by itself. Default: the reason. */
  cause?: GateCause
}

/** `service_paused`: of its services, not of the channel. */
export type GateCause = PendingReason | 'service_paused'

export interface Gates {
  /** For this reason too. Told twice, the later end counts, and no time is later than any. */
  close(gate: string, why: GateReason): void
  /** Takes one cause away. */
  open(gate: string, cause: GateCause): void
  /** Everything that holds it now, first what ends last; empty when it is open. */
  why(gate: string): readonly GateReason[]
  /** Cancels the timers; what is closed from now on stays closed. */
  stop(): void
}

interface Held {
  why: GateReason
  cancel: () => void
}

export function createGates(clock: Clock, window: FairWindow, onOpen: () => void): Gates {
  const closed = new Map<string, Map<GateCause, Held>>()
  let stopped = false

  function open(gate: string, cause: GateCause): void {
    const reasons = closed.get(gate)
    reasons?.get(cause)?.cancel()
    if (!reasons?.delete(cause) || reasons.size > 0) return
    closed.delete(gate)
    window.open(gate)
    onOpen()
  }

  return {
    close(gate, why) {
      const reasons = closed.get(gate) ?? new Map<GateCause, Held>()
      const { until, reason, cause = reason } = why
      const before = reasons.get(cause)
      // Several workers meet the same limit at once.
      if (before && endOf(before.why) >= endOf(why)) return
      before?.cancel()
      const timed = until !== null && !stopped
      const cancel = timed ? clock.after(until - clock.now(), () => open(gate, cause)) : () => undefined
      closed.set(gate, reasons.set(cause, { why, cancel }))
      window.close(gate)
    },
    open,
    why: (gate) =>
      [...(closed.get(gate)?.values() ?? [])].map(({ why }) => why).toSorted((a, b) => compare(endOf(b), endOf(a))),
    stop() {
      stopped = true
      for (const reasons of closed.values()) for (const { cancel } of reasons.values()) cancel()
      closed.clear()
    },
  }
}

/** Not by subtraction: the difference of two ends without a time is no number. */
function compare(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1
}

function endOf({ until }: GateReason): number {
  return until ?? Infinity
}
