/** The one of several nodes that does what is to be done once: where there is only one, that one. */
import type { Clock } from '../clock.ts'
import { createDuties, type Duties } from '../duties.ts'
import { EngineError } from '../errors.ts'
import type { Locks } from '../lock/lock.ts'

const LOCK = 'leader'
/** A leader that is gone is followed after this time at the latest. */
const LEASE_MS = 10_000
const TRIED_EVERY_MS = 2_000

export interface Leader {
  readonly leads: boolean
  /** `begin` tells what is done for as long as this node leads; called each time that it begins to. */
  start(begin: (duties: Duties) => Promise<void> | void): Promise<void>
  /** Gives the lead to another. Idempotent. */
  stop(): Promise<void>
}

export function createLeader(deps: {
  shared: boolean
  /** While false it leaves the lead to others, and gives it up when it has it. */
  mayLead: () => boolean
  locks: Locks
  clock: Clock
  onError: (where: string, error: unknown) => void
}): Leader {
  const { locks, clock, onError } = deps
  const stopping = new AbortController()
  let leads = false
  let leading: Promise<void> = Promise.resolve()

  async function lead(signal: AbortSignal, begin: (duties: Duties) => Promise<void> | void): Promise<void> {
    const duties = createDuties(clock, onError)
    leads = true
    signal.addEventListener('abort', () => {
      leads = false
      duties.stop()
    })
    try {
      await begin(duties)
    } catch (error) {
      onError(LOCK, error)
    }
  }

  /** Until the lock is lost, or this node stops. */
  async function leadUnderLock(begin: (duties: Duties) => Promise<void> | void): Promise<void> {
    const resigning = new AbortController()
    const signal = AbortSignal.any([stopping.signal, resigning.signal])
    const led = (duties: Duties) => {
      duties.every(TRIED_EVERY_MS, LOCK, () => {
        if (!deps.mayLead()) resigning.abort()
      })
      return begin(duties)
    }
    try {
      await locks.using(LOCK, { ttl: LEASE_MS, signal }, async (until) => {
        const ended = new Promise((resolve) => until.addEventListener('abort', resolve))
        await lead(until, led)
        if (!until.aborted) await ended
      })
    } catch (error) {
      const isTaken = error instanceof EngineError && error.reason === 'conflict'
      if (!isTaken && !signal.aborted) onError(LOCK, error)
    }
  }

  async function tryAgainAndAgain(begin: (duties: Duties) => Promise<void> | void): Promise<void> {
    while (!stopping.signal.aborted) {
      if (deps.mayLead()) await leadUnderLock(begin)
      if (!stopping.signal.aborted) await pause()
    }
  }

  function pause(): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        cancel()
        stopping.signal.removeEventListener('abort', done)
        resolve()
      }
      const cancel = clock.after(TRIED_EVERY_MS, done)
      stopping.signal.addEventListener('abort', done)
    })
  }

  return {
    get leads() {
      return leads
    },
    async start(begin) {
      if (deps.shared) leading = tryAgainAndAgain(begin)
      else await lead(stopping.signal, begin)
    },
    async stop() {
      stopping.abort()
      await leading
    },
  }
}
