import type { MonitorStats } from '@signalbox/contracts'

/** Remembers the sections of the last tick and gives those that differ. */
export function createSections(): (stats: MonitorStats) => Partial<MonitorStats> {
  const last = new Map<string, string>()
  return (stats) => {
    const changed = Object.entries(stats).filter(([name, section]) => {
      const text = JSON.stringify(section)
      if (last.get(name) === text) return false
      last.set(name, text)
      return true
    })
    return Object.fromEntries(changed)
  }
}
