/** Several nodes that use one quota over one store: any story of them, and how they end. */
import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { accepted, entryOf, settleWrite } from '../../../test/conformance/support.ts'
import { ManualClock } from '../../../test/support/manual-clock.ts'
import { dropSchema, testDatabaseUrl } from '../../../test/support/postgres-server.ts'
import { ACCEPTED, REJECTED } from '../../../test/support/provider.ts'
import { storesOf } from '../../../test/support/stores.ts'
import type { Store } from '../../driver.ts'
import type { MessageRecord } from '../../messages/record.ts'
import { createAccount, type Account, type AccountTerms } from '../../services/account.ts'
import { SETTINGS_DEFAULTS } from '../../settings/defaults.ts'
import { openStore } from './store.ts'

const SECOND = 1_000
/** As often as the engine has its accounts look at their quotas. */
const LOOK = 10 * SECOND
const NODES = ['a', 'b', 'c'] as const
const POLICIES = { sms: 'hold', email: 'hold', app: 'hold', wechat: 'hold', feishu: 'hold' } as const

interface Node {
  store: Store
  account: Account
  /** Reserved or claimed, and not answered yet. */
  open: { reservation: ReturnType<Account['reserve']>; record: MessageRecord }[]
}

/** Nodes of one schema. A story has a service of its own, and an account of it on each. */
async function nodesOf() {
  const schema = storesOf('postgres').make()
  const open = (name: string) =>
    openStore(
      { url: testDatabaseUrl(), schema },
      {
        node: { name, role: 'all', version: '' },
        defaults: SETTINGS_DEFAULTS,
        onCommitUnknown: () => undefined,
      },
      { nodes: 'many' },
    )
  const stores: Store[] = []
  for (const name of NODES) stores.push(await open(name))
  onTestFinished(async () => {
    await Promise.all(stores.map((store) => store.close()))
    await dropSchema(schema)
  })
  return {
    stores,
    /** Ends a node as others do that find it dead, and starts it again. */
    async restart(i: number): Promise<void> {
      const [dead, other] = [stores[i] as Store, stores[(i + 1) % stores.length] as Store]
      await other.nodes.end(dead.nodes.self.lease, POLICIES, 0)
      await dead.close()
      stores[i] = await open(NODES[i] as string)
    },
  }
}

type Cluster = Awaited<ReturnType<typeof nodesOf>>

let services = 0

function story({ stores, restart }: Cluster, quota: number) {
  const serviceId = (services += 1)
  const clock = new ManualClock()
  const terms: AccountTerms = {
    ...{ weight: 1, sendingIntervalMs: 0, dailyQuota: quota, quotaResetAt: '00:00', quotaTimeZone: 'UTC' },
  }
  let highest = quota
  const asked = new Set<Promise<unknown>>()

  function begin(store: Store, used: number): Node {
    const { grant } = store.services
    if (!grant) throw new Error('expected a store of several nodes to grant shares, got none')
    const account = createAccount({
      ...{ name: 'A', terms: { ...terms }, clock, timeZone: () => 'UTC', line: { head: 0 } },
      used: new Map([[today(), used]]),
      breaker: () => ({ failures: Number.MAX_SAFE_INTEGER, openMs: 1 }),
      ask(write) {
        const answer = grant({ serviceId, ...write })
        asked.add(answer)
        void answer.finally(() => asked.delete(answer))
        return answer
      },
      ...{ onReady: () => undefined, onEnded: () => undefined },
      onError(error) {
        throw error
      },
    })
    return { store, account, open: [] }
  }
  const today = () => Math.floor(clock.now() / 86_400_000) * 86_400_000
  const nodes = stores.map((store) => begin(store, 0))

  async function answers(): Promise<void> {
    while (asked.size > 0) await Promise.all(asked)
    // What was asked has its answer; the account learns it in the turn after.
    await new Promise((resolve) => setImmediate(resolve))
  }

  async function send(node: Node): Promise<boolean> {
    if (!node.account.isReady()) return false
    const reservation = node.account.reserve()
    const message = await accepted(node.store)
    const quotaDay = reservation.quotaDay
    const claim = await node.store.messages.claim({ entry: entryOf(message), serviceId, quotaDay, now: clock.now() })
    if (claim.kind !== 'claimed') throw new Error(`expected a claim, got ${claim.kind}`)
    node.open.push({ reservation, record: claim.record })
    return true
  }

  async function answer(node: Node, isSent: boolean): Promise<void> {
    const open = node.open.shift()
    if (!open) return
    const { reservation, record } = open
    const { quotaDay } = reservation
    reservation.answered(isSent ? ACCEPTED : REJECTED)
    await node.store.messages.settle(
      settleWrite(record, isSent ? 'sent' : 'failed', isSent ? {} : { quotaBack: quotaDay }),
    )
  }

  async function used(): Promise<number> {
    const [store] = stores as [Store]
    const uses = await store.services.uses(clock.now())
    return uses.find((use) => use.serviceId === serviceId && use.day === today())?.count ?? 0
  }

  async function look(node: Node): Promise<void> {
    const uses = (await node.store.services.uses(clock.now())).filter((use) => use.serviceId === serviceId)
    await node.account.lookAtQuota(new Map(uses.map(({ day, count, own }) => [day, count - own])))
  }

  async function step(each: Step): Promise<void> {
    const node = nodes[each.node % nodes.length] as Node
    if (each.do === 'send') await send(node)
    if (each.do === 'give up' && node.account.isReady()) node.account.reserve().release()
    if (each.do === 'answer') await answer(node, each.sent)
    if (each.do === 'look') await look(node)
  }

  return {
    nodes,
    answers,
    used,
    look,
    send,
    answer,
    get highest() {
      return highest
    },
    pass: (ms: number) => clock.advance(ms),
    atOnce: (steps: readonly Step[]) => Promise.all(steps.map(step)),
    change(to: number) {
      terms.dailyQuota = to
      highest = Math.max(highest, to)
      for (const { account } of nodes) account.configure('A', { ...terms }, false)
    },
    /** What was with its provider may have been sent, and counts. */
    async kill(i: number) {
      await answers()
      await restart(i)
      const store = stores[i] as Store
      const uses = await store.services.uses(clock.now())
      nodes[i] = begin(store, uses.find((use) => use.serviceId === serviceId && use.day === today())?.own ?? 0)
    },
  }
}

type Step = { do: 'send' | 'give up' | 'look'; node: number } | { do: 'answer'; node: number; sent: boolean }

const node = fc.nat(NODES.length - 1)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('send' as const), node }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('give up' as const, 'look' as const), node }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('answer' as const), node, sent: fc.boolean() }) },
)
type Chapter =
  | { do: 'at once'; steps: Step[] }
  | { do: 'pass'; ms: number }
  | { do: 'quota'; to: number }
  | { do: 'kill'; node: number }
const chapter: fc.Arbitrary<Chapter> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({ do: fc.constant('at once' as const), steps: fc.array(step, { maxLength: 8 }) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(SECOND, LOOK) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('quota' as const), to: fc.integer({ min: 1, max: 20 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('kill' as const), node }) },
)

const GRANTED_UNDER_ANOTHER_QUOTA: Chapter[] = [
  { do: 'at once', steps: [{ do: 'send', node: 2 }] },
  { do: 'at once', steps: [{ do: 'look', node: 2 }] },
  { do: 'quota', to: 2 },
]

/** Every node that may send does, until nobody may: those that send nothing more give back what they have. */
async function useUp(told: ReturnType<typeof story>, quota: number): Promise<void> {
  for (const each of told.nodes) while (each.open.length > 0) await told.answer(each, true)
  const [sender] = told.nodes as [Node]
  // Twice an account must look until it knows that its share was not used; what was asked in vain is asked again later.
  for (let round = 0; round < 10 * (quota + 5) && (await told.used()) < quota; round++) {
    if (await told.send(sender)) await told.answer(sender, true)
    else {
      told.pass(LOOK)
      for (const each of told.nodes) await told.look(each)
    }
    await told.answers()
  }
}

describe('the quota of an account on several nodes', () => {
  it('is never overrun by all of them together, and is used up by whoever has something to send', async () => {
    const cluster = await nodesOf()
    let kills = 0
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 30 }),
        fc.array(chapter, { maxLength: 14 }),
        async (quota, chapters) => {
          const told = story(cluster, quota)
          let now = quota
          for (const each of chapters) {
            if (each.do === 'at once') await told.atOnce(each.steps)
            if (each.do === 'pass') told.pass(each.ms)
            if (each.do === 'quota') told.change((now = each.to))
            if (each.do === 'kill' && kills++ < 20) await told.kill(each.node)
            // Not always: what is asked may be under way while the next begins.
            if (each.do !== 'quota') await told.answers()
            const used = await told.used()
            expect(used).toBeLessThanOrEqual(told.highest)
          }
          await told.answers()
          await useUp(told, now)
          // A quota that was lowered cannot take back what was sent before.
          expect(await told.used()).toBeGreaterThanOrEqual(now)
          expect(await told.used()).toBeLessThanOrEqual(told.highest)
        },
      ),
      { numRuns: 40, examples: [[1, GRANTED_UNDER_ANOTHER_QUOTA]] },
    )
  })

  it('goes to those that are there when a node has left, or was ended with its share unused', async () => {
    const cluster = await nodesOf()
    const [first, leaving, dying] = cluster.stores as [Store, Store, Store]
    const quota = 30
    const told = story(cluster, quota)
    const [sender, ...others] = told.nodes as [Node, ...Node[]]
    for (const each of others) {
      await told.send(each)
      await told.answers()
      await told.send(each)
      expect(each.open).toHaveLength(1)
    }
    await told.answer(others[0] as Node, true)
    await leaving.nodes.leave()
    await first.nodes.end(dying.nodes.self.lease, POLICIES, 0)
    // Only the sender is asked from now on.
    told.nodes.length = 1
    for (let round = 0; round < 4 * quota && (await told.used()) < quota; round++) {
      if (await told.send(sender)) await told.answer(sender, true)
      else told.pass(SECOND)
      await told.answers()
    }
    // With what was claimed by the node that was ended: it may have been sent.
    expect(await told.used()).toBe(quota)
    expect(sender.account.health().quota).toMatchObject({ used: quota, left: 0 })
    expect(await told.send(sender)).toBe(false)
  })
})
