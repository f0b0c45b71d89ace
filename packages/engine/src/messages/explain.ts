/**
 * Why a message waits: what holds it, how many leave before it, and how long that takes as things go. From memory, in the
 * time of one walk over the lanes; beside the record at most one read, of the index that the queue stands in.
 */
import type { Clock } from '../clock.ts'
import type { LookupReport, Lookups } from '../lookups/lookups.ts'
import type { Limiter } from '../limiter/limiter.ts'
import { recipientResource, ruleText } from '../limiter/rules.ts'
import type { GateReason } from '../queue/gates.ts'
import { laneOf } from '../queue/lane.ts'
import type { Pauses } from '../queue/pauses.ts'
import type { Queues } from '../queue/queues.ts'
import { rankOf, type PlaceInLane, type Rank } from '../queue/rank.ts'
import type { Whereabouts } from '../nodes/whereabouts.ts'
import type { Entry, QueueStore } from '../queue/store.ts'
import type { MarketingHours } from '../quiet-hours/marketing-hours.ts'
import type { SettingsValues } from '../settings/settings.ts'
import type { ServiceRegistry } from '../services/registry.ts'
import type { MessageRecord } from './record.ts'
import { isWaiting } from './states.ts'
import type { MessageStore } from './store.ts'

export interface WaitReason extends GateReason {
  /** What is held: this message, its channel, or all of the queue. */
  holds: 'message' | 'channel' | 'queue'
  /** Epoch ms; null where it is not known. */
  since: number | null
  /** Only with `no_worker`. */
  workers: { active: number; size: number } | null
}

/** `leaving`: nothing holds it. `ended`: its sending came to an end, also when a receipt may still come. */
export type Phase = 'waiting' | 'leaving' | 'sending' | 'ended'

export interface Explanation {
  record: MessageRecord
  phase: Phase
  /** The whole of it in words. */
  detail: string
  /** Everything that holds it now; empty unless `waiting`. */
  reasons: WaitReason[]
  /** Null unless it stands in the queue: what waits for a time has no rank yet. */
  rank: Rank | null
  /** Milliseconds until it leaves, at the measured rate of the workers; null when something else holds it, or nothing was measured. */
  waitMs: number | null
  /** What its provider said of it when it was asked, and when it is asked again; null when it cannot be. */
  lookup: LookupReport | null
}

export interface Explain {
  /** Null when there is no such message. */
  explain(id: number): Promise<Explanation | null>
  /** What holds a message that waits, from memory alone. */
  reasons(record: MessageRecord): WaitReason[]
}

export interface ExplainDeps {
  messages: Pick<MessageStore, 'get'>
  store: Pick<QueueStore, 'countBetween'>
  /** Where one waits that is not here, of several nodes; null: there is one. */
  elsewhere?: Whereabouts | null
  queues: Queues
  pauses: Pauses
  limiter: Pick<Limiter, 'rules'>
  services: Pick<ServiceRegistry, 'refusal'>
  lookups: Pick<Lookups, 'report'>
  quiet: Pick<MarketingHours, 'zoneOf'>
  settings: { readonly values: Pick<SettingsValues, 'quietHours'> }
  clock: Clock
  /** False before the start and after the stop. */
  running: () => boolean
}

const QUEUE = 'message.send'
/** Of a lane longer than this the place is a lower bound: counting an index takes its time, and nobody reads so far. */
const COUNTED_AT_MOST = 100_000

export function createExplain(deps: ExplainDeps): Explain {
  const { messages, store, queues, pauses, clock, running } = deps

  function reasons(record: MessageRecord): WaitReason[] {
    const now = clock.now()
    const held = (holds: WaitReason['holds'], why: GateReason, more: Partial<WaitReason> = {}): WaitReason => ({
      ...why,
      holds,
      since: null,
      workers: null,
      ...more,
    })
    const found: WaitReason[] = []
    const delayed = waitsForItsTime(record)
    if (delayed) found.push(held('message', ofItsTime(record, deps), { since: record.updatedAt }))
    const { channels, queues: pausedQueues } = pauses.list()
    const queuePause = pausedQueues.find(({ queue }) => queue === QUEUE)
    if (queuePause) {
      const why: GateReason = { reason: 'paused', until: null, detail: `queue ${QUEUE} is paused` }
      found.push(held('queue', why, { since: queuePause.since }))
    }
    for (const why of queues.gates.why(record.channel)) {
      // What is over before its own time comes does not hold it.
      if (why.until !== null && why.until <= Math.max(now, record.dueAt)) continue
      const pause = why.reason === 'paused' && !why.cause && channels.find(({ channel }) => channel === record.channel)
      found.push(held('channel', why, pause ? { since: pause.since } : {}))
    }
    const workers = delayed ? null : busyWorkers()
    if (workers) found.push(held('queue', workers.why, { workers: workers.figures }))
    return found
  }

  function busyWorkers(): { why: GateReason; figures: { active: number; size: number } } | null {
    const pool = queues.pool(QUEUE)
    const { activeCount: active, poolSize: size } = pool.figures()
    if (running() && pool.free > 0) return null
    const detail = running()
      ? `all workers are busy: ${active} of ${size}`
      : 'the engine does not run: no worker takes anything'
    return { why: { reason: 'no_worker', until: null, detail }, figures: { active, size } }
  }

  async function placeOf(entry: Entry): Promise<PlaceInLane | WaitReason | null> {
    const place = queues.window(QUEUE).placeOf(entry)
    if (place.kind === 'taken') return null
    if (place.kind === 'memory') return { ahead: place.ahead, exact: true }
    const where = await deps.elsewhere?.(entry)
    if (where) return { reason: 'no_worker', until: null, detail: where, holds: 'queue', since: null, workers: null }
    const counted = await store.countBetween(entry, place.after, entry.id, COUNTED_AT_MOST)
    return { ahead: place.ahead + Math.max(0, counted - place.known), exact: counted < COUNTED_AT_MOST }
  }

  /** Null also for one that a worker has in hand but has not claimed yet. */
  async function rankFor({ id, priority, channel, flow }: MessageRecord): Promise<Rank | WaitReason | null> {
    const entry: Entry = { queue: QUEUE, priority, lane: laneOf(channel, flow), id }
    const place = await placeOf(entry)
    return place && ('reason' in place ? place : rankOf(entry, place, queues.window(QUEUE).turns()))
  }

  function waitOf(rank: Rank | null, why: readonly WaitReason[]): number | null {
    if (!rank || why.some(({ reason }) => reason !== 'no_worker')) return null
    if (why.length === 0) return 0
    const { avgTaskDurationMs, poolSize } = queues.pool(QUEUE).figures()
    return avgTaskDurationMs === null || !running()
      ? null
      : Math.ceil(((rank.ahead + 1) * avgTaskDurationMs) / poolSize)
  }

  return {
    reasons,
    async explain(id) {
      const record = await messages.get(id)
      if (!record) return null
      if (!isWaiting(record.state)) {
        const phase = record.state === 'sending' ? 'sending' : 'ended'
        const lookup = await deps.lookups.report(record)
        return { record, phase, detail: endOf(record, lookup), reasons: [], rank: null, waitMs: null, lookup }
      }
      const found = waitsForItsTime(record) ? null : await rankFor(record)
      const away = found && 'reason' in found ? found : null
      const rank = found && 'reason' in found ? null : found
      // Who of its own workers is busy says nothing of a message that waits elsewhere.
      const why = away ? [...reasons(record).filter(({ reason }) => reason !== 'no_worker'), away] : reasons(record)
      const phase = why.length === 0 ? 'leaving' : 'waiting'
      return { record, phase, detail: told(why, rank), reasons: why, rank, waitMs: waitOf(rank, why), lookup: null }
    },
  }
}

/** By where it stands, not by the clock, which may have been put back. */
function waitsForItsTime({ state, pendingReason }: MessageRecord): boolean {
  return state === 'scheduled' || pendingReason !== null
}

function ofItsTime(
  record: MessageRecord,
  { limiter, services, quiet, settings }: Pick<ExplainDeps, 'limiter' | 'services' | 'quiet' | 'settings'>,
): GateReason {
  const { state, channel, pendingReason, attempt, dueAt, errorMessage, errorCode } = record
  if (state === 'scheduled') return { reason: 'delay', until: dueAt, detail: 'scheduled' }
  if (pendingReason === 'quiet_hours') {
    const { from, to } = settings.values.quietHours
    const detail = `marketing does not leave from ${from} to ${to} where its recipient is (${quiet.zoneOf(record)})`
    return { reason: pendingReason, until: dueAt, detail }
  }
  const rules = limiter.rules(recipientResource(channel, record.recipient))
  if (pendingReason !== null && pendingReason !== 'retry' && (pendingReason !== 'rate_limit' || rules.length === 0)) {
    const refusal = services.refusal(channel, record.recipient)
    const detail = refusal?.detail ?? 'the services that take this recipient were busy'
    return { reason: pendingReason, until: refusal?.waitMs === null ? null : dueAt, detail }
  }
  if (pendingReason === 'rate_limit') {
    // Of several it was one of them; which, is not kept.
    const which = rules.map(ruleText).join(' and ') || `a rule of recipient:${channel}`
    const when = rules.some(({ type }) => type === 'concurrent') ? 'at the latest then' : 'then'
    const detail = `its recipient has the next turn ${when}, by ${which}; others pass`
    return { reason: 'rate_limit', until: dueAt, detail, rule: rules.length === 1 ? (rules[0] ?? null) : null }
  }
  const detail = `attempt ${attempt} failed: ${errorMessage ?? errorCode ?? ''}`
  return { reason: 'retry', until: dueAt, detail }
}

function told(why: readonly WaitReason[], rank: Rank | null): string {
  const held = why.length === 0 ? 'nothing holds it: it leaves now' : why.map(({ detail }) => detail).join('; ')
  if (!rank) return held
  return `${held}; ${rank.exact ? '' : 'at least '}${rank.ahead} ahead of it`
}

function endOf({ state, attempt, errorCode, errorMessage }: MessageRecord, lookup: LookupReport | null): string {
  if (state === 'sending') return `attempt ${attempt} is with the provider`
  const error = errorMessage ?? errorCode
  return `${error === null ? state : `${state}: ${error}`}${lookup ? asked(lookup) : ''}`
}

function asked({ asked: times, lastAnswer, lastAt, nextAt }: LookupReport): string {
  if (times === 0 && nextAt === null) return ''
  const said = times === 0 ? '' : `; asked the provider ${times} times, last at ${utc(lastAt)}: ${lastAnswer}`
  return `${said}${nextAt === null ? '' : `; next look at ${utc(nextAt)}`}`
}

const utc = (at: number | null) => new Date(at ?? 0).toISOString()
