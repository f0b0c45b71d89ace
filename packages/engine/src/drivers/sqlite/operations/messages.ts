/** The writes of messages, each running inside the transaction of its batch. */
import type { Db } from '../database.ts'
import type { Tally } from '../tally.ts'
import { acceptOperations } from './accept.ts'
import { attemptOperations } from './attempts.ts'
import { messageRows } from './message-rows.ts'
import { moveOperations } from './moves.ts'

export function messageOperations(db: Db, tally: Tally) {
  const rows = messageRows(db, tally)
  return { ...acceptOperations(db, tally, rows), ...attemptOperations(db, tally, rows), ...moveOperations(db, rows) }
}
