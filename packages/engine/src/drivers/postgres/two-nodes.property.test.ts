import type { Channel, MessageState } from '@signalbox/contracts'
import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { acceptWrite, entryOf, HOUR, MINUTE, newMessage, settleWrite, T0 } from '../../../test/conformance/support.ts'
import { nodeNamed, openNodeAt, type TestNode } from '../../../test/support/nodes.ts'
import { dropSchema, testDatabaseUrl } from '../../../test/support/postgres-server.ts'
import { newRecord } from '../../../test/support/records.ts'
import { storesOf } from '../../../test/support/stores.ts'
import type { MessageRecord, NewMessage } from '../../messages/record.ts'
import { afterReceipt, isWaiting, mayMove } from '../../messages/states.ts'
import { configOf } from './connect.ts'

/**
 * Whatever two nodes do to a few messages at the same time, and whatever they are told: there must be an order of the moves that
 * were reported which leads from the states before to those after, each a legal one. Beside that everything must add up.
 */

/** A move that was reported, or, of a node that is being ended, one that may have been made. */
interface Move {
  what: string
  from: (state: MessageState) => boolean
  to: MessageState | ((state: MessageState) => MessageState)
  maybe?: true
}

interface Known {
  message: NewMessage
  state: MessageState
  record: MessageRecord | null
  fences: Set<number>
  /** Fences under which a receipt was taken while it was being sent, and those under which it then ended as if there were none. */
  told: Set<number>
  untold: Set<number>
  moves: Move[]
}

type Second = 'there' | 'being ended' | 'over'

const REQUEUED_FROM: readonly MessageState[] = ['failed', 'expired', 'unknown']
const policies = (policy: 'hold' | 'retry'): Record<Channel, 'hold' | 'retry'> => ({
  ...{ sms: policy, email: policy, app: policy, wechat: policy, feishu: policy },
})

/** The hot one of the turn, or any other. */
const pick = fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.nat({ max: 40 }) })
const command = fc.oneof(
  fc.record({
    do: fc.constant('accept' as const),
    delayMs: fc.constantFrom(0, 0, 0, 1),
    ttlMs: fc.constantFrom(null, null, 30_000),
    unowned: fc.boolean(),
    key: fc.constantFrom(null, null, 'a', 'b'),
  }),
  fc.record({ do: fc.constant('claim' as const), pick, fresh: fc.boolean() }),
  fc.record({ do: fc.constant('claim' as const), pick, fresh: fc.boolean() }),
  fc.record({ do: fc.constant('claim' as const), pick, fresh: fc.boolean() }),
  fc.record({
    do: fc.constant('settle' as const),
    pick,
    state: fc.constantFrom('sent' as const, 'failed' as const, 'unknown' as const, 'queued' as const),
  }),
  fc.record({
    do: fc.constant('settle' as const),
    pick,
    state: fc.constantFrom('unknown' as const, 'queued' as const),
  }),
  fc.record({
    do: fc.constant('receipt' as const),
    pick,
    state: fc.constantFrom('delivered' as const, 'failed' as const),
  }),
  fc.record({
    do: fc.constantFrom('hold' as const, 'cancel' as const, 'requeue' as const, 'requeue' as const, 'notSent' as const),
    pick,
  }),
  fc.record({
    do: fc.constantFrom('resolve' as const, 'late' as const),
    pick,
    state: fc.constantFrom('sent' as const, 'failed' as const),
  }),
  fc.record({
    do: fc.constantFrom('promote' as const, 'adopt' as const, 'giveUp' as const, 'wake' as const),
    limit: fc.integer({ min: 1, max: 4 }),
  }),
  fc.record({ do: fc.constant('bulk' as const), picks: fc.array(pick, { minLength: 1, maxLength: 4 }) }),
)
type Command = typeof command extends fc.Arbitrary<infer T> ? T : never

/** How the message stands that most of a turn is about. */
const HOT = ['queued', 'scheduled', 'sending', 'unknown', 'failed', 'sent', 'retry'] as const

/** What both are asked for at once, turn by turn; `ends`: meanwhile the second one is ended. */
const story = fc.array(
  fc.record({
    passMs: fc.constantFrom(0, 1, 45_000, HOUR),
    hot: fc.constantFrom(...HOT),
    hotAt: fc.boolean(),
    commands: fc.array(fc.tuple(fc.boolean(), command), { minLength: 1, maxLength: 10 }),
    ends: fc.constantFrom(null, null, null, null, null, null, 'hold' as const, 'retry' as const),
  }),
  { minLength: 3, maxLength: 10 },
)

describe('two nodes on one schema', () => {
  const schema = storesOf('postgres').make()
  const client = new pg.Client(configOf({ url: testDatabaseUrl(), schema }, 'lookups'))
  let first: TestNode
  let second: TestNode
  let count = 0
  let commands = 0

  beforeAll(async () => {
    first = await openNodeAt(schema, nodeNamed('first'))
    second = await openNodeAt(schema, nodeNamed('second'))
    await client.connect()
  })
  afterAll(async () => {
    await Promise.all([first.store.close(), second.store.close()])
    await client.end()
    await dropSchema(schema)
  })

  /** Asks one node, and notes what it reports. A node that is being ended may have done what it does not say. */
  async function ask(node: TestNode, made: Command, all: Known[], now: number, second: Second): Promise<void> {
    const { store } = node
    const place = { queue: 'message.send', priority: 5, lane: 'sms/api' } as const
    const chosen = (of: number | null) => (of === null ? all.at(-1) : all[of % Math.max(1, all.length)])
    const known = 'pick' in made ? chosen(made.pick) : undefined
    if ('pick' in made && !known) return
    const told = (of: Known | undefined, move: Move) => void of?.moves.push(move)
    const ofId = (id: number) => all.find(({ message }) => message.id === id)
    const waits = (state: MessageState) => isWaiting(state)
    /** Runs it; what cannot be known of it afterwards is only possible. */
    async function run<T>(asked: Promise<T>, done: (result: T) => void, otherwise?: () => void): Promise<void> {
      try {
        done(await asked)
      } catch (error) {
        if (node === first || second === 'there') throw error
        if (second === 'being ended') otherwise?.()
      }
    }
    const maybe = (of: Known | undefined, move: Move) => () => told(of, { ...move, maybe: true })
    if (made.do === 'accept') {
      const dueAt = now + made.delayMs
      const message = newMessage({ acceptedAt: now, dueAt, expiresAt: made.ttlMs === null ? null : dueAt + made.ttlMs })
      const key = made.key && `${made.key} ${count}`
      const idempotency = key === null ? null : { key, bodyHash: 'h', reply: { id: message.id } }
      const each: Known = {
        message,
        state: dueAt > now ? 'scheduled' : 'queued',
        record: null,
        fences: new Set(),
        told: new Set(),
        untold: new Set(),
        moves: [],
      }
      await run(
        store.messages.accept(acceptWrite([message], { unowned: made.unowned, idempotency, now })),
        (result) => {
          if (result.kind === 'accepted') all.push(each)
          if (key !== null)
            keys.set(key, [...(keys.get(key) ?? []), result.kind === 'repeated' ? result.reply : { id: message.id }])
        },
        () => doubtful.push(each),
      )
      return
    }
    if (made.do === 'promote') {
      await run(
        store.queue.promote(now, made.limit),
        ({ entries }) => {
          for (const { id } of entries) told(ofId(id), { what: 'promote', from: waits, to: 'queued' })
        },
        () => {
          for (const each of all) maybe(each, { what: 'promote', from: waits, to: 'queued' })()
        },
      )
      return
    }
    if (made.do === 'wake') return run(store.queue.wake('rate_limit', now, made.limit), () => undefined)
    if (made.do === 'adopt') return run(store.queue.adopt(made.limit, 0), () => undefined)
    if (made.do === 'giveUp') return run(store.queue.giveUp(place, 0, made.limit), () => undefined)
    if (made.do === 'bulk') {
      const ids = [...new Set(made.picks.map((each) => chosen(each)?.message.id ?? 0))]
      const move = {
        what: 'bulk',
        from: (state: MessageState) => state === 'failed' || state === 'expired',
        to: 'queued',
      } as const
      const id = ++actions
      const begun = {
        id,
        action: 'retry',
        filter: {},
        note: '',
        by: null,
        state: 'running',
        total: ids.length,
        moved: 0,
        skipped: 0,
      }
      const rest = {
        nextBefore: null,
        startedAt: now,
        finishedAt: null,
        problem: null,
        undoes: null,
        undone: false,
        interruptions: 0,
      }
      await run(
        store.bulk
          .begin({ ...begun, ...rest } as never)
          .then(() => store.bulk.step({ id, ids, nextBefore: null, action: 'retry', now, note: '' } as never)),
        (moves) => {
          for (const { record } of moves ?? []) told(ofId(record.id), move)
        },
        () => ids.forEach((each) => maybe(ofId(each), move)()),
      )
      return
    }
    const of = known as Known
    const { id } = of.message
    const fence = of.record?.fence ?? 0
    const unknown = (state: MessageState) => state === 'unknown'
    const queued = (state: MessageState) => state === 'queued'
    switch (made.do) {
      case 'claim': {
        const untouched =
          made.fresh && fence === 0 && of.record?.pendingReason === null && of.message.dueAt === of.message.acceptedAt
        const fresh = untouched ? newRecord({ ...of.message, firstDueAt: of.message.dueAt }) : null
        const move = { what: 'claim', from: queued, to: 'sending' } as const
        return run(
          store.messages.claim({ entry: entryOf(of.message), serviceId: 7, now, fresh }),
          (result) => {
            if (result.kind === 'expired') told(of, { ...move, to: 'expired' })
            if (result.kind !== 'claimed') return
            expect(of.fences, `a second claim under fence ${result.record.fence}`).not.toContain(result.record.fence)
            of.fences.add(result.record.fence)
            told(of, move)
          },
          () => {
            maybe(of, move)()
            maybe(of, { ...move, to: 'expired' })()
          },
        )
      }
      case 'settle': {
        const retry = made.state === 'queued' ? { dueAt: now + MINUTE, entry: entryOf(of.message) } : null
        const record = {
          ...of.message,
          fence,
          attempt: fence,
          serviceId: 7,
          firstDueAt: of.message.dueAt,
        } as MessageRecord
        const move = { what: 'settle', from: (state: MessageState) => state === 'sending' }
        return run(
          store.messages.settle(settleWrite(record, made.state, { retry, now })),
          (result) => {
            if (!result) return
            told(of, { ...move, to: result.state })
            if (result.state === 'sent' || result.state === 'unknown') of.untold.add(fence)
          },
          () => (['delivered', made.state] as const).forEach((to) => maybe(of, { ...move, to })()),
        )
      }
      case 'receipt': {
        const move = {
          what: 'receipt',
          from: (state: MessageState) => afterReceipt(state, made.state) !== state,
          to: made.state,
        }
        return run(
          store.messages.receipt({ recordId: id, state: made.state, at: now }, now),
          (result) => {
            if (result?.moved) told(of, move)
            else if (result?.record.state === 'sending') of.told.add(result.record.fence)
          },
          maybe(of, move),
        )
      }
      case 'hold': {
        const hold = { entry: entryOf(of.message), reason: 'rate_limit' as const, dueAt: now + MINUTE, now }
        return run(store.messages.hold(hold), (held) => held && told(of, { what: 'hold', from: queued, to: 'queued' }))
      }
      case 'cancel': {
        const move = { what: 'cancel', from: waits, to: 'cancelled' } as const
        return run(store.messages.cancel(id, now), (result) => result?.moved && told(of, move), maybe(of, move))
      }
      case 'requeue': {
        const move = {
          what: 'requeue',
          from: (state: MessageState) => REQUEUED_FROM.includes(state),
          to: 'queued',
        } as const
        return run(
          store.messages.requeue(id, REQUEUED_FROM, now, 'retry'),
          (result) => result?.moved && told(of, move),
          maybe(of, move),
        )
      }
      case 'notSent': {
        const look = {
          recordId: id,
          at: now,
          attempt: fence,
          serviceId: 7,
          startedAt: now,
          fence,
          answer: 'not_found',
        } as const
        const rest = { code: null, detail: null, providerId: null, deliveredAt: null, maxRetries: 3 }
        return run(
          store.looks.write({ ...look, ...rest }),
          (result) => result?.moved && told(of, { what: 'notSent', from: unknown, to: result.record.state }),
          () => (['queued', 'failed'] as const).forEach((to) => maybe(of, { what: 'notSent', from: unknown, to })()),
        )
      }
      case 'resolve': {
        const to = made.state
        const move = { what: 'resolve', from: unknown, to }
        return run(
          store.messages.resolve(id, to, now, ''),
          (result) => result?.moved && told(of, move),
          maybe(of, move),
        )
      }
      case 'late': {
        const to = made.state
        const write = { id, fence, state: to, providerId: null, errorCode: null, errorMessage: null, now }
        const move = { what: 'late', from: unknown, to }
        return run(store.messages.resolveLate(write), (result) => result && told(of, move), maybe(of, move))
      }
    }
  }

  /** A message of that node as it should stand. */
  async function bring({ store }: TestNode, hot: (typeof HOT)[number], now: number): Promise<Known> {
    const message = newMessage({ acceptedAt: now, dueAt: hot === 'scheduled' ? now + 1 : now })
    await store.messages.accept(acceptWrite([message], { now }))
    const fences = new Set<number>()
    if (hot !== 'queued' && hot !== 'scheduled') {
      const claim = await store.messages.claim({ entry: entryOf(message), serviceId: 7, now })
      if (claim.kind !== 'claimed') throw new Error(`expected a claim, got ${claim.kind}`)
      fences.add(claim.record.fence)
      const retry = { dueAt: now + 1, entry: entryOf(message) }
      if (hot === 'retry') await store.messages.settle(settleWrite(claim.record, 'queued', { retry, now }))
      else if (hot !== 'sending') await store.messages.settle(settleWrite(claim.record, hot, { now }))
    }
    const record = (await store.messages.get(message.id)) as MessageRecord
    return { message, state: record.state, record, fences, told: new Set(), untold: new Set(), moves: [] }
  }

  let keys = new Map<string, unknown[]>()
  const doubtful: Known[] = []
  let actions = 0

  /** After a turn: every message stands where its state says, the moves lead there, and the statistics say the same. */
  async function check(all: Known[]): Promise<void> {
    for (const each of doubtful.splice(0)) if (await first.store.messages.get(each.message.id)) all.push(each)
    const { rows } = await client.query<{ id: number; places: string; owners: (number | null)[] }>(
      `SELECT m.id, concat_ws(' ', (SELECT count(*) FROM queue_entries q WHERE q.id = m.id),
         (SELECT count(*) FROM queue_delays d WHERE d.id = m.id), (SELECT count(*) FROM claims c WHERE c.id = m.id)) AS places,
         ARRAY[(SELECT max(owner) FROM queue_entries q WHERE q.id = m.id), (SELECT max(owner) FROM claims c WHERE c.id = m.id)] AS owners
       FROM messages m WHERE m.id = ANY ($1)`,
      [all.map(({ message }) => message.id)],
    )
    const found = new Map(rows.map((row) => [row.id, row]))
    const owners = [0, ...(await first.store.nodes.list()).map(({ number }) => number + 1), null]
    for (const of of all) {
      const { id } = of.message
      const record = await first.store.messages.get(id)
      const stands = found.get(id)
      if (!record || !stands) throw new Error(`expected message ${id} to be there, got none`)
      const { state } = record
      const places =
        state === 'scheduled'
          ? ['0 1 0']
          : state === 'queued'
            ? ['1 0 0', '0 1 0']
            : state === 'sending'
              ? ['0 0 1']
              : ['0 0 0']
      expect(places, `where ${id} stands as ${state}`).toContain(stands.places)
      for (const owner of stands.owners) expect(owners, `who owns ${id}`).toContain(owner)
      for (const fence of of.told) expect(of.untold, `a receipt of ${id} that is lost`).not.toContain(fence)
      const moved = of.moves.map(({ what, to, maybe }) => `${what} ${String(to)}${maybe ? '?' : ''}`).join(', ')
      expect(leadTo(of.state, state, of.moves), `from ${of.state} to ${state} by: ${moved}`).toBe(true)
      Object.assign(of, { state, record, moves: [] })
    }
    for (const replies of keys.values()) {
      for (const reply of replies) expect(reply).toEqual(replies[0])
    }
    const { states, records, strays } = await first.store.stats.audit(10)
    expect(strays).toEqual([])
    const summed = (of: typeof records) =>
      new Map(of.filter(({ count: n }) => n > 0).map((row) => [row.state, row.count]))
    expect(summed(states.filter(({ state }) => state !== 'accepted') as typeof records)).toEqual(summed(records))
  }

  it('leave every message in one place and in a state that a legal order of what they did explains, whatever they do at once', async () => {
    await fc.assert(
      fc.asyncProperty(story, async (turns) => {
        count += 1
        // A story that failed may have left it ended.
        if (second.ended.length > 0) {
          await second.store.close()
          second = await openNodeAt(schema, nodeNamed('second'))
        }
        keys = new Map()
        const all: Known[] = []
        let now = T0
        for (const { passMs, hot, hotAt, commands: asked, ends } of turns) {
          now += passMs
          commands += asked.length
          all.push(await bring(hotAt ? first : second, hot, now))
          const running = asked.map(([mine, made]) =>
            ask(mine ? first : second, made, all, now, ends ? 'being ended' : 'there'),
          )
          if (ends) {
            const ended = await first.store.nodes.end(second.lease, policies(ends), now)
            for (const { id, state, fence } of ended?.recovered ?? []) {
              if (state === 'unknown') all.find(({ message }) => message.id === id)?.untold.add(fence)
              all
                .find(({ message }) => message.id === id)
                ?.moves.push({ what: 'recover', from: (s) => s === 'sending', to: state })
            }
          }
          await Promise.all(running)
          await check(all)
          if (!ends) continue
          // It does not know yet, and goes on.
          await Promise.all(asked.map(([, made]) => ask(second, made, all, now, 'over')))
          await check(all)
          await second.store.close()
          second = await openNodeAt(schema, nodeNamed('second'))
        }
        // Nothing of this story waits in the next.
        for (const { message } of all) await first.store.messages.cancel(message.id, now)
      }),
      { numRuns: 60 },
    )
    expect(commands).toBeGreaterThan(1_000)
  }, 300_000)
})

/** Whether some order of the moves, with all but those that are only possible, leads from one state to the other. */
function leadTo(from: MessageState, to: MessageState, moves: readonly Move[]): boolean {
  if (from === to && moves.every(({ maybe }) => maybe)) return true
  return moves.some((move, i) => {
    if (!move.from(from)) return false
    const next = typeof move.to === 'function' ? move.to(from) : move.to
    if (next !== from && !mayMove(from, next)) return false
    return leadTo(next, to, [...moves.slice(0, i), ...moves.slice(i + 1)])
  })
}
