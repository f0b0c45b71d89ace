/**
 * The live feed: the newest messages as they stand, and what moved since the last tick. Bounded at any message rate:
 * memory by `FEED_ROWS`, `FEED_FAILURES` and the ids of one tick.
 */
import { FEED_FAILURES, FEED_ROWS, type FeedTick, type MessageRow, type MessageState } from '@signalbox/contracts'

const COUNTED_IDS = 200_000
const FAILURES: readonly MessageState[] = ['failed', 'expired', 'unknown']

export const isFailure = ({ status }: Pick<MessageRow, 'status'>): boolean => FAILURES.includes(status)

/** What moved, and how much of it there was. */
export interface FeedMoves<R = MessageRow> extends Pick<FeedTick, 'changed' | 'failures'> {
  rows: R[]
}

/** How a message stands, here or as another node told it. */
export interface FeedItem {
  id: number
  state: MessageState
  fence: number
  updatedAt: number
}

export interface Feed<T extends FeedItem, R = MessageRow> {
  /** A message appeared or moved. `collect`: somebody will ask for the next tick. */
  note(record: T, collect: boolean): void
  /** The same as it was heard or read: left out where a later one, or this one, was noted before. */
  noteLater(record: T, collect: boolean): void
  /** So many more moved at other nodes than rows of them came. */
  count(more: { changed: number; failures: number }): void
  /** Newest first. */
  rows(): R[]
  /** What moved since the last call: all failures, then the newest others up to `FEED_ROWS` in all. */
  flush(): FeedMoves<R>
}

export function createFeed<T extends FeedItem, R = MessageRow>(present: (record: T) => R): Feed<T, R> {
  const newest = new Map<number, T>()
  const failed = new Map<number, T>()
  let changed = new Set<number>()
  let failures = new Set<number>()
  let elsewhere = { changed: 0, failures: 0 }
  /** The ids of `newest`, ascending. */
  const shown: number[] = []

  function keepNewest(record: T): void {
    const { id } = record
    if (!newest.has(id)) {
      if (shown.length >= FEED_ROWS) {
        if (id < (shown[0] as number)) return
        newest.delete(shown.shift() as number)
      }
      // Ids grow, so that a new one belongs at the end, or near it.
      let at = shown.length
      while (at > 0 && (shown[at - 1] as number) > id) at--
      shown.splice(at, 0, id)
    }
    newest.set(id, record)
  }

  function collectMove(record: T): void {
    if (changed.size < COUNTED_IDS) changed.add(record.id)
    failed.delete(record.id)
    if (!FAILURES.includes(record.state)) {
      failures.delete(record.id)
      return
    }
    if (failures.size < COUNTED_IDS) failures.add(record.id)
    failed.set(record.id, record)
    if (failed.size > FEED_FAILURES) failed.delete(failed.keys().next().value as number)
  }

  return {
    note(record, collect) {
      keepNewest(record)
      if (collect) collectMove(record)
    },
    noteLater(record, collect) {
      const known = newest.get(record.id) ?? failed.get(record.id)
      if (known && !isLater(record, known)) return
      keepNewest(record)
      if (collect) collectMove(record)
    },
    count(more) {
      elsewhere = { changed: elsewhere.changed + more.changed, failures: elsewhere.failures + more.failures }
    },
    rows: () => sortNewestFirst([...newest.values()]).map(present),
    flush() {
      const room = Math.max(0, FEED_ROWS - failed.size)
      const others = [...newest.values()].filter(({ id }) => changed.has(id) && !failed.has(id))
      const records = sortNewestFirst([...failed.values(), ...sortNewestFirst(others).slice(0, room)])
      const tick = {
        rows: records.map(present),
        changed: changed.size + elsewhere.changed,
        failures: failures.size + elsewhere.failures,
      }
      changed = new Set()
      failures = new Set()
      elsewhere = { changed: 0, failures: 0 }
      failed.clear()
      return tick
    },
  }
}

/**
 * By the number of its claim first: clocks of nodes may differ by more than a message takes. Within one claim it is being sent
 * before anything else became of it.
 */
function isLater(one: FeedItem, than: FeedItem): boolean {
  if (one.fence !== than.fence) return one.fence > than.fence
  if (one.state === than.state) return one.updatedAt > than.updatedAt
  if (one.state === 'sending' || than.state === 'sending') return than.state === 'sending'
  return one.updatedAt >= than.updatedAt
}

function sortNewestFirst<T extends FeedItem>(records: T[]): T[] {
  return records.sort((a, b) => b.id - a.id)
}
