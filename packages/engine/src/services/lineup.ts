/**
 * The services of one channel: which of them take a recipient, and why none of those may be asked. Whoever chooses asks the
 * recipient of the chosen one only, and looks through the others when that one refuses.
 */
import type { Channel, PendingReason } from '@signalbox/contracts'
import { Lru } from '../templates/lru.ts'
import type { Configured, ReadyService } from './registry.ts'
import type { ServiceRecord } from './services.ts'
import { refusalOf, type ByPriority } from './selection.ts'

/** `waitMs` null: it ends when an operator changes something, not at a time. */
export interface Refusal {
  reason: Extract<PendingReason, 'no_quota' | 'rate_limit' | 'no_service' | 'paused'>
  waitMs: number | null
  detail: string
}

/** Some recipients that only a part of a channel's services takes. */
export interface Part {
  /** The same for all recipients that the same services take. */
  key: string
  /** About so long takes one message of them after the other. */
  spacingMs: number
}

export interface Lineup {
  /** Those that may be asked. */
  readonly active: ByPriority
  /** All services of the channel take the same recipients: nobody has to look at one. */
  readonly uniform: boolean
  takes(service: Configured, recipient: string): boolean
  /** What the first of the enabled ones that takes it makes of it, else what the first of all says against it. */
  check(raw: string): string | { reason: string }
  /** Of the active ones those that take it. */
  of(recipient: string): ByPriority
  /** Null when all take it, and when none does, enabled or not: then the first to be asked tells so. */
  partOf(recipient: string): Part | null
  /** Null when one may be asked. Without a recipient: of the whole channel. */
  refusal(recipient: string | null): Refusal | null
}

/** Services of a channel that send nothing now. */
interface Absent {
  paused: readonly Configured[]
  disabled: readonly Configured[]
}

interface Fit extends Absent {
  active: ByPriority
  part: Part | null
}

/** Recipients whose services are remembered: of group bots there are as many as groups. */
const REMEMBERED = 2_000
/** Between messages that wait for services without an interval of their own. */
const SPACING_MS = 10

function createLineup(channel: Channel, active: ByPriority, { paused, disabled }: Absent): Lineup {
  const ready = active.flat()
  const enabled = [...ready, ...paused].toSorted((a, b) => b.record.priority - a.record.priority)
  const all = [...ready, ...paused, ...disabled]
  const uniform = all.every(({ adapter }) => adapter === all[0]?.adapter && !adapter.recipientsDiffer)
  const whole: Fit = { active, paused, disabled, part: null }
  const known = new Lru<string, Fit>(REMEMBERED)

  const takes = ({ adapter, settings }: Configured, recipient: string) =>
    adapter.validateRecipient(recipient, channel, settings).ok

  function fitOf(recipient: string): Fit {
    if (uniform) return whole
    const found = known.get(recipient)
    if (found) return found
    const fit = find(recipient)
    known.set(recipient, fit)
    return fit
  }

  function find(recipient: string): Fit {
    /** An adapter that does not look at settings is asked once for all of its services. */
    const verdicts = new Map<unknown, boolean>()
    const fits = (service: Configured) => {
      const judge = service.adapter.recipientsDiffer ? service : service.adapter
      const verdict = verdicts.get(judge) ?? takes(service, recipient)
      verdicts.set(judge, verdict)
      return verdict
    }
    const takers = all.filter(fits)
    if (takers.length === 0 || takers.length === all.length) return whole
    const of = new Set(takers)
    const some = active.map((group) => group.filter((service) => of.has(service))).filter((group) => group.length > 0)
    return {
      active: some,
      paused: paused.filter((service) => of.has(service)),
      disabled: disabled.filter((service) => of.has(service)),
      part: {
        key: `services:${channel}:${takers.map(({ record }) => record.id).join()}`,
        spacingMs: spacingOf(some.flat()),
      },
    }
  }

  return {
    active,
    uniform,
    takes,
    check(raw) {
      let refused: { reason: string } | null = null
      let asked: unknown = null
      for (const { adapter, settings } of enabled) {
        if (adapter === asked && !adapter.recipientsDiffer) continue
        asked = adapter
        const checked = adapter.validateRecipient(raw, channel, settings)
        if (checked.ok) return checked.canonical
        refused ??= checked
      }
      return refused ?? raw
    },
    of: (recipient) => fitOf(recipient).active,
    partOf: (recipient) => fitOf(recipient).part,
    refusal(recipient) {
      const fit = recipient === null ? whole : fitOf(recipient)
      if (fit.active.length > 0) return refusalOf(fit.active)
      const [held] = fit.paused
      if (held) return { reason: 'paused', waitMs: null, detail: `${held.record.name} is paused` }
      return { reason: 'no_service', waitMs: null, detail: nobody(channel, fit) }
    },
  }
}

function nobody(channel: Channel, { part, disabled }: Fit): string {
  const none = `no enabled service for channel ${channel}`
  const [ended] = disabled.filter(({ record }) => record.disabledBecause !== null)
  const why = ended ? `; ${ended.record.name} was disabled: ${ended.record.disabledBecause}` : ''
  return `${none}${part ? ' takes this recipient' : ''}${why}`
}

function spacingOf(services: readonly ReadyService[]): number {
  const intervals = services.map(({ record }) => record.sendingIntervalMs || SPACING_MS)
  return Math.max(1, Math.min(...intervals, 3_600_000) / Math.max(1, services.length))
}

/**
 * What keeps messages takes no part while there is one above it that sends, also a paused one and one whose provider ended it: a
 * pause or a removed bot must not have messages kept that are to be sent.
 */
export function lineupOf(channel: Channel, list: readonly ReadyService[]): Lineup {
  const stands = ({ enabled, disabledBecause }: ServiceRecord) => enabled || disabledBecause !== null
  const groups = byPriorityOf(list.filter(({ record }) => stands(record)))
  const standing = groups.flat()
  const active = groups
    .map((group) => group.filter(({ record }) => record.enabled && !record.paused))
    .filter((group) => group.length > 0)
  return createLineup(channel, active, {
    paused: standing.filter(({ record }) => record.enabled && record.paused),
    disabled: list.filter(({ record, adapter }) => !record.enabled && !adapter.keepsOnly),
  })
}

/** Highest first. What keeps messages instead of sending them is asked only where nothing stands above it. */
function byPriorityOf(list: readonly ReadyService[]): ByPriority {
  const priorities = [...new Set(list.map(({ record }) => record.priority))].toSorted((a, b) => b - a)
  return priorities
    .map((priority, place) =>
      list.filter(({ record, adapter }) => record.priority === priority && (place === 0 || !adapter.keepsOnly)),
    )
    .filter((group) => group.length > 0)
}
