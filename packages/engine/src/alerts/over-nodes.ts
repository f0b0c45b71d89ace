/**
 * The alarms of several nodes: one of them judges, by what all of them tell of themselves; the others show what it measured. How
 * an alarm stands is in the store. What is told on the bus may be lost, and is told again within a second.
 */
import { levelsSchema, measuredSchema, type Levels } from '@signalbox/contracts'
import type { Clock } from '../clock.ts'
import type { Bus } from '../nodes/bus.ts'
import type { Measured } from './rules.ts'

export type OwnLevels = Omit<Levels, 'lease'>

export interface OverNodes {
  /** Of this node, to the one that judges. */
  tell(own: OwnLevels): void
  /** Of this node and of those that told lately: all that is ready, and each pool as one. */
  sum(own: OwnLevels): OwnLevels
  /** To those that do not judge. */
  tellMeasured(figures: Record<string, Measured>): void
  /** As the one that judges told it lately; null when it did not. */
  measured(id: string): Measured | null
}

const LEVELS_TOPIC = 'alerts.levels'
const MEASURED_TOPIC = 'alerts.measured'
/** Told every second: what is older is of a node that is gone, or of a bus that is away. */
const LATELY_MS = 5_000

export function createOverNodes(deps: { bus: Bus; lease: number; clock: Pick<Clock, 'monotonic'> }): OverNodes {
  const { bus, lease, clock } = deps
  const others = new Map<number, { levels: Levels; at: number }>()
  let judged: { figures: Record<string, Measured>; at: number } | null = null
  // Until the bus is closed with the store.
  bus.subscribe(LEVELS_TOPIC, (payload) => {
    const read = levelsSchema.safeParse(payload)
    if (read.success && read.data.lease !== lease) {
      others.set(read.data.lease, { levels: read.data, at: clock.monotonic() })
    }
  })
  bus.subscribe(MEASURED_TOPIC, (payload) => {
    const read = measuredSchema.safeParse(payload)
    if (read.success && read.data.lease !== lease) judged = { figures: read.data.figures, at: clock.monotonic() }
  })
  const isRecent = (at: number) => clock.monotonic() - at < LATELY_MS

  return {
    tell: (own) => bus.publish(LEVELS_TOPIC, { lease, ...own } satisfies Levels),
    sum(own) {
      for (const [key, { at }] of others) if (!isRecent(at)) others.delete(key)
      const all = [own, ...[...others.values()].map(({ levels }) => levels)]
      const pools: OwnLevels['pools'] = {}
      for (const [name, { active, max }] of all.flatMap((each) => Object.entries(each.pools))) {
        const sum = (pools[name] ??= { active: 0, max: 0 })
        sum.active += active
        sum.max += max
      }
      return { queued: all.reduce((sum, { queued }) => sum + queued, 0), pools }
    },
    tellMeasured(figures) {
      judged = null
      bus.publish(MEASURED_TOPIC, { lease, figures })
    },
    measured: (id) => (judged && isRecent(judged.at) ? (judged.figures[id] ?? null) : null),
  }
}
