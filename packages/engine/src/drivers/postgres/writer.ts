/**
 * Group commit: calls made within one turn of the event loop are one transaction on one connection, and their promises settle
 * after its commit. What comes meanwhile leaves together as soon as that commit was asked for, and counts only if it is made.
 * Never a timer.
 *
 * When the connection is lost nothing is taken until there is a new one, and of a commit that nobody confirmed the store is
 * asked what became of it. Only where it went back behind what it had confirmed is it unknown, and then nothing is taken any more.
 */
import { EngineError } from '../../errors.ts'
import { EVERYTHING, type StoreChange } from '../../nodes/changes.ts'
import { lastCommit, type Verdict } from './commits.ts'
import type { Session, SessionEvents } from './connect.ts'
import { NodeEndedError } from './session-locks.ts'
import { dbOf, type Db } from './statement.ts'
import { attempt, LOST, type Appendix, type Attempt, type Outcome } from './transaction.ts'
import { createTurns } from './turns.ts'
import type { Call, Gathering, Key } from './waves.ts'

export interface Writer {
  /** The transaction that is under way: for what runs inside a call. */
  readonly db: Db
  /** Beside others that touch none of these. */
  beside<T>(keys: readonly Key[], run: () => Promise<T>, options?: CallOptions): Promise<T>
  /** Alone in its transaction's turn. */
  alone<T>(run: () => Promise<T>, options?: CallOptions): Promise<T>
  /** With others of its kind, in one statement. */
  gathered<I, R>(gathering: Gathering<I, R>, item: I, options?: CallOptions): Promise<R>
  /** What is written with each transaction, beside its calls. */
  append(appendix: Appendix): void
  /** Others write for this node no more: what was called and is not under way is refused, and all that is called later. */
  end(reason: string): void
  /** Settles what was called before. Later calls are refused. */
  close(): Promise<void>
}

interface CallOptions {
  /** The engine itself must get it written: tried again for as long as it cannot be. All else is refused, and its caller may come again. */
  insist?: boolean
}

export interface WriterSetup {
  connect(events: SessionEvents, before?: Session): Promise<Session>
  onChanged(change: StoreChange): void
  onCommitUnknown(error: Error): void
  /** Once: this node is over, and nothing is taken any more. */
  onEnded(reason: string): void
  onWritable(refused: string | null): void
}

interface Waiting extends Call {
  insist: boolean
  resolve(value: never): void
  reject(error: unknown): void
}

/** Calls in a transaction. */
interface Trial extends Attempt {
  batch: Waiting[]
}

/** Calls in one transaction at most: bounds it, and with it the wait of what comes after. */
const BATCH_CALLS = 2_000
const TRIED_EVERY_MS = 500
/** Tries of what another node is in the way of, with a pause of up to so long between them. */
const CONFLICT_TRIES = 10
const CONFLICT_MS = 20
const RECONNECT_MS = { first: 50, most: 500 } as const

export async function openWriter(setup: WriterSetup): Promise<Writer> {
  let calls: Waiting[] = []
  const answers = createTurns()
  let underWay: Promise<void> | null = null
  let scheduled = false
  let refusal: EngineError | null = null
  let unwritable = false
  /** Numbers of transactions: the last that was tried, and the last that is known to be in the store. */
  let tried = 0
  let confirmed = 0
  const closed = new AbortController()
  const events: SessionEvents = { onChanged: setup.onChanged, onLost: () => isOpen && wake() }
  let isOpen = false
  let session = await setup.connect(events)
  isOpen = true
  const db = dbOf((query) => session.client.query(query))
  let appendix: Appendix = { prepare: () => null, flush: () => Promise.resolve(), clear: () => undefined }

  /** What it wrote may or may not be there: nothing is acknowledged, and nothing more is taken. */
  function giveUp(error: Error, batch: readonly Waiting[]): void {
    if (refuse(error, batch)) setup.onCommitUnknown(error)
  }

  function end(reason: string, batch: readonly Waiting[] = []): void {
    if (refuse(new NodeEndedError(reason), batch)) setup.onEnded(reason)
  }

  /** False when everything was refused before. */
  function refuse(error: Error, batch: readonly Waiting[]): boolean {
    const isFirst = refusal === null
    refusal ??= new EngineError('not_accepting', error.message, { cause: error })
    for (const call of [...batch, ...calls]) call.reject(refusal)
    calls = []
    return isFirst
  }

  function take<T>(call: Call, { insist = false }: CallOptions = {}): Promise<T> {
    if (refusal) return Promise.reject(refusal)
    if (unwritable && !insist) return Promise.reject(refused(LOST))
    return new Promise<T>((resolve, reject) => {
      calls.push({ ...call, insist, resolve, reject })
      wake()
    })
  }

  function wake(): void {
    if (scheduled || underWay) return
    scheduled = true
    setImmediate(() => {
      scheduled = false
      if (underWay) return
      underWay = work().finally(() => {
        underWay = null
        if (calls.length > 0 && !refusal) wake()
      })
    })
  }

  async function work(): Promise<void> {
    if (session.lost) await reconnect(null)
    let next: Trial | null = null
    while (next || (calls.length > 0 && !closedOrGivenUp())) {
      const trial: Trial = next ?? begin(null)
      next = (await trial.committing) && isWorthIt(trial.batch) ? begin(trial.outcome) : null
      const outcome = await trial.outcome
      if (outcome.kind !== 'committed' && next) {
        await takeBack(next)
        next = null
      }
      await conclude(trial.batch, outcome)
    }
  }

  /** A few calls would have a transaction of their own, and the many after them wait for it. */
  const isWorthIt = (batch: readonly Waiting[]) => calls.length > 0 && calls.length >= batch.length / 2
  const closedOrGivenUp = () => closed.signal.aborted && session.lost

  /** @param before of the transaction whose commit is under way */
  function begin(before: Promise<Outcome> | null): Trial {
    const batch = calls.splice(0, BATCH_CALLS)
    return { batch, ...tryOnce(batch, before) }
  }

  const tryOnce = (batch: readonly Waiting[], before: Promise<Outcome> | null = null) =>
    attempt(session, ++tried, batch, appendix, before)

  /** It was begun behind a transaction that came to nothing, and so does it: as if it had not been. */
  async function takeBack({ batch, outcome }: Trial): Promise<void> {
    await outcome
    calls = [...batch, ...calls]
  }

  /** @param first what became of them together */
  async function conclude(batch: Waiting[], first: Outcome): Promise<void> {
    const outcome = await tryOften(batch, first)
    const oneByOne = outcome.kind === 'failed' || (outcome.kind === 'not-now' && !outcome.everywhere)
    if (!oneByOne || batch.length === 1) return settle(batch, outcome)
    // Only the culprit fails.
    for (const [i, call] of batch.entries()) {
      const alone = await tryOften([call], await tryOnce([call]).outcome)
      const stuck = alone.kind === 'not-now' && (call.insist || alone.everywhere)
      await settle(stuck ? batch.slice(i) : [call], alone)
      if (stuck) return
      if (!refusal) continue
      for (const rest of batch.slice(i + 1)) rest.reject(refusal)
      return
    }
  }

  /** What another node was in the way of is nobody's fault, and no caller's concern. */
  async function tryOften(batch: readonly Waiting[], first: Outcome): Promise<Outcome> {
    let outcome = first
    for (let i = 1; outcome.kind === 'not-now' && outcome.conflict && i < CONFLICT_TRIES; i++) {
      await pause(Math.random() * CONFLICT_MS)
      outcome = await tryOnce(batch).outcome
    }
    return outcome
  }

  async function settle(batch: Waiting[], outcome: Outcome): Promise<void> {
    switch (outcome.kind) {
      case 'committed':
        confirmed = outcome.number
        setWritable(null)
        answers.add(batch.map((call) => () => call.resolve(outcome.results.get(call) as never)))
        return
      case 'failed':
        for (const call of batch) call.reject(outcome.error)
        return
      case 'not-now':
        await later(batch, outcome.refused, outcome.lost)
        return
      case 'ended':
        end(outcome.why, batch)
        return
      case 'in-doubt': {
        const verdict = await reconnect(outcome.number)
        if (verdict === 'committed') await settle(batch, { ...outcome, kind: 'committed' })
        else if (verdict === 'aborted') await later(batch, LOST, false)
        else giveUp(new Error('a commit of the store was not confirmed: what it wrote is not known'), batch)
      }
    }
  }

  /** Nothing of it was written: what must be goes back in front, in its order; the rest is told. */
  async function later(batch: readonly Waiting[], why: string, lost: boolean): Promise<void> {
    // Nobody writes for it any more, and without a connection nothing would come of trying.
    if (refusal && lost) return void refuse(refusal, batch)
    const again = batch.filter(({ insist }) => insist)
    for (const call of batch) if (!call.insist) call.reject(refused(why))
    if (again.length === 0 && !lost) return
    calls = [...again, ...calls]
    if (lost) await reconnect(null)
    else {
      setWritable(why)
      await pause(TRIED_EVERY_MS)
      // Also when nobody asks: what must be written is tried, and says when it can be.
    }
  }

  /**
   * Until there is a connection, or the store is closed. Whoever asked for a commit in doubt waits as long: refused, what it stored
   * would be nobody's here.
   * @param doubt number of the transaction that nobody confirmed
   */
  async function reconnect(doubt: number | null): Promise<Verdict> {
    if (refusal) return 'unknown'
    setWritable(LOST)
    refuseWaiting()
    for (let wait: number = RECONNECT_MS.first; !closed.signal.aborted; wait = Math.min(wait * 2, RECONNECT_MS.most)) {
      try {
        if (session.lost) session = await setup.connect(events, session)
        const last = await lastCommit(session.db, session.lease)
        if (last === null || (last !== doubt && last !== confirmed)) {
          giveUp(wentBack(last, confirmed), [])
          return 'unknown'
        }
        // What was told meanwhile reached nobody.
        setup.onChanged(EVERYTHING)
        setWritable(null)
        return last === doubt ? 'committed' : 'aborted'
      } catch (error) {
        if (error instanceof NodeEndedError) {
          end(error.message)
          return 'unknown'
        }
        if (!session.lost) session.destroy()
        await pause(wait)
      }
    }
    for (const call of calls) call.reject(refused(LOST))
    calls = []
    return 'unknown'
  }

  /** Who can come again need not wait. */
  function refuseWaiting(): void {
    for (const call of calls) if (!call.insist) call.reject(refused(LOST))
    calls = calls.filter(({ insist }) => insist)
  }

  function setWritable(why: string | null): void {
    if (unwritable === (why !== null)) return
    unwritable = why !== null
    setup.onWritable(why)
  }

  async function pause(ms: number): Promise<void> {
    if (closed.signal.aborted) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms)
      closed.signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true })
    })
  }

  if (session.lost) wake()
  let closing: Promise<void> | null = null
  return {
    db,
    beside: (keys, run, options) => take({ keys, work: { run } }, options),
    alone: (run, options) => take({ keys: null, work: { run } }, options),
    gathered: (gathering, item, options) => {
      const work = { gathering: gathering as unknown as Gathering<never, unknown>, item }
      return take({ keys: gathering.keysOf(item), work }, options)
    },
    append(given) {
      appendix = given
    },
    end: (reason) => end(reason),
    close() {
      closing ??= (async () => {
        while (!session.lost && (underWay || calls.length > 0) && !refusal) {
          wake()
          await (underWay ?? new Promise((resolve) => setImmediate(resolve)))
        }
        refusal ??= new EngineError('not_accepting', 'the store is closed')
        closed.abort()
        await underWay
        await answers.done()
        if (!session.lost) await session.close()
      })()
      return closing
    },
  }
}

function wentBack(last: number | null, confirmed: number): Error {
  const got = last === null ? 'none' : `number ${last}`
  return new Error(
    `expected the last transaction of this node in the store to be number ${confirmed}, which was confirmed, got ${got}: PostgreSQL went back to an earlier state`,
  )
}

function refused(why: string): EngineError {
  return new EngineError('not_accepting', `${why}: nothing was stored`, { retryAfterMs: TRIED_EVERY_MS })
}
