/**
 * The quota of an account: how many messages it has sent in the day, and how many it may. Kept in memory; the store counts the
 * use with the claims.
 *
 * A node that has the store to itself may use all of it. Of several each uses its share: what the store has granted it. It asks for
 * more before it runs out and gives back what it does not use, and what is granted to all is never more than the quota.
 */
import type { Clock } from '../clock.ts'
import { quotaDay, type QuotaDay } from './quota-day.ts'
import type { Grant, GrantWrite } from './services.ts'

export interface QuotaTerms {
  /** Messages per day; null: as many as come. */
  dailyQuota: number | null
  /** HH:MM, when the day of the quota begins … */
  quotaResetAt: string
  /** … in this zone; null: the zone of the display. */
  quotaTimeZone: string | null
}

/** Asks the store for a share of one account's quota. */
export type AskForShare = (write: Omit<GrantWrite, 'serviceId'>) => Promise<Grant>

export interface Quota {
  /** Cheap: asked for every message and account. */
  isUsedUp(now: number): boolean
  /** There is a message that it could send: asks for a larger share in time. */
  wanted(now: number): void
  /** Counts one; its day, null without a quota. */
  take(): number | null
  giveBack(day: number): void
  /** Null while it is not used up. */
  refusal(): { waitMs: number; detail: string } | null
  /** From 0 to 1; 1 without a quota. */
  left(now: number): number
  /** By all nodes, as far as is known here. Null without a quota. */
  health(): { used: number; left: number; resetsAt: number } | null
  /** Epoch ms. */
  resetsAt(): number
  configure(terms: QuotaTerms): void
  /** Gives back a share that is not used, and asks again for one that was not to be had. `others`: what other nodes have used, by day. */
  look(others: ReadonlyMap<number, number>): Promise<void>
}

interface Day {
  used: number
  /** What it may use in all; of no meaning without other nodes. */
  share: number
  /** The store may count more for it: until it was asked again that is lost to the others. */
  mayHoldMore: boolean
  others: number
}

/** Of more than one day, should the wall clock be put back. */
const DAYS_KEPT = 4
/** After it got nothing: while others have shares that they may give back, and once all is used. */
const ASKED_AGAIN_MS = { held: 1_000, used: 10_000 } as const

export function createQuota(options: {
  terms: QuotaTerms
  /** By the first instant of the day, how many this node has sent in it. */
  used: ReadonlyMap<number, number>
  /** Null: all of it is this node's. */
  ask: AskForShare | null
  clock: Clock
  timeZone: () => string
  /** Makes a change after which it may not be used up any more. */
  changing: (change: () => void) => void
  onError: (error: unknown) => void
}): Quota {
  const { ask, clock, changing } = options
  let { terms } = options
  const days = new Map<number, Day>()
  for (const [from, used] of options.used) days.set(from, { used, share: 0, mayHoldMore: false, others: 0 })
  let today: QuotaDay | null = null
  /** Monotonic. */
  let notAskedBefore = 0
  let asking = false
  /** What was granted last. */
  let portion = 0
  let configured = 0
  /** Since it looked last. */
  const since = { taken: false, granted: false, refused: false }

  function dayAt(now = clock.now()): QuotaDay {
    if (!today || now < today.from || now >= today.to) {
      today = quotaDay(terms.quotaResetAt, terms.quotaTimeZone ?? options.timeZone(), now)
    }
    return today
  }

  function of(from: number): Day {
    let day = days.get(from)
    if (!day) {
      days.set(from, (day = { used: 0, share: 0, mayHoldMore: false, others: 0 }))
      const [oldest] = days.keys()
      if (days.size > DAYS_KEPT && oldest !== undefined) days.delete(oldest)
    }
    return day
  }

  /** How many it may still send. */
  function room({ used, share }: Day): number {
    if (terms.dailyQuota === null) return Number.POSITIVE_INFINITY
    return (ask ? Math.min(share, terms.dailyQuota) : terms.dailyQuota) - used
  }

  const isUsedUp = (now: number) => terms.dailyQuota !== null && room(of(dayAt(now).from)) <= 0

  async function askFor(from: number, more: boolean): Promise<void> {
    const quota = terms.dailyQuota
    if (!ask || quota === null || asking) return
    const day = of(from)
    const keeps = Math.max(day.share, day.used)
    const asked = configured
    asking = true
    try {
      const { upTo, others, held } = await ask({ day: from, quota, keeps, more })
      portion = upTo - keeps
      day.others = others
      since.granted ||= portion > 0
      const nothing = more && portion <= 0
      if (nothing) notAskedBefore = clock.monotonic() + (held > 0 ? ASKED_AGAIN_MS.held : ASKED_AGAIN_MS.used)
      // By another quota: what it may use is asked anew.
      day.mayHoldMore = asked !== configured
      if (!day.mayHoldMore) changing(() => (day.share = upTo))
    } catch (error) {
      day.mayHoldMore = true
      notAskedBefore = clock.monotonic() + ASKED_AGAIN_MS.held
      options.onError(error)
    } finally {
      asking = false
    }
  }

  return {
    isUsedUp,
    wanted(now) {
      if (!ask || terms.dailyQuota === null) return
      const { from } = dayAt(now)
      const left = room(of(from))
      since.refused ||= left <= 0
      if (asking || left > portion / 2 || clock.monotonic() < notAskedBefore) return
      void askFor(from, true)
    },
    take() {
      if (terms.dailyQuota === null) return null
      const { from } = dayAt()
      of(from).used += 1
      since.taken = true
      return from
    },
    giveBack(from) {
      of(from).used -= 1
    },
    refusal() {
      const now = clock.now()
      if (terms.dailyQuota === null || !isUsedUp(now)) return null
      const { from, to } = dayAt(now)
      const { used, others } = of(from)
      const quota = `quota of ${terms.dailyQuota} messages a day`
      if (!ask || used + others >= terms.dailyQuota) return { waitMs: to - now, detail: `its ${quota} is used up` }
      return { waitMs: Math.min(to - now, ASKED_AGAIN_MS.held), detail: `waits for its share of the ${quota}` }
    },
    left(now) {
      if (terms.dailyQuota === null) return 1
      const { used, others } = of(dayAt(now).from)
      return Math.max(0, 1 - (used + others) / terms.dailyQuota)
    },
    health() {
      if (terms.dailyQuota === null) return null
      const { from, to } = dayAt()
      const used = of(from).used + of(from).others
      return { used, left: Math.max(0, terms.dailyQuota - used), resetsAt: to }
    },
    resetsAt: () => dayAt().to,
    configure(next) {
      const isSame =
        next.dailyQuota === terms.dailyQuota &&
        next.quotaResetAt === terms.quotaResetAt &&
        next.quotaTimeZone === terms.quotaTimeZone
      terms = next
      // The zone of the display may be another one, too.
      today = null
      if (isSame) return
      // What it had was a share of another quota.
      configured += 1
      notAskedBefore = 0
      for (const day of days.values()) {
        day.mayHoldMore ||= day.share > day.used
        day.share = Math.min(day.share, day.used)
      }
    },
    async look(others) {
      if (!ask || terms.dailyQuota === null) return
      const { from } = dayAt()
      const day = of(from)
      day.others = others.get(from) ?? 0
      const { taken, granted, refused } = since
      Object.assign(since, { taken: false, granted: false, refused: false })
      if (room(day) <= 0) {
        if (refused || day.mayHoldMore) await askFor(from, refused)
        return
      }
      if (taken || granted || asking) return
      day.share = day.used
      await askFor(from, false)
    },
  }
}
