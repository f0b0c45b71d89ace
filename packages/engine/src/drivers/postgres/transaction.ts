/** One try at one transaction, and every way in which it can end. */
import { noteCommit } from './commits.ts'
import type { Session } from './connect.ts'
import { endsConnection, isConflict, notNow } from './problems.ts'
import { NodeEndedError } from './session-locks.ts'
import { runWave, wavesOf, type Call } from './waves.ts'

export type Outcome =
  | { kind: 'committed'; results: ReadonlyMap<Call, unknown>; number: number }
  /** Nothing was written: a call of it cannot be. */
  | { kind: 'failed'; error: unknown }
  /** Nothing was written, and it may be later. */
  | { kind: 'not-now'; refused: string; lost: boolean; everywhere: boolean; conflict: boolean }
  /** The connection was lost while it was being committed. */
  | { kind: 'in-doubt'; results: ReadonlyMap<Call, unknown>; number: number }
  /** Nothing was written, and nothing ever will be: this node is over. */
  | { kind: 'ended'; why: string }

/** What is written with every transaction, beside its calls. */
export interface Appendix {
  /** Reads what it has to know first; null, nearly always, when there is nothing to wait for. */
  prepare(): Promise<void> | null
  /** Asks everything at once: what is asked after it comes after it, and what is added after it belongs to the next. */
  flush(): Promise<void>
  /** The transaction was rolled back. */
  clear(): void
}

export interface Attempt {
  /** True as soon as its commit was asked for: the next may be begun behind it. False when it is over before that. */
  readonly committing: Promise<boolean>
  readonly outcome: Promise<Outcome>
}

export const LOST = 'expected PostgreSQL to be there, got no connection'

/**
 * @param number above that of every attempt before: what it leaves behind when it is committed
 * @param before one whose commit was asked for on this session and is not confirmed yet: this one is committed only if that was, for
 * what it counts is counted from there
 */
export function attempt(
  session: Session,
  number: number,
  calls: readonly Call[],
  appendix: Appendix,
  before: Promise<Outcome> | null = null,
): Attempt {
  const committing = Promise.withResolvers<boolean>()
  const outcome = run(session, number, calls, appendix, before, () => committing.resolve(true)).finally(() =>
    committing.resolve(false),
  )
  return { committing: committing.promise, outcome }
}

async function run(
  session: Session,
  number: number,
  calls: readonly Call[],
  appendix: Appendix,
  before: Promise<Outcome> | null,
  onCommitting: () => void,
): Promise<Outcome> {
  const { client, db, lease } = session
  const results = new Map<Call, unknown>()
  // What follows is answered after them: nobody waits for each.
  const begun = Promise.all([client.query('BEGIN'), noteCommit(db, lease, number)])
  begun.catch(() => undefined)
  try {
    for (const wave of wavesOf(calls)) await runWave(wave, results)
    await begun
    await appendix.prepare()
    if (before && (await before).kind !== 'committed')
      throw new Error('expected the transaction before to be committed')
  } catch (error) {
    await begun.catch(() => undefined)
    appendix.clear()
    return rollBack(session, error)
  }
  // One journey for both: a commit after a statement that failed undoes the transaction, and says so.
  const flushing = appendix.flush().then(
    () => null,
    (error: unknown) => ({ error }),
  )
  const committing = client.query('COMMIT')
  onCommitting()
  try {
    const { command } = await committing
    const failed = await flushing
    if (failed) throw failed.error
    if (command !== 'COMMIT') throw new Error(`expected PostgreSQL to commit, got ${command}`)
    return { kind: 'committed', results, number }
  } catch (error) {
    const failed = await flushing
    appendix.clear()
    if (session.lost || endsConnection(error) || !isFromServer(error)) {
      session.destroy()
      return { kind: 'in-doubt', results, number }
    }
    // It is over: a server that answers a commit with an error has undone it.
    return undone(failed?.error ?? error)
  }
}

async function rollBack(session: Session, error: unknown): Promise<Outcome> {
  try {
    if (session.lost || endsConnection(error)) throw error
    await session.client.query('ROLLBACK')
  } catch {
    session.destroy()
    return { kind: 'not-now', refused: LOST, lost: true, everywhere: true, conflict: false }
  }
  return undone(error)
}

function undone(error: unknown): Outcome {
  if (error instanceof NodeEndedError) return { kind: 'ended', why: error.message }
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
