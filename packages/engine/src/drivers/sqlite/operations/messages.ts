/** The writes of messages, each running inside the transaction of its batch. */
import type { Db } from '../database.ts'
import type { Partitions } from '../partitions.ts'
import type { RecipientIndex } from '../recipients.ts'
import type { Tally } from '../tally.ts'
import { acceptOperations } from './accept.ts'
import { attemptOperations } from './attempts.ts'
import { messageRows } from './message-rows.ts'
import { moveOperations } from './moves.ts'

export type MessageOperations = ReturnType<typeof messageOperations>

export function messageOperations(db: Db, tally: Tally, partitions: Partitions, recipients: RecipientIndex) {
  const rows = messageRows(db, tally, partitions)
  return {
    ...acceptOperations(db, tally, rows, partitions, recipients),
    ...attemptOperations(db, tally, rows, partitions),
    ...moveOperations(db, rows, partitions),
  }
}
