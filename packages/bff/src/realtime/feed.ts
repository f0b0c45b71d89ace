/**
 * The live feed: the newest messages as they stand, and what moved since the last tick. Bounded at any message rate:
 * memory by `FEED_ROWS`, `FEED_FAILURES` and the ids of one tick.
 */
import { FEED_FAILURES, FEED_ROWS, type FeedTick, type MessageRow, type MessageState } from '@signalbox/contracts'
import type { MessageRecord } from '@signalbox/engine'

const COUNTED_IDS = 200_000
const FAILURES: readonly MessageState[] = ['failed', 'expired', 'unknown']

export const isFailure = ({ status }: Pick<MessageRow, 'status'>): boolean => FAILURES.includes(status)

/** What moved, and how much of it there was. */
export type FeedMoves = Pick<FeedTick, 'rows' | 'changed' | 'failures'>

export interface Feed {
  /** A message appeared or moved. `collect`: somebody will ask for the next tick. */
  note(record: MessageRecord, collect: boolean): void
  /** Newest first. */
  rows(): MessageRow[]
  /** What moved since the last call: all failures, then the newest others up to `FEED_ROWS` in all. */
  flush(): FeedMoves
}

export function createFeed(present: (record: MessageRecord) => MessageRow): Feed {
  const newest = new Map<number, MessageRecord>()
  const failed = new Map<number, MessageRecord>()
  let changed = new Set<number>()
  let failures = new Set<number>()
  /** The ids of `newest`, ascending. */
  const shown: number[] = []

  function keepNewest(record: MessageRecord): void {
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

  function collectMove(record: MessageRecord): void {
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
    rows: () => sortNewestFirst([...newest.values()]).map(present),
    flush() {
      const room = Math.max(0, FEED_ROWS - failed.size)
      const others = [...newest.values()].filter(({ id }) => changed.has(id) && !failed.has(id))
      const records = sortNewestFirst([...failed.values(), ...sortNewestFirst(others).slice(0, room)])
      const tick = { rows: records.map(present), changed: changed.size, failures: failures.size }
      changed = new Set()
      failures = new Set()
      failed.clear()
      return tick
    },
  }
}

function sortNewestFirst(records: MessageRecord[]): MessageRecord[] {
  return records.sort((a, b) => b.id - a.id)
}
