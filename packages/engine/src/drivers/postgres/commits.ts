/**
 * Each transaction of a node writes its number over that of the one before, so the store itself tells what became of a commit that
 * nobody confirmed. The server's own numbers (`pg_xact_status`) do not: those that it had not written down when it died are given
 * to others after its recovery.
 */
import { NodeEndedError } from './session-locks.ts'
import { statement, type Db } from './statement.ts'

/** Made, or not made and never to be; unknown where the store is not what it was. */
export type Verdict = 'committed' | 'aborted' | 'unknown'

const note = statement<[number, number]>('UPDATE node_commits SET number = $2 WHERE lease = $1')
const confirm = statement<[number], { number: number }>(
  'UPDATE node_commits SET number = number WHERE lease = $1 RETURNING number',
)

/** In the transaction itself. Rejects with `NodeEndedError` when there is no such lease any more. */
export async function noteCommit(db: Db, lease: number, number: number): Promise<void> {
  if ((await db.run(note, lease, number)) === 1) return
  throw new NodeEndedError(`this node is over (lease ${lease}): it may write no more`)
}

/**
 * On a connection that holds the lease: nothing that another was committing for it is under way. Null: no such lease. Written once
 * more, so that it is told when it is as safe as every commit: a standby that each has to wait for may not have it yet.
 */
export async function lastCommit(db: Db, lease: number): Promise<number | null> {
  return (await db.one(confirm, lease))?.number ?? null
}
