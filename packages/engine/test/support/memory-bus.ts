import type { Bus } from '../../src/nodes/bus.ts'

/** Between nodes in this process; away, nothing of what is told arrives. */
export function memoryBus(): Bus & { isAway: boolean } {
  const hearing = new Map<string, Set<(payload: unknown) => void>>()
  return {
    isAway: false,
    publish(topic, payload) {
      if (this.isAway) return
      const told: unknown = JSON.parse(JSON.stringify(payload))
      for (const hear of hearing.get(topic) ?? []) hear(told)
    },
    subscribe(topic, hear) {
      const of = hearing.get(topic) ?? new Set()
      hearing.set(topic, of.add(hear))
      return () => of.delete(hear)
    },
  }
}
