/**
 * The other nodes, as far as they were heard.
 *
 * 1. Tells them what this one has in memory: at every tick while somebody looks at any node, else every 5 s.
 * 2. Holds what they told last. A part that was not followed by another in time is not counted any more.
 * 3. Knows whether the bus carries: what this node says comes back to it.
 */
import type { Bus, Clock } from '@signalbox/engine'
import { readPart, type Part } from './part.ts'

export const PART_TOPIC = 'node.part'

/** While nobody looks: for who looks next, and for the last hour of the wall. */
const QUIET_MS = 5_000
/** Parts that may be missing, and how late one may be, until a node's figures are left out. */
const MISSED = 2
const LATE_MS = 1_500

export interface Peers {
  /** Of the other nodes that are heard. */
  parts(): Part[]
  /** What is looked at on other nodes. */
  lookedAt(): { wall: boolean; feed: boolean }
  /** False while what is said does not arrive: then it is not known how the others stand. */
  readonly carried: boolean
  /** Begins to tell. */
  start(): void
  /** Somebody began to look here: the others hear of it at once. */
  wake(): void
  close(): void
}

export interface PeersDeps {
  bus: Bus
  lease: number
  clock: Pick<Clock, 'monotonic' | 'after'>
  tickMs(): number
  /** As it stands here now; called once for each part that is told. */
  own(): Omit<Part, 'lease' | 'everyMs'>
  /** Called after each part that was told, so that what moved leaves in the same rhythm. */
  onTold?(): void
}

interface Heard {
  part: Part
  at: number
}

export function createPeers({ bus, lease, clock, tickMs, own, onTold }: PeersDeps): Peers {
  const heard = new Map<number, Heard>()
  let toldAt = -Infinity
  /** When the first of what was told and has not come back was told; null: everything came back. */
  let unheardSince: number | null = null
  let looking = { wall: false, feed: false }
  /** When the next one is told. */
  let due = Infinity
  let cancel = (): void => undefined
  let started = false
  let closed = false

  const off = bus.subscribe(PART_TOPIC, (payload) => {
    const part = readPart(payload)
    if (!part || closed) return
    if (part.lease === lease) {
      unheardSince = null
      return
    }
    const news = !heard.has(part.lease)
    heard.set(part.lease, { part, at: clock.monotonic() })
    const busy = isBusy()
    // A node that is new has not heard of this one, and who began to look waits for it.
    if (news || busy) schedule(Math.max(0, toldAt + tickMs() - clock.monotonic()))
  })

  function fresh(): Part[] {
    const now = clock.monotonic()
    for (const [key, { part, at }] of heard) {
      if (now - at > part.everyMs * MISSED + LATE_MS) heard.delete(key)
    }
    return [...heard.values()].map(({ part }) => part)
  }

  const lookedAt = () => {
    const parts = fresh()
    return { wall: parts.some((part) => part.looking.wall), feed: parts.some((part) => part.looking.feed) }
  }

  function isBusy(): boolean {
    const theirs = lookedAt()
    return looking.wall || looking.feed || theirs.wall || theirs.feed
  }

  function tell(): void {
    const part = own()
    looking = part.looking
    const everyMs = isBusy() ? tickMs() : Math.max(QUIET_MS, tickMs())
    toldAt = clock.monotonic()
    unheardSince ??= toldAt
    bus.publish(PART_TOPIC, { ...part, lease, everyMs } satisfies Part)
    onTold?.()
    schedule(everyMs)
  }

  function schedule(inMs: number): void {
    // Before its start what it would tell is not there yet.
    if (closed || !started) return
    const at = clock.monotonic() + inMs
    // Sooner counts; `tell` sets the next one anew.
    if (at >= due) return
    cancel()
    due = at
    cancel = clock.after(inMs, () => {
      due = Infinity
      tell()
    })
  }

  return {
    parts: fresh,
    lookedAt,
    get carried() {
      return unheardSince === null || clock.monotonic() - unheardSince <= LATE_MS
    },
    start() {
      started = true
      schedule(0)
    },
    wake: () => schedule(0),
    close() {
      closed = true
      cancel()
      off()
    },
  }
}
