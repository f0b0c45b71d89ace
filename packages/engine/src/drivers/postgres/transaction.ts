/** One try at one transaction, and every way in which it can end. */
import type { Session } from './connect.ts'
import { endsConnection, isConflict, notNow } from './problems.ts'
import { statement } from './statement.ts'
import { runWave, wavesOf, type Call } from './waves.ts'

export type Outcome =
  | { kind: 'committed'; results: ReadonlyMap<Call, unknown> }
  /** Nothing was written: a call of it cannot be. */
  | { kind: 'failed'; error: unknown }
  /** Nothing was written, and it may be later. */
  | { kind: 'not-now'; refused: string; lost: boolean; everywhere: boolean; conflict: boolean }
  /** The connection was lost while it was being committed. */
  | { kind: 'in-doubt'; results: ReadonlyMap<Call, unknown>; transaction: string; session: Session }

/** What is written with every transaction, beside its calls. */
export interface Appendix {
  /** Reads what it has to know first; null, nearly always, when there is nothing to wait for. */
  prepare(): Promise<void> | null
  /** Asks everything at once: what is asked after it comes after it. */
  flush(): Promise<void>
  /** The transaction was rolled back. */
  clear(): void
}

const transactionId = statement<[], { id: string }>('SELECT pg_current_xact_id()::text AS id')
export const LOST = 'expected PostgreSQL to be there, got no connection'

export async function attempt(session: Session, calls: readonly Call[], appendix: Appendix): Promise<Outcome> {
  const { client, db } = session
  const results = new Map<Call, unknown>()
  let transaction: string
  // What follows is answered after them: nobody waits for each.
  const begun = Promise.all([client.query('BEGIN'), db.one(transactionId)])
  begun.catch(() => undefined)
  try {
    for (const wave of wavesOf(calls)) await runWave(wave, results)
    transaction = (await begun)[1]?.id ?? ''
    await appendix.prepare()
  } catch (error) {
    await begun.catch(() => undefined)
    return undo(session, appendix, error)
  }
  // One journey for both: a commit after a statement that failed undoes the transaction, and says so.
  const flushing = appendix.flush().then(
    () => null,
    (error: unknown) => ({ error }),
  )
  try {
    const { command } = await client.query('COMMIT')
    const failed = await flushing
    if (failed) return await undo(session, appendix, failed.error)
    if (command !== 'COMMIT') throw new Error(`expected PostgreSQL to commit, got ${command}`)
    return { kind: 'committed', results }
  } catch (error) {
    await flushing
    appendix.clear()
    if (session.lost || endsConnection(error) || !isFromServer(error)) {
      session.destroy()
      return { kind: 'in-doubt', results, transaction, session }
    }
    // A server that answers a commit with an error has undone it.
    return undo(session, appendix, error)
  }
}

async function undo(session: Session, appendix: Appendix, error: unknown): Promise<Outcome> {
  appendix.clear()
  try {
    if (session.lost || endsConnection(error)) throw error
    await session.client.query('ROLLBACK')
  } catch {
    session.destroy()
    return { kind: 'not-now', refused: LOST, lost: true, everywhere: true, conflict: false }
  }
  const refused = notNow(error)
  if (!refused) return { kind: 'failed', error }
  return {
    kind: 'not-now',
    refused: refused.why,
    lost: false,
    everywhere: refused.everywhere,
    conflict: isConflict(error),
  }
}

/** Told by the server, with a code; a deadline of our own has none. */
function isFromServer(error: unknown): boolean {
  return typeof (error as { severity?: unknown }).severity === 'string'
}
