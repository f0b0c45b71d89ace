/** Plays one sequence on a real engine and store, and says which promise broke. */
import type { ChannelAdapter } from '@signalbox/channels/adapter'
import { CHANNELS, type MessageState } from '@signalbox/contracts'
import { createEngine, type Engine, type MessageRecord } from '@signalbox/engine'
import { embedded } from '@signalbox/engine/embedded'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NO_TALLY, type Tally } from '../rig/judge.ts'
import { seededDriver } from '../system/seeded-driver.ts'
import type { Step } from './sequence.ts'
import { SteppableClock } from './steppable-clock.ts'

interface Sent {
  id: number
  key: string
  /** Without a delay or a time to live, it must leave soon by any clock. */
  plain: boolean
  mayExpire: boolean
}

export interface Played {
  tally: Tally
  problems: string[]
}

const WAITING: readonly MessageState[] = ['scheduled', 'queued', 'sending']
/** What has neither delay nor time to live leaves within this much passing time, whatever the wall clock does. */
const SOON_MS = 120_000
const SOON_STEP_MS = 1_000
/** Everything else has ended after so many more hours, even when every step put the clock back. */
const HOURS_AT_MOST = 24 * 30
const HOUR = 3_600_000
/** Turns of the store's threads between two movements of the clock. */
const TURNS = 6
const LIMIT = { resource: 'channel:sms', limit_type: 'qps', max_value: 5, window_seconds: 1, enabled: true } as const

export async function play(steps: readonly Step[]): Promise<Played> {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-clock-'))
  const clock = new SteppableClock()
  const provider = countingProvider()
  const driver = () => seededDriver(embedded({ folder }), { inFlight: 4, rateLimits: [LIMIT] })
  const open = () => createEngine({ driver: driver(), adapters: [provider.adapter], clock })
  let engine = await open()
  try {
    const settings = {}
    await engine.services.create({
      name: 's',
      channel: 'sms',
      adapter: 'clock.count',
      settings,
      priority: 1,
      enabled: true,
    })
    const { id: templateId } = await engine.templates.create({ name: 't', channel: 'sms', content: 'hello' })
    await engine.start()
    const problems: string[] = []
    const sent: Sent[] = []
    const send = async (key: string, delayMs: number, ttlMs: number | undefined) =>
      engine.messages.accept({
        ...{ templateId, recipient: key, variables: {}, delayMs, ttlMs },
        idempotency: { key, bodyHash: key },
      })
    let last: { key: string; delayMs: number; ttlMs: number | undefined; id: number } | null = null

    for (const step of steps) {
      switch (step.do) {
        case 'send': {
          const { delayMs, ttlMs } = step
          for (let i = 0; i < step.count; i++) {
            const key = `k${sent.length}`
            const { id } = await send(key, delayMs, ttlMs)
            const before = sent.at(-1)
            if (before && before.id >= id) problems.push(`expected ids to grow, got ${id} after ${before.id}`)
            last = { key, delayMs, ttlMs, id }
            sent.push({ id, key, plain: delayMs === 0 && ttlMs === undefined, mayExpire: ttlMs !== undefined })
          }
          break
        }
        case 'repeat': {
          if (!last) break
          const again = await send(last.key, last.delayMs, last.ttlMs)
          if (!again.repeated || again.id !== last.id)
            problems.push(`expected ${last.key} to be answered again, got a new one`)
          break
        }
        case 'step':
          // A day later the key may be forgotten, as the settings say: from here on a repeat is another message.
          last = null
          clock.step(step.ms)
          break
        case 'freeze':
          clock.freeze(step.frozen)
          break
        case 'advance':
          last = null
          clock.advance(step.ms)
          await turns(engine)
          break
        case 'restart':
          await engine.stop({ deadlineMs: 0 })
          engine = await open()
          await engine.start()
          break
      }
    }
    await runUntil(
      engine,
      clock,
      SOON_STEP_MS,
      SOON_MS / SOON_STEP_MS,
      sent.filter(({ plain }) => plain),
    )
    const late = (await waitingOf(engine, sent)).filter((id) => sent.some((each) => each.id === id && each.plain))
    if (late.length > 0)
      problems.push(`expected plain messages to leave within ${SOON_MS} ms, got ${late.length} waiting`)
    clock.freeze(false)
    await runUntil(engine, clock, HOUR, HOURS_AT_MOST, sent)
    const tally = await count(engine, sent, provider.calls, problems)
    return { tally, problems }
  } finally {
    await engine.stop({ deadlineMs: 0 })
    rmSync(folder, { recursive: true, force: true })
  }
}

async function count(
  engine: Engine,
  sent: readonly Sent[],
  calls: ReadonlyMap<string, number>,
  problems: string[],
): Promise<Tally> {
  const tally: Tally = { ...NO_TALLY, attempts: sent.length, acknowledged: sent.length }
  for (const { id, key, mayExpire } of sent) {
    const state = (await engine.messages.get(id))?.state ?? 'missing'
    const times = calls.get(key) ?? 0
    if (times > 1) tally.duplicated += 1
    if (state === 'unknown') tally.unknown += 1
    const right = (state === 'sent' && times === 1) || (state === 'expired' && times === 0 && mayExpire)
    // Stopped at once in the middle of a call, a restart cannot know.
    if (right || (state === 'unknown' && times <= 1)) continue
    tally.lost += 1
    problems.push(`expected ${key} to be sent once, got ${state} and ${times} calls`)
  }
  tally.unexpected = [...calls.keys()].filter((key) => !sent.some((each) => each.key === key)).length
  if (tally.unexpected > 0) problems.push(`expected no unexpected sends, got ${tally.unexpected}`)
  const { balanced, offendingIds } = await engine.stats.conservation({ deep: true })
  if (!balanced) problems.push(`expected the conservation check to add up, got ${offendingIds.join(', ')}`)
  return tally
}

async function runUntil(
  engine: Engine,
  clock: SteppableClock,
  ms: number,
  times: number,
  sent: readonly Sent[],
): Promise<void> {
  for (let i = 0; i < times && (await waitingOf(engine, sent)).length > 0; i++) {
    clock.advance(ms)
    await turns(engine)
  }
}

async function waitingOf({ messages }: Engine, sent: readonly Sent[]): Promise<number[]> {
  const records = await Promise.all(sent.map(({ id }) => messages.get(id)))
  const waiting = records.filter((record): record is MessageRecord => record !== null && WAITING.includes(record.state))
  return waiting.map(({ id }) => id)
}

/** Lets what the clock set off reach the disk: each refused cancel goes to the writer and back. */
async function turns({ messages }: Engine): Promise<void> {
  for (let i = 0; i < TURNS; i++) await messages.cancel(1).catch(() => undefined)
}

function countingProvider() {
  const calls = new Map<string, number>()
  const adapter: ChannelAdapter<object, string, object> = {
    key: 'clock.count',
    channels: CHANNELS,
    settings: () => ({ ok: true, value: {} }),
    capabilities: () => ({
      ...{ maxBatch: 1, templates: 'own', idempotency: null, receipt: 'none', lookup: false, limits: [], ttl: false },
    }),
    validateRecipient: (raw) => ({ ok: true, to: String(raw), canonical: String(raw) }),
    prepare: () => ({ ok: true, payload: {} }),
    async send({ to }) {
      const key = to[0] ?? ''
      calls.set(key, (calls.get(key) ?? 0) + 1)
      return [{ status: 'accepted', final: true }]
    },
  }
  return { calls, adapter }
}
