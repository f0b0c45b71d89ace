/**
 * The first step of the pipeline: may this message leave now, and through which service? What stands in the way of a whole
 * channel (no service, a rule of the channel or of its services) closes the channel's gate; what stands in the way of one
 * recipient holds that message alone, on disk, with its time. Neither uses up an attempt.
 */
import type { Channel } from '@signalbox/contracts'
import type { Clock } from '../clock.ts'
import type { Limiter, LimitDecision } from '../limiter/limiter.ts'
import { recipientResource, ruleText } from '../limiter/rules.ts'
import { gateOf } from '../queue/lane.ts'
import type { Queues } from '../queue/queues.ts'
import type { Entry } from '../queue/store.ts'
import type { ReadyService, ServiceRegistry } from '../services/registry.ts'
import type { FreshRecords } from './fresh.ts'
import type { MessageRecord } from './record.ts'
import type { RecipientLine } from './recipient-line.ts'
import type { MessageStore } from './store.ts'

export interface Admitted {
  service: ReadyService
  /** Gives back the places of `concurrent` limits. */
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
  changed: (record: MessageRecord) => void
}

/** Resolves to null when the message stays where it is or was put aside: there is nothing more to do with its entry. */
export function createAdmission(deps: AdmissionDeps): (entry: Entry) => Promise<Admitted | null> {
  const { store, services, limiter, queues, clock, fresh, line } = deps
  const window = queues.window('message.send')
  /** Channels whose gate a `concurrent` rule closed: it opens with the next place given back. */
  const full = new Set<Channel>()

  /** The first service in turn whose rules let it pass; else the refusal that ends first, or null without any service. */
  async function choose(
    channel: Channel,
    others: readonly string[],
  ): Promise<{ service: ReadyService; decision: LimitDecision } | LimitDecision | null> {
    let refused: LimitDecision | null = null
    for (const service of services.inTurn(channel)) {
      const { id, name } = service.record
      const resources = [...others, `service:${id}`, `service:${name}`]
      const decision = await limiter.take(resources, clock.monotonic())
      if (decision.allowed) return { service, decision }
      if (!refused || decision.retryAfterMs < refused.retryAfterMs) refused = decision
    }
    return refused
  }

  function releaseOf(channel: Channel, decision: LimitDecision): () => void {
    return () => {
      decision.release()
      if (full.delete(channel)) queues.gates.open(channel, 'rate_limit')
    }
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
    const waitMs = limiter.wait(resource, clock.monotonic(), place)
    if (waitMs > 0) await hold(entry, record, resource, waitMs)
    return waitMs > 0
  }

  async function hold(entry: Entry, record: MessageRecord, resource: string, waitMs: number): Promise<void> {
    line.join(resource, record.id, record.priority)
    const now = clock.now()
    const until = now + waitMs
    const dueAt = Math.max(now + 1, Math.min(until, record.expiresAt ?? until))
    const held = await store.hold({ entry, resident: window.isResident(entry.id), reason: 'rate_limit', dueAt, now })
    // From now on its row in the store is ahead of what was accepted.
    fresh.take(record.id)
    window.release(entry)
    if (!held) return line.leave(record.id)
    queues.delay(dueAt)
    deps.changed(held)
  }

  return async (entry) => {
    const channel = gateOf(entry.lane) as Channel
    const family = `recipient:${channel}`
    const record = limiter.limited(family) ? (fresh.look(entry.id) ?? (await store.get(entry.id))) : null
    // One whose time is over takes nobody's turn: its claim ends it.
    const inTime = record && (record.expiresAt === null || record.expiresAt > clock.now())
    if (inTime && (await heldFor(entry, record))) return null
    const resources = [`channel:${channel}`, ...(inTime ? [recipientResource(channel, record.recipient)] : [])]
    const chosen = await choose(channel, resources)
    if (chosen && 'service' in chosen) {
      line.leave(entry.id)
      return { service: chosen.service, release: releaseOf(channel, chosen.decision) }
    }
    // While services were tried another worker may have taken this recipient's turn: that is not the channel's fault.
    if (inTime && (await heldFor(entry, record))) return null
    if (chosen) closeFor(channel, chosen)
    else queues.gates.close(channel, noService(channel))
    window.putBack(entry)
    return null
  }
}

function noService(channel: Channel) {
  return { reason: 'no_service', until: null, detail: `no enabled service for channel ${channel}` } as const
}
