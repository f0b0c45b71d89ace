/**
 * The first step of the pipeline: may this message leave now, and through which service? What stands in the way of a whole
 * channel (no service, a rule of the channel or of its services) closes the channel's gate; what stands in the way of one
 * recipient, and what keeps busy the only services that take one, holds that message alone, on disk, with its time. Neither uses up an attempt.
 */
import { CHANNELS, type Channel, type PendingReason } from '@signalbox/contracts'
import type { Clock } from '../clock.ts'
import type { Limiter, LimitDecision, Wait } from '../limiter/limiter.ts'
import { accountResource, recipientResource, ruleText, type Rule } from '../limiter/rules.ts'
import type { MarketingHours } from '../quiet-hours/marketing-hours.ts'
import { gateOf } from '../queue/lane.ts'
import type { Queues } from '../queue/queues.ts'
import type { Entry } from '../queue/store.ts'
import type { Reservation } from '../services/account.ts'
import type { Part } from '../services/lineup.ts'
import type { ReadyService, ServiceRegistry } from '../services/registry.ts'
import type { FreshRecords } from './fresh.ts'
import type { HeldForServices } from './held-for-services.ts'
import type { MessageRecord } from './record.ts'
import type { RecipientLine } from './recipient-line.ts'
import type { MessageStore } from './store.ts'
import type { TurnedDown } from './turned-down.ts'

export interface Admitted {
  service: ReadyService
  reservation: Reservation
  /** Gives back the places of `concurrent` limits, and what was reserved when nobody was asked. */
  release: () => void
}

export interface AdmissionDeps {
  store: Pick<MessageStore, 'get' | 'hold'>
  services: ServiceRegistry
  limiter: Limiter
  queues: Queues
  clock: Clock
  fresh: FreshRecords
  line: RecipientLine
  held: HeldForServices
  turnedDown: Pick<TurnedDown, 'last' | 'forget'>
  quiet: Pick<MarketingHours, 'mayHold' | 'until'>
  changed: (record: MessageRecord) => void
  onError: (where: string, error: unknown) => void
}

/**
 * Null when the message stays where it is or was put aside: there is nothing more to do with its entry. At once, without a
 * promise, where nothing limits anything.
 */
export type Admit = (entry: Entry) => Admitted | null | Promise<Admitted | null>

export function createAdmission(deps: AdmissionDeps): Admit {
  const { store, services, limiter, queues, clock, fresh, line, held, turnedDown, quiet } = deps
  const window = queues.window('message.send')
  /** Channels whose gate a `concurrent` rule closed: it opens with the next place given back. */
  const full = new Set<Channel>()

  /** The best service whose rules let it pass; else the refusal that ends first, or null when no service may be asked. */
  async function choose(
    id: number,
    channel: Channel,
    others: readonly string[],
    recipient: string | null,
    limited: string | null,
  ): Promise<Admitted | LimitDecision | null> {
    let refused: LimitDecision | null = null
    for (const service of othersFirst(services.inOrder(channel, recipient), turnedDown.last(id))) {
      const decision = await limiter.take([...others, ...service.resources], clock.monotonic())
      if (!decision.allowed) {
        // Its account waits, not the channel.
        if (decision.rule?.resource === accountResource(service.record.id)) {
          service.account.sentElsewhere(decision.retryAfterMs)
        } else if (!refused || decision.retryAfterMs < refused.retryAfterMs) refused = decision
      } else if (service.account.isReady()) return admit(channel, service, decision, limited)
      // While the limiter was asked another worker took the account's last place.
      else decision.release()
    }
    return refused
  }

  /** `recipient`: the resource of whom it is sent to, where there are rules for that. */
  function admit(
    channel: Channel,
    service: ReadyService,
    decision: LimitDecision | null,
    recipient: string | null,
  ): Admitted {
    const reservation = service.account.reserve()
    return {
      service,
      reservation,
      release() {
        reservation.release()
        decision?.release()
        if (full.delete(channel)) queues.gates.open(channel, 'rate_limit')
        if (recipient !== null && limiter.rules(recipient).some(isConcurrent)) callNext(recipient)
      },
    }
  }

  /** A place was given back: who is first in line has its turn as soon as the other rules let it. */
  function callNext(recipient: string): void {
    const { ms, rule } = limiter.wait(recipient, clock.monotonic())
    const next = rule && isConcurrent(rule) ? null : line.call(recipient)
    if (next === null) return
    queues.hasten(next, clock.now() + ms).catch((error: unknown) => deps.onError('wake', error))
  }

  /** No account may be asked now. */
  function closeUntilReady(channel: Channel): void {
    const refusal = services.refusal(channel, null)
    if (!refusal) return
    const { reason, waitMs, detail } = refusal
    const until = waitMs === null ? null : clock.now() + Math.max(1, Math.ceil(waitMs))
    const cause = reason === 'paused' ? 'service_paused' : reason
    queues.gates.close(channel, { reason, until, detail, cause })
  }

  function closeFor(channel: Channel, { rule, retryAfterMs }: LimitDecision): void {
    if (rule?.type === 'concurrent') full.add(channel)
    queues.gates.close(channel, {
      reason: 'rate_limit',
      until: clock.now() + Math.max(1, retryAfterMs),
      detail: rule ? ruleText(rule) : `a limit of channel ${channel}`,
      rule,
    })
  }

  /** True when its recipient's rule lets others go first, or nobody now: it was put aside until its turn. */
  async function heldFor(entry: Entry, record: MessageRecord): Promise<boolean> {
    const resource = recipientResource(record.channel, record.recipient)
    const place = line.place(resource, record.id, record.priority)
    const wait = limiter.wait(resource, clock.monotonic(), place)
    if (wait.ms > 0) await hold(entry, record, 'rate_limit', resource, patienceOf(wait))
    return wait.ms > 0
  }

  /** Only a part of the channel's services takes its recipient, and none of those may be asked: others pass. */
  async function holdFor(
    entry: Entry,
    record: MessageRecord,
    part: Part,
    refused: LimitDecision | null,
  ): Promise<void> {
    const { id, channel, recipient, priority } = record
    const limited = refused && { reason: 'rate_limit' as const, waitMs: refused.retryAfterMs }
    const why = limited ?? services.refusal(channel, recipient)
    // Meanwhile one may be asked again.
    if (!why) return window.putBack(entry)
    const waitMs = why.waitMs ?? LOOKED_AT_AGAIN_MS
    const turnMs = (line.place(part.key, id, priority) - 1) * part.spacingMs
    held.add(why.reason)
    await hold(entry, record, why.reason, part.key, waitMs + turnMs)
  }

  async function hold(
    entry: Entry,
    record: MessageRecord,
    reason: PendingReason,
    resource: string,
    waitMs: number,
  ): Promise<void> {
    line.join(resource, record.id, record.priority)
    const isHeld = await holdUntil(entry, record, reason, clock.now() + Math.ceil(waitMs))
    if (!isHeld) line.leave(record.id)
  }

  /** False when it is not there to be held any more. */
  async function holdUntil(
    entry: Entry,
    record: MessageRecord,
    reason: PendingReason,
    until: number,
  ): Promise<boolean> {
    const now = clock.now()
    const dueAt = Math.max(now + 1, Math.min(until, record.expiresAt ?? until))
    const held = await store.hold({ entry, resident: window.isResident(entry.id), reason, dueAt, now })
    // From now on its row in the store is ahead of what was accepted.
    fresh.take(record.id)
    window.release(entry)
    if (!held) return false
    queues.delay(dueAt)
    deps.changed(held)
    return true
  }

  /** When it may leave, epoch ms; null: now. One whose time is over does not wait: its claim ends it. */
  function quietFor(record: MessageRecord | null): number | null | Promise<number | null> {
    const now = clock.now()
    return record && (record.expiresAt === null || record.expiresAt > now) ? quiet.until(record, now) : null
  }

  /** Marketing while it is quiet where its recipient is: others pass. */
  async function admitUnlessQuiet(entry: Entry): Promise<Admitted | null> {
    const record = fresh.look(entry.id) ?? (await store.get(entry.id))
    const until = await quietFor(record)
    if (record === null || until === null) return admitNow(entry)
    await holdUntil(entry, record, 'quiet_hours', until)
    return null
  }

  /** Whether nothing limits the channel, its services or its recipients: found out anew when a rule or a service changed. */
  const unlimited = new Map<Channel, { rules: number; services: number; holds: boolean }>()
  function isUnlimited(channel: Channel): boolean {
    const known = unlimited.get(channel)
    if (known?.rules === limiter.version && known.services === services.version) return known.holds
    const { resource, family } = namesOf(channel)
    const resources = [resource, family, ...services.of(channel).flatMap((service) => service.resources)]
    const holds = !resources.some((each) => limiter.limited(each))
    unlimited.set(channel, { rules: limiter.version, services: services.version, holds })
    return holds
  }

  return (entry) => {
    if (!quiet.mayHold()) return admitNow(entry)
    const record = fresh.look(entry.id)
    return record && quietFor(record) === null ? admitNow(entry) : admitUnlessQuiet(entry)
  }

  function admitNow(entry: Entry): Admitted | null | Promise<Admitted | null> {
    const channel = gateOf(entry.lane) as Channel
    const isNew = turnedDown.last(entry.id) === null
    const service = isNew && isUnlimited(channel) ? bestFor(entry, channel) : null
    if (!service) return admitLimited(entry, channel)
    line.leave(entry.id)
    return admit(channel, service, null, null)
  }

  /** Null also where its recipient is not at hand and has to be looked at. */
  function bestFor(entry: Entry, channel: Channel): ReadyService | null {
    if (!services.looksAtRecipients(channel)) return services.best(channel, null)
    const record = fresh.look(entry.id)
    return record ? services.best(channel, record.recipient) : null
  }

  async function admitLimited(entry: Entry, channel: Channel): Promise<Admitted | null> {
    const { resource, family } = namesOf(channel)
    const isLimited = limiter.limited(family)
    const looks = isLimited || services.looksAtRecipients(channel)
    const record = looks ? (fresh.look(entry.id) ?? (await store.get(entry.id))) : null
    // One whose time is over takes nobody's turn: its claim ends it.
    const inTime = record && (record.expiresAt === null || record.expiresAt > clock.now())
    if (isLimited && inTime && (await heldFor(entry, record))) return null
    const limited = record && isLimited ? recipientResource(channel, record.recipient) : null
    const resources = [resource, ...(inTime && limited ? [limited] : [])]
    const chosen = await choose(entry.id, channel, resources, inTime ? record.recipient : null, limited)
    if (chosen && 'service' in chosen) {
      line.leave(entry.id)
      turnedDown.forget(entry.id)
      return chosen
    }
    // While services were tried another worker may have taken this recipient's turn: that is not the channel's fault.
    if (isLimited && inTime && (await heldFor(entry, record))) return null
    const part = inTime ? services.partOf(channel, record.recipient) : null
    if (inTime && part) {
      await holdFor(entry, record, part, chosen)
      return null
    }
    if (chosen) closeFor(channel, chosen)
    else closeUntilReady(channel)
    window.putBack(entry)
    return null
  }
}

/** The same, with the service that turned the message down at the end: also one of a lower priority goes before it. */
function othersFirst(list: readonly ReadyService[], not: number | null): readonly ReadyService[] {
  if (not === null) return list
  return [...list.filter(({ record }) => record.id !== not), ...list.filter(({ record }) => record.id === not)]
}

/** What waits for an operator; it is called at once when somebody changes a service. */
const LOOKED_AT_AGAIN_MS = 60_000

const isConcurrent = ({ type }: Rule): boolean => type === 'concurrent'

/** Who waits for a place is called when one is given back; should the call get lost, it looks again by itself. */
const CALLED_WITHIN = { times: 50, atMostMs: 30_000 }

function patienceOf({ ms, rule }: Wait): number {
  return rule && isConcurrent(rule) ? Math.min(ms * CALLED_WITHIN.times, CALLED_WITHIN.atMostMs) : ms
}

/** Made once: this is asked for every message. */
const NAMES = new Map(
  CHANNELS.map((channel) => [channel, { resource: `channel:${channel}`, family: `recipient:${channel}` }]),
)
const namesOf = (channel: Channel) => NAMES.get(channel) as { resource: string; family: string }
