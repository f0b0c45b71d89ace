/** The nodes as people see them: what the store says of each, and what it told of itself. */
import type { Node, NodeLoad } from '@signalbox/contracts'
import type { Clock, Cluster, NodeRecord } from '@signalbox/engine'
import type { Instant } from '../../present/instant.ts'
import { oneDecimal } from '../../present/round.ts'
import type { Part } from './part.ts'

/** Two beats that did not come. */
export const SILENT_MS = 6_000
/** A node that ended or left is told of for so long, unless one of its name is there again. */
const REMEMBERED_MS = 10 * 60_000
/** The store is asked no more often. */
const READ_EVERY_MS = 1_000

/** The pool that sends. */
const SENDERS = 'message_sender'

export interface Roster {
  /** By number, those that are gone at the end. At most a second old. */
  list(): Promise<Node[]>
}

export interface RosterDeps {
  cluster: Cluster
  clock: Pick<Clock, 'monotonic'>
  instant: Instant
  /** Of this node too. */
  parts(): readonly Part[]
}

interface Seen {
  record: NodeRecord
  /** Of our own clock: when its beats last moved. */
  at: number
  goneAt: number | null
}

export function createRoster({ cluster, clock, instant, parts }: RosterDeps): Roster {
  const seen = new Map<number, Seen>()
  let readAt = -Infinity
  let reading: Promise<void> | null = null

  async function read(): Promise<void> {
    const records = await cluster.nodes()
    const now = clock.monotonic()
    readAt = now
    const names = new Set(records.map(({ name }) => name))
    for (const record of records) {
      const before = seen.get(record.lease)
      const moved = before?.record.beats !== record.beats
      seen.set(record.lease, { record, at: moved ? now : (before?.at ?? now), goneAt: null })
    }
    const there = new Set(records.map(({ lease }) => lease))
    for (const [lease, each] of seen) {
      if (there.has(lease)) continue
      each.goneAt ??= now
      if (names.has(each.record.name) || now - each.goneAt > REMEMBERED_MS) seen.delete(lease)
    }
  }

  function present({ record, at, goneAt }: Seen): Node {
    const self = record.lease === cluster.self.lease
    const still = self ? 0 : clock.monotonic() - at
    const silent = still >= SILENT_MS
    const part = parts().find(({ lease }) => lease === record.lease)
    return {
      ...{ number: record.number, name: record.name, role: record.role, version: record.version },
      since: instant(record.joinedAt),
      state: goneAt !== null ? 'gone' : silent ? 'silent' : 'ok',
      silent_ms: goneAt !== null || silent ? Math.floor(still / 1000) * 1000 : 0,
      load: part && !silent && goneAt === null ? presentLoad(part) : null,
      leads: goneAt === null && (part?.leads ?? false),
      settings_revision: record.settingsRevision,
      settings_applied_at: instant(record.settingsAppliedAt),
      settings_problems: [...record.settingsProblems],
      self,
    }
  }

  return {
    async list() {
      if (clock.monotonic() - readAt >= READ_EVERY_MS) await (reading ??= read().finally(() => (reading = null)))
      const all = [...seen.values()].sort((a, b) => a.record.number - b.record.number)
      return [...all.filter(({ goneAt }) => goneAt === null), ...all.filter(({ goneAt }) => goneAt !== null)].map(
        present,
      )
    },
  }
}

/** Rounded, so that a quiet node looks the same at every tick. */
function presentLoad({ eventLoopPercent, rates, works, pools, queues, sockets }: Part): NodeLoad {
  const pool = works ? pools[SENDERS] : undefined
  return {
    event_loop_percent: Math.round(eventLoopPercent),
    accepted: oneDecimal(rates.accepted),
    ended: oneDecimal(rates.ended),
    workers: pool ? { active: pool.activeCount, size: pool.poolSize, max: pool.maxPoolSize } : null,
    queued: queues['message.send'].queued,
    sockets,
  }
}
