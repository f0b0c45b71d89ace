/**
 * What moved at other nodes, for the feed: their rows, presented there, so that no recipient and no variable travels. A batch
 * per tick and node, bounded as the feed is; only while somebody looks at the feed of another node.
 */
import { FEED_FAILURES, FEED_ROWS, messageRowSchema, type MessageRow } from '@signalbox/contracts'
import type { Bus } from '@signalbox/engine'
import { z } from 'zod'
import type { FeedItem, FeedMoves } from '../feed.ts'

export const MOVES_TOPIC = 'node.moves'

/** A row as a node presented it. */
export interface HeardRow extends FeedItem {
  row: MessageRow
}

const count = z.int().nonnegative()
const batchSchema = z.object({
  lease: count,
  rows: z.array(z.unknown()).max(FEED_ROWS + FEED_FAILURES),
  changed: count,
  failures: count,
})
const rowSchema = z.object({ row: messageRowSchema, fence: count, updatedAt: count })

export function tellMoves(bus: Bus, lease: number, moves: FeedMoves<HeardRow>): void {
  if (moves.changed === 0) return
  const rows = moves.rows.map(({ row, fence, updatedAt }) => ({ row, fence, updatedAt }))
  bus.publish(MOVES_TOPIC, { lease, rows, changed: moves.changed, failures: moves.failures })
}

/** Returns how to stop. A row that cannot be read, of a newer version perhaps, is left out. */
export function hearMoves(bus: Bus, lease: number, hear: (moves: FeedMoves<HeardRow>) => void): () => void {
  return bus.subscribe(MOVES_TOPIC, (payload) => {
    const { data } = batchSchema.safeParse(payload)
    if (!data || data.lease === lease) return
    const rows = data.rows.flatMap((each) => {
      const { data: read } = rowSchema.safeParse(each)
      return read ? [{ ...read, id: read.row.record_id, state: read.row.status }] : []
    })
    hear({ rows, changed: data.changed, failures: data.failures })
  })
}
