/** The figures of the wall: one snapshot, then ticks on top of it, in the order of `seq` and of one server process. */
import type { MonitorSnapshot, MonitorStats, MonitorTick, Range } from '@signalbox/contracts'

export interface Wall {
  epoch: string
  seq: number
  tickMs: number
  timeZone: string
  demo: boolean
  range: Range
  stats: MonitorStats
}

/** `applied`, an `old` tick that changes nothing, or a `gap`: something was missed, fetch the snapshot. */
export type TickResult = { kind: 'applied'; wall: Wall } | { kind: 'old' } | { kind: 'gap' }

export function wallOf(snapshot: MonitorSnapshot): Wall {
  return {
    epoch: snapshot.epoch,
    seq: snapshot.seq,
    tickMs: snapshot.tick_ms,
    timeZone: snapshot.time_zone,
    demo: snapshot.demo,
    range: snapshot.range,
    stats: snapshot.stats,
  }
}

export function applyTick(wall: Wall, tick: MonitorTick): TickResult {
  if (tick.epoch !== wall.epoch) return { kind: 'gap' }
  if (tick.seq <= wall.seq) return { kind: 'old' }
  if (tick.since > wall.seq) return { kind: 'gap' }
  // A tick carries only the sections that changed after `since`, as they stand now.
  return { kind: 'applied', wall: { ...wall, seq: tick.seq, stats: { ...wall.stats, ...tick.stats } } }
}

/**
 * Ticks that came while the snapshot was on its way, replayed on top of it. Those the snapshot already has are skipped;
 * a hole among the rest is a gap.
 */
export function replay(wall: Wall, ticks: readonly MonitorTick[]): TickResult {
  let current = wall
  for (const tick of ticks) {
    // Left over from a process that is gone.
    if (tick.epoch !== wall.epoch) continue
    const result = applyTick(current, tick)
    if (result.kind === 'gap') return result
    if (result.kind === 'applied') current = result.wall
  }
  return { kind: 'applied', wall: current }
}

/** Nothing was ever accepted and no day has a figure: what helps then is a first step, not empty charts. */
export function isEmpty({ conservation, trend }: MonitorStats): boolean {
  return conservation.accepted === 0 && trend.every(({ sent }) => sent === 0)
}
