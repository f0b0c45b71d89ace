/** Death in the middle of a checkpoint: with a write of SQLite into the database itself, whose log is being emptied into it. */
import { seededRandom } from '@signalbox/channels'
import { join } from 'node:path'
import type { Exit } from '../rig/child.ts'
import type { Rig } from '../rig/rig.ts'
import { within } from '../rig/wait.ts'
import { attach } from '../system/strace.ts'

/** A checkpoint writes some hundreds of pages: dies with one of the first so many. */
const MOST_WRITES = 400
const REACHED_WITHIN_MS = 30_000

/** The end of a server that was started and runs under load; null when it lived on. */
export async function dieInCheckpoint(rig: Rig, random: ReturnType<typeof seededRandom>): Promise<Exit | null> {
  const when = 1 + Math.floor(random() * MOST_WRITES)
  const written = join(rig.dataFolder, 'signalbox.db')
  const inject = ['-P', written, '-e', 'trace=pwrite64', '-e', `inject=pwrite64:signal=KILL:when=${when}`]
  const server = rig.launch()
  await server.heard('ready')
  await attach(server.pid, inject, join(rig.folder, 'strace.out'))
  return within(REACHED_WITHIN_MS, server.exit)
}
