/**
 * What an account may take now: its interval, its quota of the day (`quota.ts`), what its provider asked us to wait, and its
 * breaker. Kept in memory.
 *
 * Whoever wants to send reserves first: a reservation counts at once, so that no two workers share the last place.
 */
import type { FailureCategory, Outcome } from '@signalbox/channels/adapter'
import type { Clock } from '../clock.ts'
import { createBreaker, type Answer, type BreakerState, type BreakerTerms } from './breaker.ts'
import { createQuota, type AskForShare, type QuotaTerms } from './quota.ts'

/** What an operator sets for an account. */
export interface AccountTerms extends QuotaTerms {
  /** 1–100: among accounts of the same priority one of weight 2 is asked twice as often as one of weight 1. */
  weight: number
  /** Least time between two messages, ms. */
  sendingIntervalMs: number
}

export interface AccountRefusal {
  reason: 'no_quota' | 'rate_limit' | 'no_service'
  waitMs: number
  detail: string
}

export interface AccountHealth {
  breaker: BreakerState
  /** Why it is asked nothing now, and until when. Epoch ms. */
  waiting: { reason: AccountRefusal['reason']; until: number; detail: string } | null
  quota: { used: number; left: number; resetsAt: number } | null
  /** Epoch ms; null: not since the start. */
  lastSentAt: number | null
  /** Of the last messages, each counting a twentieth; from 0 to 1, null before the first. */
  successRate: number | null
  /** Messages that are with the provider now. */
  inFlight: number
  /** The last thing that its provider refused or left unanswered. Epoch ms. */
  lastError: { code: string; detail: string; at: number } | null
}

export interface Reservation {
  /** First instant of the day whose quota it uses; null without a quota. The claim counts it, a certain failure gives it back. */
  readonly quotaDay: number | null
  answered(outcome: Outcome): void
  /** Gives back what was not used; nothing once it was answered. */
  release(): void
}

export interface Account {
  /** Cheap: asked for every message and account. `at`: now, read once for many accounts. */
  isReady(at?: Moment): boolean
  /** Null when it is ready. */
  refusal(): AccountRefusal | null
  reserve(): Reservation
  /** Another node has sent: for so many ms its interval is not over. */
  sentElsewhere(waitMs: number): void
  /** Time since its last message, by its weight; ms. */
  waited(at: Moment): number
  /** From 0 to 1; 1 without a quota. */
  quotaLeft(at: Moment): number
  /** From 0 to 1; 1 before the first answer. */
  successRate(): number
  /** Where it stands in the line of its channel: each message moves it back by one part of its weight. The smallest is next. */
  readonly place: number
  health(): AccountHealth
  /** In force at once; `anew`: an operator put it right, so what its provider said counts no longer. */
  configure(name: string, terms: AccountTerms, anew: boolean): void
  /** At once when its provider has nothing, else when it has answered the last. */
  whenIdle(then: () => void): void
  /** See `Quota.look`. */
  lookAtQuota(others: ReadonlyMap<number, number>): Promise<void>
}

const HOUR_MS = 3_600_000
const RATE_LIMITED_MS = 1_000
/** Weight of the newest answer in the success rate. */
const NEWEST = 0.05

const REASONS: Partial<Record<FailureCategory, AccountRefusal['reason']>> = {
  quota: 'no_quota',
  rate_limited: 'rate_limit',
}

type Failure = Extract<Outcome, { status: 'failed' }>

/** The clock that only runs forward, and the wall clock; ms. */
export interface Moment {
  monotonic: number
  now: number
}

/** Where the head of a channel's line is: who was not asked for a while comes back there, and makes up for nothing. */
export interface Line {
  head: number
}

export function createAccount(options: {
  name: string
  terms: AccountTerms
  /** By the first instant of the day, how many it has sent in it. */
  used: ReadonlyMap<number, number>
  /** Of a quota that it shares with other nodes; null: it has all of it. */
  ask: AskForShare | null
  clock: Clock
  timeZone: () => string
  breaker: () => BreakerTerms
  line: Line
  /** It was not ready, and is again before the time that `refusal` told. */
  onReady: () => void
  /** Its provider says that there is no such account any more. */
  onEnded: (because: string) => void
  onError: (error: unknown) => void
}): Account {
  const { clock, line } = options
  const breaker = createBreaker(options.breaker)
  let { name, terms } = options
  const { used, ask, timeZone, onError } = options
  const quota = createQuota({ terms, used, ask, clock, timeZone, changing, onError })
  let place = line.head
  let lastAt = clock.monotonic() - HOUR_MS
  let lastSentAt: number | null = null
  let reservations = 0
  let rate: number | null = null
  let lastError: AccountHealth['lastError'] = null
  /** What last counted against the account itself. */
  let lastFault = ''
  let inFlight = 0
  const whenIdle: (() => void)[] = []
  /** The provider's word: a time of the clock that only runs, and why. */
  let paused: { until: number; reason: AccountRefusal['reason']; detail: string } | null = null
  /** Nothing leaves before, by the clock that only runs: because of what others sent … */
  let elsewhereUntil = 0
  /** … and for any reason. */
  let notBefore = 0

  const moment = (): Moment => ({ monotonic: clock.monotonic(), now: clock.now() })
  const isReady = ({ monotonic, now }: Moment) => monotonic >= notBefore && !quota.isUsedUp(now)

  const intervalUntil = () => Math.max(lastAt + terms.sendingIntervalMs, elsewhereUntil)

  function arrange(): void {
    notBefore = Math.max(intervalUntil(), breaker.closedUntil, paused?.until ?? 0)
  }
  arrange()

  /** Who waits for it is told when it may be asked again after this change. */
  function changing(change: () => void): void {
    const waited = !isReady(moment())
    change()
    arrange()
    if (waited && isReady(moment())) options.onReady()
  }

  function left(): void {
    inFlight -= 1
    if (inFlight === 0) for (const then of whenIdle.splice(0)) then()
  }

  function learn(outcome: Outcome): void {
    if (outcome.status !== 'accepted') lastError = { code: outcome.code, detail: outcome.detail, at: clock.now() }
    if (outcome.status === 'failed' && outcome.endsAccount) options.onEnded(`${outcome.code}: ${outcome.detail}`)
    const answer = answerOf(outcome)
    if (answer === null) return
    if (answer !== 'ok' && outcome.status !== 'accepted') lastFault = outcome.code
    breaker.answered(answer, clock.monotonic())
    rate = (rate ?? 1) * (1 - NEWEST) + (outcome.status === 'accepted' ? NEWEST : 0)
    if (outcome.status === 'failed' && ofAccount(outcome)) pause(outcome)
  }

  /** What the provider asks us to wait; of a limit or a quota without a time, what such things usually take. */
  function pause({ category, code, retryAfterMs }: Failure): void {
    if (category !== 'rate_limited' && category !== 'quota' && retryAfterMs === undefined) return
    const waitMs = retryAfterMs ?? (category === 'quota' ? quota.resetsAt() - clock.now() : RATE_LIMITED_MS)
    const until = clock.monotonic() + waitMs
    if (paused && until <= paused.until) return
    paused = { until, reason: REASONS[category] ?? 'no_service', detail: `${name}: its provider said ${code}` }
  }

  function refusal(): AccountRefusal | null {
    const now = clock.monotonic()
    const held: AccountRefusal[] = []
    const wait = (until: number, reason: AccountRefusal['reason'], detail: string) => {
      if (until > now) held.push({ reason, waitMs: until - now, detail })
    }
    const usedUp = quota.refusal()
    if (usedUp) held.push({ reason: 'no_quota', waitMs: usedUp.waitMs, detail: `${name}: ${usedUp.detail}` })
    wait(
      breaker.closedUntil,
      'no_service',
      `${name} is not asked: it failed again and again, the last time with ${lastFault}`,
    )
    if (paused) wait(paused.until, paused.reason, paused.detail)
    wait(intervalUntil(), 'rate_limit', `${name}: one message every ${terms.sendingIntervalMs} ms`)
    return held.toSorted((a, b) => b.waitMs - a.waitMs)[0] ?? null
  }

  return {
    isReady(at = moment()) {
      quota.wanted(at.now)
      return isReady(at)
    },
    refusal,
    reserve() {
      const before = lastAt
      const now = clock.monotonic()
      lastAt = now
      line.head = Math.max(line.head, place)
      place = line.head + 1 / terms.weight
      reservations += 1
      inFlight += 1
      const number = reservations
      const probes = breaker.asked(now)
      const counted = quota.take()
      arrange()
      let over = false
      return {
        quotaDay: counted,
        answered(outcome) {
          if (over) return
          over = true
          lastSentAt = clock.now()
          changing(() => {
            learn(outcome)
            if (outcome.status === 'failed' && counted !== null) quota.giveBack(counted)
          })
          left()
        },
        release() {
          if (over) return
          over = true
          changing(() => {
            if (counted !== null) quota.giveBack(counted)
            // Nobody was asked: neither an interval nor a probe has begun.
            if (number === reservations) lastAt = before
            if (probes) breaker.unasked()
          })
          left()
        },
      }
    },
    sentElsewhere(waitMs) {
      elsewhereUntil = clock.monotonic() + waitMs
      arrange()
    },
    waited: ({ monotonic }) => (monotonic - lastAt) * terms.weight,
    quotaLeft: ({ now }) => quota.left(now),
    successRate: () => rate ?? 1,
    get place() {
      return place
    },
    health() {
      const held = refusal()
      return {
        breaker: breaker.state(clock.monotonic()),
        waiting: held && { reason: held.reason, detail: held.detail, until: clock.now() + Math.ceil(held.waitMs) },
        quota: quota.health(),
        lastSentAt,
        successRate: rate,
        inFlight,
        lastError,
      }
    },
    whenIdle(then) {
      if (inFlight === 0) then()
      else whenIdle.push(then)
    },
    configure(nextName, next, anew) {
      name = nextName
      changing(() => {
        if (next.sendingIntervalMs !== terms.sendingIntervalMs) elsewhereUntil = 0
        terms = next
        quota.configure(next)
        if (!anew) return
        breaker.reset()
        paused = null
      })
    },
    lookAtQuota: (others) => quota.look(others),
  }
}

/** What an outcome says of the account, not of the message; null when it says nothing. */
function answerOf(outcome: Outcome): Answer | null {
  if (outcome.status === 'accepted') return 'ok'
  if (outcome.status === 'unknown') return outcome.code === 'stopped' ? null : 'broken'
  if (!ofAccount(outcome)) return 'ok'
  if (outcome.category === 'provider_down') return 'broken'
  return outcome.category === 'auth' || outcome.category === 'config' ? 'dead' : 'ok'
}

const ofAccount = ({ scope }: Failure) => scope === 'account' || scope === 'provider'
