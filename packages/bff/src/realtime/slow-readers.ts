import type { MonitorSpace, Viewer } from './viewer.ts'

/** Holds the viewers that have not yet taken the tick before; a broadcast leaves them out. */
export const BEHIND_ROOM = 'behind'
/** Ticks in a row that a viewer may be behind before it is cut; it comes back and catches up. */
const TICKS_BEHIND = 5
/** A viewer that said its link is slow. */
const SLOW_TICKS_BEHIND = 20
const SLOW_ROOMS = ['slow', 'slow:24h', 'slow:7d', 'slow:feed'] as const

/**
 * Called before each broadcast: nobody gets a second tick queued behind an untaken one, so a viewer that does not read
 * costs at most one tick of memory. `volatile` would not do: of two events in one turn it drops the second.
 */
export function createSlowReaders(space: MonitorSpace): { sort(): void } {
  const ticksBehind = new WeakMap<Viewer, number>()
  return {
    sort() {
      for (const viewer of space.sockets.values()) {
        if (viewer.conn.transport.writable) {
          if (ticksBehind.delete(viewer)) void viewer.leave(BEHIND_ROOM)
          continue
        }
        const ticks = (ticksBehind.get(viewer) ?? 0) + 1
        ticksBehind.set(viewer, ticks)
        const allowed = SLOW_ROOMS.some((room) => viewer.rooms.has(room)) ? SLOW_TICKS_BEHIND : TICKS_BEHIND
        if (ticks > allowed) viewer.conn.close(true)
        else void viewer.join(BEHIND_ROOM)
      }
    },
  }
}
