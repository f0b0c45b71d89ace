/**
 * The circuit breaker of one account: after failures in a row nobody asks it for a while, then one message at a time tries
 * whether it works again. Pure; times are those of a clock that only runs forward, in ms.
 */
export const BREAKER = {
  /** The longest it is open. */
  longestMs: 300_000,
  /** A probe without an answer counts no longer after this time: the next may try. */
  probeMs: 30_000,
} as const

export interface BreakerTerms {
  /** In a row: then it opens … */
  failures: number
  /** … for so long at first, and twice as long after each probe that failed. */
  openMs: number
}

export type BreakerState = 'closed' | 'open' | 'half_open'

/**
 * `ok`: it answered, also with a refusal of this very message. `broken`: it did not answer, or said that it is down. `dead`: it
 * refuses the account as a whole; every further call would be refused too.
 */
export type Answer = 'ok' | 'broken' | 'dead'

export interface Breaker {
  state(now: number): BreakerState
  /** Nobody asks before; 0 when it may be asked at any time. */
  readonly closedUntil: number
  /** A call leaves; true when it is the probe of one that was open. */
  asked(now: number): boolean
  /** The probe did not leave after all: the next may at once. */
  unasked(): void
  answered(answer: Answer, now: number): void
  /** As new: an operator has changed the account. */
  reset(): void
}

/** @param terms in force at the time of asking */
export function createBreaker(terms: () => BreakerTerms): Breaker {
  let failures = 0
  /** Probes that failed one after the other. */
  let failedProbes = 0
  /** Null while closed. */
  let openUntil: number | null = null
  /** When the probe under way counts no longer. */
  let probeUntil: number | null = null

  function open(now: number): void {
    openUntil = now + Math.min(BREAKER.longestMs, terms().openMs * 2 ** failedProbes)
    probeUntil = null
  }

  function reset(): void {
    failures = 0
    failedProbes = 0
    openUntil = null
    probeUntil = null
  }

  return {
    state: (now) => (openUntil === null ? 'closed' : now < openUntil ? 'open' : 'half_open'),
    get closedUntil() {
      return probeUntil ?? openUntil ?? 0
    },
    asked(now) {
      const probes = openUntil !== null && now >= openUntil
      if (probes) probeUntil = now + BREAKER.probeMs
      return probes
    },
    unasked() {
      probeUntil = null
    },
    answered(answer, now) {
      if (openUntil === null) {
        if (answer === 'ok') failures = 0
        else if (answer === 'dead' || ++failures >= terms().failures) open(now)
        return
      }
      // What was under way when it opened says nothing new, whatever it says.
      if (now < openUntil) return
      if (answer === 'ok') reset()
      else if (probeUntil !== null) {
        failedProbes += 1
        open(now)
      }
    },
    reset,
  }
}
