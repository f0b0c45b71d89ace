/**
 * What viewers elsewhere follow, a message that is open or the rows of a list, so that a node tells of those alone when they
 * move, however many move. Whoever hears it reads how the message stands from the store.
 */
import type { Bus, Clock } from '@signalbox/engine'
import { z } from 'zod'

export const FOLLOWS_TOPIC = 'node.follows'
export const TOUCHED_TOPIC = 'node.touched'

/** Changes in quick succession arrive as one. */
const BEAT_MS = 250
/** Said again, for nodes that came since. */
const AGAIN_MS = 5_000
const FORGOTTEN_MS = 3 * AGAIN_MS
/** Of one node: beyond that what is shown catches up when it is looked at again. */
const FOLLOWED_AT_MOST = 5_000

const id = z.int().nonnegative()
const followsSchema = z.object({ lease: id, ids: z.array(id).max(FOLLOWED_AT_MOST), lists: z.boolean() })
const touchedSchema = z.object({ lease: id, ids: z.array(id).max(FOLLOWED_AT_MOST), others: z.boolean() })

export interface Followed {
  /** A message moved here. */
  note(recordId: number): void
  /** What is followed here is not the same any more. */
  changed(): void
  close(): void
}

export interface FollowedDeps {
  bus: Bus
  lease: number
  clock: Pick<Clock, 'monotonic' | 'after'>
  /** What viewers here follow; `lists`: some of them count new messages. */
  follows(): { ids: Iterable<number>; lists: boolean }
  /** These moved at another node; `others`: and some that nobody here shows. */
  onTouched(ids: readonly number[], others: boolean): void
}

interface Interest {
  ids: ReadonlySet<number>
  lists: boolean
  at: number
}

export function createFollowed({ bus, lease, clock, follows, onTouched }: FollowedDeps): Followed {
  const elsewhere = new Map<number, Interest>()
  let touched = new Set<number>()
  let others = false
  let something = false
  const beat = createBeat(clock, BEAT_MS, () => {
    const ids = [...touched].slice(0, FOLLOWED_AT_MOST)
    bus.publish(TOUCHED_TOPIC, { lease, ids, others })
    touched = new Set()
    others = false
  })
  const told = createBeat(clock, BEAT_MS, tell)
  const again = createBeat(clock, AGAIN_MS, tell)

  function tell(): void {
    const { ids, lists } = follows()
    const most = [...ids].slice(0, FOLLOWED_AT_MOST)
    const now = most.length > 0 || lists
    // That nothing is followed any more is said once.
    if (now || something) bus.publish(FOLLOWS_TOPIC, { lease, ids: most, lists })
    something = now
    if (now) again.set()
    else again.cancel()
  }

  const offFollows = bus.subscribe(FOLLOWS_TOPIC, (payload) => {
    const { data } = followsSchema.safeParse(payload)
    if (!data || data.lease === lease) return
    if (data.ids.length === 0 && !data.lists) elsewhere.delete(data.lease)
    else elsewhere.set(data.lease, { ids: new Set(data.ids), lists: data.lists, at: clock.monotonic() })
  })
  const offTouched = bus.subscribe(TOUCHED_TOPIC, (payload) => {
    const { data } = touchedSchema.safeParse(payload)
    if (data && data.lease !== lease) onTouched(data.ids, data.others)
  })

  return {
    note(recordId) {
      // The way of every message while nobody follows anything elsewhere.
      if (elsewhere.size === 0) return
      for (const [key, interest] of elsewhere) {
        if (clock.monotonic() - interest.at > FORGOTTEN_MS) elsewhere.delete(key)
        else if (interest.ids.has(recordId)) touched.add(recordId)
        else if (interest.lists) others = true
      }
      if (touched.size > 0 || others) beat.set()
    },
    changed: () => told.set(),
    close() {
      for (const each of [beat, told, again]) each.cancel()
      offFollows()
      offTouched()
    },
  }
}

/** Calls `fn` once after `ms`, however often it was set meanwhile. */
function createBeat(clock: Pick<Clock, 'after'>, ms: number, fn: () => void): { set(): void; cancel(): void } {
  let cancel: (() => void) | null = null
  return {
    set() {
      cancel ??= clock.after(ms, () => {
        cancel = null
        fn()
      })
    },
    cancel() {
      cancel?.()
      cancel = null
    },
  }
}
