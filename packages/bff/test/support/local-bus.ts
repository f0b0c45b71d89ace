import type { Bus } from '@signalbox/engine'

export interface LocalBus extends Bus {
  /** While it is away nothing that is said arrives. */
  away: boolean
  /** What was said, by topic. */
  readonly said: [topic: string, payload: unknown][]
}

/** A bus of nodes in one process: what is said is heard at once, as JSON, as from another process. */
export function localBus(): LocalBus {
  const topics = new Map<string, Set<(payload: unknown) => void>>()
  const bus: LocalBus = {
    away: false,
    said: [],
    publish(topic, payload) {
      if (bus.away) return
      const text = JSON.stringify(payload)
      bus.said.push([topic, JSON.parse(text)])
      for (const hear of topics.get(topic) ?? []) hear(JSON.parse(text))
    },
    subscribe(topic, hear) {
      const heard = topics.get(topic) ?? new Set()
      topics.set(topic, heard.add(hear))
      return () => heard.delete(hear)
    },
  }
  return bus
}
