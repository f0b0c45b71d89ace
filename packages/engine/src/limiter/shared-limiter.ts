/**
 * The limiter of a node that shares its limits with others. Whether something passes is asked of the store that they share, in one
 * round trip for all rules of all resources. What is answered at once - waits and quotas - is this node's picture from the last
 * answers: what others took since is not in it, and of a window beside its oldest part no more than the sum.
 *
 * While the store does not answer, this node goes on with its share of each limit, and answers at once. When it is back, it is told
 * what was taken meanwhile: there is no burst.
 */
import type { Clock } from '../clock.ts'
import { createBook, type Counted, type Limited } from './book.ts'
import { limitBy, PASSED, refusing, type LimitDecision, type MemoryLimiter, type Wait } from './limiter.ts'
import { Picture } from './picture.ts'
import type { Rule } from './rules.ts'
import { WHOLE, type Share } from './share.ts'
import { ForgottenError, type LimitStep, type LimitStore } from './store.ts'

export interface SharedLimiterDeps {
  store: LimitStore
  clock: Pick<Clock, 'monotonic'>
  /** Among how many the limits of a resource are shared out while the store does not answer. */
  shareOf(resource: string): Share
  /** A rule that stands in no settings: the interval of an account. */
  ruleOf?(resource: string): Rule | null
  /** Recipients remembered at most. Default 100,000. */
  maxMembers?: number
}

interface Asked extends Counted<Picture> {
  cost: number
}

export function createSharedLimiter(deps: SharedLimiterDeps): MemoryLimiter {
  const { store, clock, ruleOf, maxMembers = 100_000 } = deps
  /** The store gave no answer to what is decided now. */
  let unanswered = false
  const book = createBook<Picture>({
    maxMembers,
    newMeter: (rule, resource, at) => new Picture(rule, resource, at),
    prepare(picture, rule, resource, at) {
      picture.fit(rule, store.isUp && !unanswered ? WHOLE : deps.shareOf(resource), at)
    },
    ...(ruleOf && { ruleOf }),
  })
  const now = () => book.steady(clock.monotonic())

  function listed(found: readonly Limited<Picture>[], cost: number, at: number): Asked[] {
    return found.flatMap((limited) =>
      limited.active.map((rule) => ({
        ...{ resource: limited.resource, rule, meter: book.meter(rule, limited, at) },
        cost: Math.min(cost, rule.maxValue),
      })),
    )
  }

  /** What was refused lately is refused without asking again, also where another rule has to be waited for longer by now. */
  function refusedLately(asked: readonly Asked[], at: number): Wait | null {
    return longest(asked, ({ meter, cost }) => meter.refusal(cost, at))
  }

  /** By this node's share. */
  function takeShare(found: readonly Limited<Picture>[], cost: number, at: number): LimitDecision {
    unanswered = true
    try {
      const refused = book.refusal(found, cost, at)
      if (refused) return refusing(refused)
      const places = book.take(found, cost, at).map((each) => ({ ...each.counted, cost: each.cost }))
      for (const { meter, cost: held } of places) store.keep(meter.name, held)
      return passing(places)
    } finally {
      unanswered = false
      book.sweep(at)
    }
  }

  async function takeShared(found: readonly Limited<Picture>[], cost: number): Promise<LimitDecision> {
    const step = await stepOf(found, cost).catch((error: unknown) => {
      if (error instanceof ForgottenError) return stepOf(found, cost).catch(() => null)
      return null
    })
    if (!step) return takeShare(found, cost, now())
    book.touch(found)
    book.sweep(now())
    const { asked, answer } = step
    if (answer.taken) return passing(asked.filter(({ rule }) => rule.type === 'concurrent'))
    return refusing(longest(asked, (_each, i) => answer.meters[i]?.wait ?? 0) ?? { ms: 1, rule: null })
  }

  async function stepOf(
    found: readonly Limited<Picture>[],
    cost: number,
  ): Promise<{ asked: Asked[]; answer: LimitStep }> {
    const asked = listed(found, cost, now())
    const { generation } = store
    const at = now()
    const givenBack = asked.map(({ meter }) => meter.givenBack)
    const answer = await store.take(asked.map((each) => each.meter.ask(each.cost, generation, at)))
    const { taken } = answer
    for (const [i, { meter, cost: asks }] of asked.entries()) {
      const told = answer.meters[i]
      if (told) meter.learn(told, { cost: asks, taken, generation, givenBack: givenBack[i] ?? 0 }, now())
    }
    return { asked, answer }
  }

  function passing(taken: readonly Asked[]): LimitDecision {
    if (taken.length === 0) return PASSED
    let places = taken
    const release = () => {
      for (const { meter, cost } of places) {
        meter.release(cost)
        store.giveBack(meter.name, cost)
      }
      places = []
    }
    return { ...PASSED, release }
  }

  function take(resource: string | readonly string[], asOf: number, cost = 1): LimitDecision | Promise<LimitDecision> {
    const found = book.find(resource)
    if (found.length === 0) return PASSED
    const at = book.steady(asOf)
    if (!store.isUp) return takeShare(found, cost, at)
    const refused = refusedLately(listed(found, cost, at), at)
    return refused ? refusing(refused) : takeShared(found, cost)
  }

  return {
    take,
    async peek(resource, asOf) {
      const refused = book.refusal(book.find(resource), 1, book.steady(asOf))
      return refused ? refusing(refused) : PASSED
    },
    wait: (resource, asOf, nth = 1) => book.wait(resource, book.steady(asOf), nth),
    quota: (resource, asOf) => book.quota(resource, book.steady(asOf)),
    limit: limitBy(take, clock),
    get version() {
      return book.version
    },
    configure: book.configure,
    rules: book.rules,
    limited: book.limited,
    get tracked() {
      return book.tracked
    },
  }
}

function longest(asked: readonly Asked[], waitOf: (each: Asked, i: number) => number): Wait | null {
  let found: Wait | null = null
  for (const [i, each] of asked.entries()) {
    const ms = waitOf(each, i)
    if (ms > (found?.ms ?? 0)) found = { ms, rule: each.rule }
  }
  return found
}
