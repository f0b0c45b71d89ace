/** Figures of the last seconds, which no rollup holds: counted from what the engine announces, in a ring of seconds. */
import type { MessageRecord } from '../messages/record.ts'
import { isEnded } from '../messages/states.ts'

const RING_SECONDS = 8
const WINDOW_SECONDS = 5
const ACTIVE_MS = 60_000

interface Second {
  at: number
  accepted: number
  ended: number
  failed: number
}

export interface Rates {
  accepted(count: number, now: number): void
  changed(record: MessageRecord, now: number): void
  /** Over the last 5 whole seconds. */
  perSecond(now: number): { accepted: number; ended: number; failed: number }
  /** Services that finished a message within the last minute. */
  activeServices(now: number): number
}

export function createRates(): Rates {
  const ring: Second[] = Array.from({ length: RING_SECONDS }, () => ({ at: -1, accepted: 0, ended: 0, failed: 0 }))
  const lastUse = new Map<number, number>()

  function second(now: number): Second {
    const at = Math.floor(now / 1000)
    const slot = ring[at % RING_SECONDS] as Second
    if (slot.at !== at) Object.assign(slot, { at, accepted: 0, ended: 0, failed: 0 })
    return slot
  }

  return {
    accepted(count, now) {
      second(now).accepted += count
    },
    changed(record, now) {
      // A receipt moves a message that has been counted already.
      if (!isEnded(record.state) || record.finishedAt !== record.updatedAt) return
      const slot = second(now)
      slot.ended += 1
      if (record.state === 'failed') slot.failed += 1
      if (record.serviceId !== null) lastUse.set(record.serviceId, now)
    },
    perSecond(now) {
      const current = Math.floor(now / 1000)
      const recent = ring.filter(({ at }) => at < current && at >= current - WINDOW_SECONDS)
      const mean = (pick: (slot: Second) => number) =>
        recent.reduce((sum, slot) => sum + pick(slot), 0) / WINDOW_SECONDS
      return { accepted: mean((s) => s.accepted), ended: mean((s) => s.ended), failed: mean((s) => s.failed) }
    },
    activeServices: (now) => [...lastUse.values()].filter((at) => now - at <= ACTIVE_MS).length,
  }
}
