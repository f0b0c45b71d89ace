/**
 * Lists of messages that viewers have open. Bounded at any message rate: what changed is collected by id for a beat, and
 * then held against each filter once, however many viewers share it; a viewer gets at most its own rows per beat.
 */
import { NEW_AT_MOST, type ListChange, type MessageRow } from '@signalbox/contracts'
import type { BulkFilter, MessageRecord } from '@signalbox/engine'
import { fitsFilter } from './fits-filter.ts'

/** Two changes in quick succession arrive as one. */
const BEAT_MS = 250
/** Beyond this many in a beat, new ones are not counted exactly; rows that are shown are never left out. */
const COLLECTED = 20_000

export interface FollowedList {
  filter: BulkFilter
  ids: ReadonlySet<number>
  after: number | null
}

export interface Lists<V> {
  /** Replaces what the viewer followed before. */
  follow(viewer: V, list: FollowedList): void
  /** How messages stand that may have moved, or come, before it was followed. `more`: there may be more new ones. */
  catchUp(viewer: V, records: readonly MessageRecord[], more: boolean): void
  drop(viewer: V): void
  note(record: MessageRecord): void
  followers(): number
  /** The messages that are shown. */
  shown(): Iterable<number>
  /** Who counts new ones, and after which. */
  counting(): Iterable<[viewer: V, list: FollowedList]>
  close(): void
}

export interface ListsDeps<V> {
  present: (record: MessageRecord) => MessageRow
  tell: (viewer: V, change: ListChange) => void
  /** False while it has not taken what it was told before: it is told later, and more at once. */
  isReady: (viewer: V) => boolean
}

interface Following extends FollowedList {
  key: string
  /** How many new ones were told of. */
  told: number
  more: boolean
  moved: Map<number, MessageRecord>
  /** The new ones that count already; at most `NEW_AT_MOST`. */
  counted: Set<number>
}

export function createLists<V>({ present, tell, isReady }: ListsDeps<V>): Lists<V> {
  const following = new Map<V, Following>()
  /** How many viewers show it. */
  const shown = new Map<number, number>()
  let changed = new Map<number, MessageRecord>()
  let timer: NodeJS.Timeout | null = null

  function count(ids: Iterable<number>, by: 1 | -1): void {
    for (const id of ids) {
      const viewers = (shown.get(id) ?? 0) + by
      if (viewers > 0) shown.set(id, viewers)
      else shown.delete(id)
    }
  }

  function drop(viewer: V): void {
    const list = following.get(viewer)
    if (!list) return
    count(list.ids, -1)
    following.delete(viewer)
    if (following.size === 0) changed.clear()
  }

  function beat(): void {
    timer = null
    const records = [...changed.values()]
    changed = new Map()
    const known = new Map<string, boolean[]>()
    for (const [viewer, list] of following) {
      for (const record of records) if (list.ids.has(record.id)) list.moved.set(record.id, record)
      noteNew(records, list, known)
      if (list.moved.size === 0 && list.counted.size === list.told) continue
      if (isReady(viewer)) say(viewer, list)
      else schedule()
    }
  }

  /** Each counts once, as long as it fits. */
  function noteNew(records: readonly MessageRecord[], list: Following, known: Map<string, boolean[]>): void {
    const { after, key, filter, counted, ids } = list
    if (after === null) return
    const fits = known.get(key) ?? records.map((record) => fitsFilter(filter, record))
    known.set(key, fits)
    for (const [i, { id }] of records.entries()) {
      if (!fits[i]) counted.delete(id)
      else if (id > after && !ids.has(id) && counted.size < NEW_AT_MOST) counted.add(id)
    }
  }

  function say(viewer: V, list: Following): void {
    const moved = [...list.moved.values()]
    const gone = moved.filter((record) => !fitsFilter(list.filter, record)).map(({ id }) => id)
    tell(viewer, {
      rows: moved.map(present),
      gone,
      fresh: list.counted.size,
      more: list.more || list.counted.size >= NEW_AT_MOST,
    })
    list.moved.clear()
    list.told = list.counted.size
  }

  function schedule(): void {
    timer ??= setTimeout(beat, BEAT_MS).unref()
  }

  return {
    follow(viewer, list) {
      drop(viewer)
      count(list.ids, 1)
      const key = JSON.stringify(list.filter)
      following.set(viewer, { ...list, key, told: 0, more: false, moved: new Map(), counted: new Set() })
    },
    catchUp(viewer, records, more) {
      const list = following.get(viewer)
      if (!list) return
      list.more = more
      for (const record of records) if (list.ids.has(record.id)) list.moved.set(record.id, record)
      noteNew(records, list, new Map())
      schedule()
    },
    drop,
    note(record) {
      if (following.size === 0) return
      if (changed.size >= COLLECTED && !shown.has(record.id)) return
      changed.set(record.id, record)
      schedule()
    },
    followers: () => following.size,
    shown: () => shown.keys(),
    counting: () => [...following].filter(([, { after }]) => after !== null),
    close() {
      if (timer) clearTimeout(timer)
      following.clear()
    },
  }
}
