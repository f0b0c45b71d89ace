/**
 * Group commit: calls made within one turn of the event loop are one transaction on one connection, and their promises settle
 * after its commit. One is under way at a time; what comes meanwhile leaves together as soon as it is done. Never a timer.
 *
 * When the connection is lost nothing is taken until there is a new one, and of a commit that nobody confirmed the server is
 * asked what became of it. Only where it cannot tell is it unknown, and then nothing is taken any more.
 */
import { EngineError } from '../../errors.ts'
import { EVERYTHING, type StoreChange } from '../../nodes/changes.ts'
import type { Session, SessionEvents } from './connect.ts'
import { decide, type Verdict } from './doubt.ts'
import { NodeEndedError } from './session-locks.ts'
import { dbOf, type Db } from './statement.ts'
import { attempt, LOST, type Appendix, type Outcome } from './transaction.ts'
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

/** Calls in one transaction at most: bounds it, and with it the wait of what comes after. */
const BATCH_CALLS = 2_000
const TRIED_EVERY_MS = 500
/** Tries of what another node is in the way of, with a pause of up to so long between them. */
const CONFLICT_TRIES = 10
const CONFLICT_MS = 20
const RECONNECT_MS = { first: 50, most: 2_000 } as const

export async function openWriter(setup: WriterSetup): Promise<Writer> {
  let calls: Waiting[] = []
  let underWay: Promise<void> | null = null
  let scheduled = false
  let refusal: EngineError | null = null
  let unwritable = false
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

  function end(reason: string): void {
    if (refuse(new NodeEndedError(reason), [])) setup.onEnded(reason)
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
    while (calls.length > 0 && !closedOrGivenUp()) await runBatch(calls.splice(0, BATCH_CALLS))
  }
  const closedOrGivenUp = () => closed.signal.aborted && session.lost

  async function runBatch(batch: Waiting[]): Promise<void> {
    const outcome = await tryOften(batch)
    const oneByOne = outcome.kind === 'failed' || (outcome.kind === 'not-now' && !outcome.everywhere)
    if (!oneByOne || batch.length === 1) return settle(batch, outcome)
    // Only the culprit fails.
    for (const [i, call] of batch.entries()) {
      const alone = await tryOften([call])
      const stuck = alone.kind === 'not-now' && (call.insist || alone.everywhere)
      await settle(stuck ? batch.slice(i) : [call], alone)
      if (stuck) return
      if (!refusal) continue
      for (const rest of batch.slice(i + 1)) rest.reject(refusal)
      return
    }
  }

  /** What another node was in the way of is nobody's fault, and no caller's concern. */
  async function tryOften(batch: readonly Waiting[]): Promise<Outcome> {
    for (let tried = 1; ; tried++) {
      const outcome = await attempt(session, batch, appendix)
      if (outcome.kind !== 'not-now' || !outcome.conflict || tried === CONFLICT_TRIES) return outcome
      await pause(Math.random() * CONFLICT_MS)
    }
  }

  async function settle(batch: Waiting[], outcome: Outcome): Promise<void> {
    switch (outcome.kind) {
      case 'committed':
        setWritable(null)
        for (const call of batch) call.resolve(outcome.results.get(call) as never)
        return
      case 'failed':
        for (const call of batch) call.reject(outcome.error)
        return
      case 'not-now':
        await later(batch, outcome.refused, outcome.lost)
        return
      case 'in-doubt': {
        const verdict = await reconnect(outcome)
        if (verdict === 'committed') await settle(batch, { kind: 'committed', results: outcome.results })
        else if (verdict === 'aborted') await later(batch, LOST, false)
        else giveUp(new Error('a commit of the store was not confirmed: what it wrote is not known'), batch)
      }
    }
  }

  /** Nothing of it was written: what must be goes back in front, in its order; the rest is told. */
  async function later(batch: readonly Waiting[], why: string, lost: boolean): Promise<void> {
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

  /** Until there is a connection, or the store is closed. Whoever asked for a commit in doubt waits as long: refused, what it stored would be nobody's here. */
  async function reconnect(doubt: Extract<Outcome, { kind: 'in-doubt' }> | null): Promise<Verdict> {
    if (refusal) return 'unknown'
    setWritable(LOST)
    refuseWaiting()
    for (let wait: number = RECONNECT_MS.first; !closed.signal.aborted; wait = Math.min(wait * 2, RECONNECT_MS.most)) {
      try {
        if (session.lost) session = await setup.connect(events, session)
        const verdict = doubt ? await decide(doubt.session, doubt.transaction, session) : 'unknown'
        // What was told meanwhile reached nobody.
        setup.onChanged(EVERYTHING)
        setWritable(null)
        return verdict
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
    end,
    close() {
      closing ??= (async () => {
        while (!session.lost && (underWay || calls.length > 0) && !refusal) {
          wake()
          await (underWay ?? new Promise((resolve) => setImmediate(resolve)))
        }
        refusal ??= new EngineError('not_accepting', 'the store is closed')
        closed.abort()
        await underWay
        if (!session.lost) await session.close()
      })()
      return closing
    },
  }
}

function refused(why: string): EngineError {
  return new EngineError('not_accepting', `${why}: nothing was stored`, { retryAfterMs: TRIED_EVERY_MS })
}
