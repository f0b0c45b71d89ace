import { CHANNELS, MESSAGE_STATES, type MessageState } from '@signalbox/contracts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Store } from '../../src/driver.ts'
import type { MessageRecord } from '../../src/messages/record.ts'
import { afterReceipt, isEnded, isWaiting } from '../../src/messages/states.ts'
import type { NewMessage } from '../../src/messages/store.ts'
import { newRecord } from '../support/records.ts'
import {
  acceptWrite,
  entryOf,
  HOUR,
  MINUTE,
  newMessage,
  nextId,
  settleWrite,
  T0,
  useDriver,
  type OpenDriver,
  type OpenedDriver,
} from './support.ts'

/** What the store should know of a message, in a few lines. */
interface Model {
  message: NewMessage
  state: MessageState
  where: 'ready' | 'delayed' | null
  dueAt: number
  expiresAt: number | null
  fence: number
  /** It has a row of its own since it was accepted: the accepted record is no longer all there is to it. */
  held: boolean
  receipt: 'delivered' | 'read' | 'failed' | null
}

const pick = fc.nat()
const step = fc.oneof(
  fc.record({
    do: fc.constant('accept' as const),
    channel: fc.constantFrom(...CHANNELS.slice(0, 3)),
    delayMs: fc.constantFrom(0, 0, 90_000),
    ttlMs: fc.constantFrom(null, null, 60_000),
    inTask: fc.boolean(),
  }),
  fc.record({ do: fc.constant('claim' as const), pick, fresh: fc.boolean() }),
  fc.record({ do: fc.constant('claim' as const), pick, fresh: fc.boolean() }),
  fc.record({
    do: fc.constant('settle' as const),
    pick,
    state: fc.constantFrom('sent' as const, 'failed' as const, 'unknown' as const, 'queued' as const),
    stale: fc.constantFrom(false, false, false, true),
  }),
  fc.record({
    do: fc.constant('receipt' as const),
    pick,
    state: fc.constantFrom('delivered' as const, 'read' as const, 'failed' as const),
  }),
  fc.record({ do: fc.constant('hold' as const), pick }),
  fc.record({ do: fc.constant('cancel' as const), pick }),
  fc.record({ do: fc.constant('requeue' as const), pick }),
  fc.record({
    do: fc.constantFrom('resolve' as const, 'late' as const),
    pick,
    state: fc.constantFrom('sent' as const, 'failed' as const),
  }),
  fc.record({ do: fc.constant('promote' as const), limit: fc.integer({ min: 1, max: 3 }) }),
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** Each turn: time passes, then all its steps are asked for at once, so that they share a transaction. */
const story = fc.array(
  fc.record({ passMs: fc.constantFrom(0, 1, 45_000, HOUR), steps: fc.array(step, { maxLength: 8 }) }),
  { maxLength: 12 },
)

function modelOf(message: NewMessage): Model {
  const scheduled = message.dueAt > message.acceptedAt
  return {
    message,
    state: scheduled ? 'scheduled' : 'queued',
    where: scheduled ? 'delayed' : 'ready',
    dueAt: message.dueAt,
    expiresAt: message.expiresAt,
    fence: 0,
    held: false,
    receipt: null,
  }
}

/** Applies a step to the model and asks the store for the same; the answer is compared when it comes. */
function perform(store: Store, models: Model[], made: Step, now: number, taskId: number): Promise<void> {
  if (made.do === 'accept') {
    const dueAt = now + made.delayMs
    const message = newMessage({
      channel: made.channel,
      acceptedAt: now,
      dueAt,
      expiresAt: made.ttlMs === null ? null : dueAt + made.ttlMs,
      taskId: made.inTask ? taskId : null,
    })
    models.push(modelOf(message))
    return store.messages.accept(acceptWrite([message])).then((result) => expect(result.kind).toBe('accepted'))
  }
  if (made.do === 'promote') {
    const due = models
      .filter((each) => each.where === 'delayed' && each.dueAt <= now)
      .sort((a, b) => a.dueAt - b.dueAt || a.message.id - b.message.id)
      .slice(0, made.limit)
    for (const each of due) Object.assign(each, { where: 'ready', state: 'queued' })
    const expected = due.map(({ message }) => message.id)
    return store.queue.promote(now, made.limit).then(({ entries, records }) => {
      expect(entries.map(({ id }) => id)).toEqual(expected)
      expect(records.map(({ id, state }) => [id, state])).toEqual(expected.map((id) => [id, 'queued']))
    })
  }
  const model = models[made.pick % Math.max(1, models.length)]
  if (!model) return Promise.resolve()
  const { id } = model.message
  const before = model.state
  const end = (state: MessageState) => Object.assign(model, { state, where: null })
  switch (made.do) {
    case 'claim': {
      const ready = model.where === 'ready'
      const { expiresAt } = model
      const kind = !ready ? 'gone' : expiresAt !== null && expiresAt <= now ? 'expired' : 'claimed'
      if (kind === 'expired') end('expired')
      if (kind === 'claimed') {
        end('sending')
        model.fence += 1
        model.receipt = null
      }
      const { fence } = model
      // Never claimed and accepted as ready: its record may come along.
      const known = made.fresh && model.fence === 0 && !model.held && model.message.dueAt === model.message.acceptedAt
      const fresh = known ? newRecord({ ...model.message, firstDueAt: model.message.dueAt }) : null
      return store.messages.claim({ entry: entryOf(model.message), serviceId: 7, now, fresh }).then((result) => {
        expect(result.kind).toBe(kind)
        if (result.kind === 'claimed') expect(result.record.fence).toBe(fence)
      })
    }
    case 'settle': {
      const fence = model.fence - (made.stale ? 1 : 0)
      const retry = made.state === 'queued' ? { dueAt: now + MINUTE, entry: entryOf(model.message) } : null
      const fits = before === 'sending' && !made.stale
      const arrived = model.receipt && model.receipt !== 'failed'
      if (fits && retry && !arrived) Object.assign(model, { state: 'queued', where: 'delayed', dueAt: retry.dueAt })
      else if (fits) end(model.receipt && made.state !== 'failed' ? model.receipt : made.state)
      const state = fits ? model.state : undefined
      const record = {
        ...model.message,
        id,
        fence,
        attempt: fence,
        serviceId: 7,
        firstDueAt: model.message.dueAt,
      } as MessageRecord
      return store.messages
        .settle(settleWrite(record, made.state, { retry, now }))
        .then((result) => expect(result?.state).toBe(state))
    }
    case 'receipt': {
      if (before === 'sending') model.receipt = afterReceipt(model.receipt ?? 'sent', made.state) as Model['receipt']
      else model.state = afterReceipt(before, made.state)
      const { state } = model
      const event = { recordId: id, state: made.state, at: now }
      return store.messages
        .receipt(event, now)
        .then((result) => expect(result).toMatchObject({ moved: state !== before, record: { state } }))
    }
    case 'hold': {
      const ready = model.where === 'ready'
      const dueAt = now + MINUTE
      if (ready) Object.assign(model, { where: 'delayed', dueAt, held: true })
      const expected = ready ? { state: 'queued', pendingReason: 'rate_limit', dueAt, attempt: model.fence } : null
      const write = { entry: entryOf(model.message), reason: 'rate_limit' as const, dueAt, now }
      return store.messages
        .hold(write)
        .then((result) => (expected ? expect(result).toMatchObject(expected) : expect(result).toBeNull()))
    }
    case 'cancel': {
      const moved = isWaiting(before)
      const wasDelayed = model.where === 'delayed'
      if (moved) end('cancelled')
      return store.messages
        .cancel(id, now)
        .then((result) => expect(result).toMatchObject({ moved, wasDelayed: moved && wasDelayed }))
    }
    case 'requeue': {
      const moved = before === 'failed' || before === 'expired' || before === 'unknown'
      const { expiresAt, dueAt } = model.message
      const newExpiry = expiresAt === null ? null : now + expiresAt - dueAt
      if (moved) Object.assign(model, { state: 'queued', where: 'ready', receipt: null, expiresAt: newExpiry })
      return store.messages
        .requeue(id, ['failed', 'expired', 'unknown'], now, 'retry')
        .then((result) => expect(result?.moved).toBe(moved))
    }
    case 'resolve': {
      const moved = before === 'unknown'
      if (moved) end(made.state)
      return store.messages.resolve(id, made.state, now, '').then((result) => expect(result?.moved).toBe(moved))
    }
    case 'late': {
      const moved = before === 'unknown'
      if (moved) end(made.state)
      const write = {
        id,
        fence: model.fence,
        state: made.state,
        providerId: null,
        errorCode: null,
        errorMessage: null,
        now,
      }
      return store.messages.resolveLate(write).then((result) => expect(result !== null).toBe(moved))
    }
  }
}

/** Everything that is counted, under one name each. */
async function countsIn(driver: OpenedDriver): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  const { states, records, strays } = await driver.store.stats.audit(10)
  for (const { channel, state, count } of states) counts.set(`kept ${channel} ${state}`, count)
  for (const { channel, state, count } of records) counts.set(`record ${channel} ${state}`, count)
  const [range] = await driver.store.stats.ranges([{ from: T0 - HOUR, to: T0 + 100 * HOUR }])
  for (const { channel, state, count } of range?.sums ?? []) counts.set(`booked ${channel} ${state}`, count)
  for (const { count } of await driver.store.queue.lanes()) counts.set('ready', (counts.get('ready') ?? 0) + count)
  for (const { count } of await driver.store.queue.delayed()) counts.set('delayed', count)
  counts.set('strays', strays.length)
  return counts
}

/** What the model says of the same. */
function countsOf(models: readonly Model[]): Map<string, number> {
  const counts = new Map<string, number>()
  const count = (name: string) => counts.set(name, (counts.get(name) ?? 0) + 1)
  for (const { message, state, where } of models) {
    count(`kept ${message.channel} accepted`)
    count(`booked ${message.channel} accepted`)
    count(`kept ${message.channel} ${state}`)
    count(`record ${message.channel} ${state}`)
    if (isEnded(state)) count(`booked ${message.channel} ${state}`)
    if (where) count(where)
  }
  return counts
}

export function exerciseAnyStory(open: OpenDriver): void {
  describe('any story of messages', () => {
    const driver = useDriver(open)

    it('leaves states, statistics, tasks, queue and view as a model of it says, and everything adds up', async () => {
      await fc.assert(
        fc.asyncProperty(story, async (turns) => {
          const { store } = driver
          const before = await countsIn(driver)
          const taskId = nextId()
          const models = [modelOf(newMessage({ taskId }))]
          try {
            const task = { id: taskId, templateId: 1, channel: 'sms' as const, total: 1, priority: 5 }
            await store.messages.accept(acceptWrite([(models[0] as Model).message], { task }))
            let now = T0
            for (const { passMs, steps } of turns) {
              now += passMs
              await Promise.all(steps.map((made) => perform(store, models, made, now, taskId)))
            }
            for (const { message, state, fence } of models) {
              expect(await store.messages.get(message.id)).toMatchObject({ state, fence })
            }
            const expected = countsOf(models)
            for (const [name, count] of await countsIn(driver)) {
              expect([name, count - (before.get(name) ?? 0)]).toEqual([name, expected.get(name) ?? 0])
              expected.delete(name)
            }
            expect(expected).toEqual(new Map())
            const inTask = models.filter(({ message }) => message.taskId === taskId)
            const counted = await store.tasks.get(taskId)
            for (const state of MESSAGE_STATES) {
              expect(counted?.counts[state] ?? 0).toBe(inTask.filter((each) => each.state === state).length)
            }
          } finally {
            // What still waits must not reach into the next story.
            await Promise.all(models.map(({ message }) => store.messages.cancel(message.id, T0)))
          }
        }),
        { numRuns: 100 },
      )
    })
  })
}
