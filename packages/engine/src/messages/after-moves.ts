/** What follows in memory once the store has moved a message for an operator: its place in the queue, and the event. */
import { laneOf } from '../queue/lane.ts'
import type { Queues } from '../queue/queues.ts'
import type { BulkMove } from './bulk-store.ts'
import type { MessageRecord } from './record.ts'

const QUEUE = 'message.send'

export function createAfterMoves(queues: Queues, changed: (record: MessageRecord) => void) {
  return function afterMove(move: BulkMove): void {
    const { record } = move
    if (move.kind === 'requeued') queues.push([move.entry])
    if (move.kind === 'cancelled') {
      if (move.wasDelayed) queues.undelay()
      else
        queues
          .window(QUEUE)
          .drop({ queue: QUEUE, priority: record.priority, lane: laneOf(record.channel, record.flow), id: record.id })
    }
    changed(record)
  }
}
