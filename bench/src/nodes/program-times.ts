/** Processor time by program: of the nodes by themselves, of servers all that run on this machine. Linux only. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'

const SERVERS: Record<string, Program> = { postgres: 'PostgreSQL', 'beam.smp': 'RabbitMQ', 'redis-server': 'Redis' }
export type Program = 'Node' | 'PostgreSQL' | 'RabbitMQ' | 'Redis'
export type ProgramTimes = Partial<Record<Program, number>>

/** By process, clock ticks of 10 ms. */
export type ProcessTimes = ReadonlyMap<number, { program: Program; ticks: number }>

const TICK_US = 10_000

/** @param nodes their process ids */
export function programTimes(nodes: ReadonlySet<number>): ProcessTimes {
  const times = new Map<number, { program: Program; ticks: number }>()
  if (!existsSync('/proc/self/stat')) return times
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry)
    const stat = Number.isInteger(pid) ? read(`/proc/${entry}/stat`) : null
    // `4711 (a name) S 1 …`: a name may have anything in it.
    const [, name, rest] = /^\d+ \((.*)\) (.*)$/s.exec(stat ?? '') ?? []
    const program = nodes.has(pid) ? 'Node' : SERVERS[name ?? '']
    if (!program || rest === undefined) continue
    const fields = rest.split(' ')
    times.set(pid, { program, ticks: Number(fields[11]) + Number(fields[12]) })
  }
  return times
}

/** A process may have ended since it was listed. */
function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

/** Between two looks, µs for each of so many. Processes that came or went between them count with what is known. */
export function timesOf(before: ProcessTimes, after: ProcessTimes, count: number): ProgramTimes {
  const times: ProgramTimes = {}
  for (const [pid, { program, ticks }] of after) {
    const used = ((ticks - (before.get(pid)?.ticks ?? 0)) * TICK_US) / count
    times[program] = (times[program] ?? 0) + used
  }
  return times
}
