/** A list on screen, and what push makes of it: rows change where they stand, none comes or goes by itself. */
import type { FollowList, ListChange, MessagePage, MessageRow } from '@signalbox/contracts'
import type { FilterQuery } from './filters.ts'

export interface LiveList {
  rows: readonly MessageRow[]
  /** Rows that the filter would not find any more. */
  gone: ReadonlySet<number>
  /** What fits and is not shown. */
  fresh: number
  /** There may be more than `fresh`. */
  more: boolean
}

export function liveListOf({ messages }: Pick<MessagePage, 'messages'>): LiveList {
  return { rows: messages, gone: new Set(), fresh: 0, more: false }
}

export function applyChange(list: LiveList, { rows, gone, fresh, more }: ListChange): LiveList {
  const moved = new Map(rows.map((row) => [row.record_id, row]))
  const left = new Set(gone)
  return {
    rows: list.rows.map((row) => moved.get(row.record_id) ?? row),
    // One that moved and is not among them fits again.
    gone: new Set([...list.gone].filter((id) => !moved.has(id)).concat([...left])),
    fresh,
    more,
  }
}

/** What the server needs to know of a page to keep it up to date. New ones are counted on the first page only. */
export function followed(
  filter: FilterQuery,
  { messages, next_before: next }: MessagePage,
  first: boolean,
): FollowList {
  return {
    filter: filter as FollowList['filter'],
    ids: messages.map(({ record_id }) => record_id),
    after: first ? Math.max(0, (next ?? 1) - 1) : null,
  }
}
