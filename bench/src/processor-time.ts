/**
 * Processor time that a process has used so far, ms: what a busy machine leaves comparable, unlike anything by the clock. As
 * Linux counts it for each thread; null elsewhere.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'

export interface ProcessorTime {
  mainThread: number
  all: number
}

export function processorTime(pid: number): ProcessorTime | null {
  const tasks = `/proc/${pid}/task`
  if (!existsSync(`${tasks}/${pid}/schedstat`)) return null
  const times = new Map(readdirSync(tasks).map((thread) => [Number(thread), threadTime(`${tasks}/${thread}`)]))
  const all = [...times.values()].reduce((sum, time) => sum + time, 0)
  return { mainThread: times.get(pid) ?? 0, all }
}

/** The first figure of `schedstat` is the time on a processor, ns. A thread may have ended since it was listed. */
function threadTime(folder: string): number {
  try {
    return Number(readFileSync(`${folder}/schedstat`, 'utf8').split(' ', 1)[0]) / 1e6
  } catch {
    return 0
  }
}

/** What was used between two looks, µs for each of so many. */
export function perPiece(
  before: ProcessorTime | null,
  after: ProcessorTime | null,
  count: number,
): ProcessorTime | null {
  if (!before || !after) return null
  const each = (name: keyof ProcessorTime) => ((after[name] - before[name]) * 1000) / count
  return { mainThread: each('mainThread'), all: each('all') }
}
