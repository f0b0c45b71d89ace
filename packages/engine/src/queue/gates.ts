/**
 * Why a whole channel (or a lane of jobs) does not move, and until when. A closed gate takes no message out of its place
 * and uses up no attempt; whoever asks "why is this waiting?" is answered from here.
 */
import type { PendingReason } from '@signalbox/contracts'
import type { Clock } from '../clock.ts'
import type { FairWindow } from './fair-window.ts'

export interface GateReason {
  reason: PendingReason
  /** Epoch ms; null when it opens on an event, not at a time. */
  until: number | null
  detail: string
}

export interface Gates {
  close(gate: string, why: GateReason): void
  open(gate: string): void
  why(gate: string): GateReason | null
  /** Cancels the timers; what is closed from now on stays closed. */
  stop(): void
}

export function createGates(clock: Clock, window: FairWindow, onOpen: () => void): Gates {
  const closed = new Map<string, { why: GateReason; cancel: () => void }>()
  let stopped = false

  function open(gate: string): void {
    closed.get(gate)?.cancel()
    if (!closed.delete(gate)) return
    window.open(gate)
    onOpen()
  }

  return {
    close(gate, why) {
      const before = closed.get(gate)
      // Several workers meet the same limit at once: the latest time counts.
      if (before && before.why.until !== null && why.until !== null && before.why.until >= why.until) return
      before?.cancel()
      const { until } = why
      const cancel = until === null || stopped ? () => undefined : clock.after(until - clock.now(), () => open(gate))
      closed.set(gate, { why, cancel })
      window.close(gate)
    },
    open,
    why: (gate) => closed.get(gate)?.why ?? null,
    stop() {
      stopped = true
      for (const { cancel } of closed.values()) cancel()
      closed.clear()
    },
  }
}
