/**
 * Which service was certain not to have sent a message, so that another is asked first the next time. In memory and only for a while:
 * who is forgotten may be brought to the same service again, as to any.
 */
const REMEMBERED = 10_000

export interface TurnedDown {
  by(id: number, serviceId: number): void
  /** Null: by none, as far as is known. */
  last(id: number): number | null
  forget(id: number): void
}

export function createTurnedDown(capacity = REMEMBERED): TurnedDown {
  const last = new Map<number, number>()
  return {
    by(id, serviceId) {
      const [oldest] = last.keys()
      if (last.size >= capacity && oldest !== undefined) last.delete(oldest)
      last.set(id, serviceId)
    },
    last: (id) => (last.size === 0 ? null : (last.get(id) ?? null)),
    forget(id) {
      if (last.size > 0) last.delete(id)
    },
  }
}
