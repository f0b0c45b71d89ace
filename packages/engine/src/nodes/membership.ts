/**
 * This node among those on the store. Duties: 1. its beats, so that others know that it lives; 2. to judge the beats of others
 * by its own monotonic clock; 3. to say whether it may hand out and send: not once others have ended it, and not while it could
 * not say for a while that it lives, because they may have by now.
 */
import type { NodeRole } from '@signalbox/contracts'
import type { Clock } from '../clock.ts'
import type { Settings } from '../settings/settings.ts'
import { createDuties } from '../duties.ts'
import type { NodeRecord, NodeStore } from './store.ts'

const BEATS_EVERY_MS = 3_000
/** Two beats that did not get through; others need longer to end it. */
const UNHEARD_AFTER_MS = 6_000
/** Beats that stand still for so long are those of a node that is gone. */
export const SILENT_AFTER_MS = 10_000
const LOOKED_AT_EVERY_MS = 1_000
/** However long ago the last look was: a process that stood still saw nothing meanwhile. */
const LONGEST_GAP_MS = 2 * LOOKED_AT_EVERY_MS

export interface Membership {
  /** It is there, and could say so lately. */
  readonly mayWork: boolean
  /** True once it may work, at once where it may now; false when it never will again. */
  confirmed(): true | Promise<boolean>
  /** How many nodes send, this one too where it does. As of the last look. */
  readonly working: number
  /** How many nodes there are of those roles, and the how manieth of them this one is, from 0. As of the last look. */
  among(roles: readonly NodeRole[]): { of: number; place: number }
  /** Others whose beats have stood still for too long. */
  readonly silent: readonly NodeRecord[]
  nameOf(lease: number): string | null
  /** Beats, and looks at the others, from now on. */
  start(): Promise<void>
  /** The store can be written again: it says at once that it lives, before others could look twice. */
  reconnected(): void
  /** Others have ended it: the store said so. */
  end(reason: string): void
  /** Whoever waits for its being confirmed waits in vain. */
  stop(): void
}

export interface MembershipDeps {
  nodes: NodeStore
  /** False where there can be no other: nobody could end it. */
  shared: boolean
  settings: Pick<Settings, 'version' | 'problems'>
  clock: Clock
  /** It may work again. */
  onConfirmed: () => void
  /** Called once, with the reason. */
  onEnded: (reason: string) => void
  onError: (where: string, error: unknown) => void
}

export function createMembership(deps: MembershipDeps): Membership {
  const { nodes, shared, settings, clock } = deps
  const duties = createDuties(clock, deps.onError)
  const others = createStillness()
  const waiting: ((may: boolean) => void)[] = []
  let confirmedAt = clock.monotonic()
  let over = false
  let known: readonly NodeRecord[] = []
  /** Null: the last look failed. While nobody could look (the store was away) nobody could beat either. */
  let lookedAt: number | null = clock.monotonic()

  const mayWork = () => !over && (!shared || clock.monotonic() - confirmedAt < UNHEARD_AFTER_MS)

  function answer(may: boolean): void {
    for (const resolve of waiting.splice(0)) resolve(may)
  }

  function end(reason: string): void {
    if (over) return
    over = true
    duties.stop()
    answer(false)
    deps.onEnded(reason)
  }

  async function beat(): Promise<void> {
    let wasSilent = false
    do {
      const askedAt = clock.monotonic()
      const { version: revision, problems } = settings
      const isThere = await nodes.renew({ revision, problems })
      if (over) return
      if (!isThere) return end('others ended this node: it was not heard from for too long; start it again')
      wasSilent ||= !mayWork()
      confirmedAt = askedAt
      // An answer that took so long says nothing of now.
    } while (!mayWork())
    answer(true)
    if (wasSilent) deps.onConfirmed()
  }

  async function look(): Promise<void> {
    const before = lookedAt
    lookedAt = null
    known = await nodes.list()
    const now = clock.monotonic()
    others.seen(
      known.filter(({ lease }) => lease !== nodes.self.lease),
      before === null ? 0 : Math.min(now - before, LONGEST_GAP_MS),
    )
    lookedAt = now
  }

  return {
    get mayWork() {
      return mayWork()
    },
    confirmed: () => mayWork() || (over ? Promise.resolve(false) : new Promise((resolve) => waiting.push(resolve))),
    get working() {
      return known.filter(({ role }) => role !== 'api').length
    },
    among(roles) {
      const those = known.filter(({ role }) => roles.includes(role))
      const place = those.findIndex(({ lease }) => lease === nodes.self.lease)
      return { of: Math.max(1, those.length), place: Math.max(0, place) }
    },
    get silent() {
      return known.filter(({ lease }) => others.stillFor(lease) >= SILENT_AFTER_MS)
    },
    nameOf: (lease) => known.find((node) => node.lease === lease)?.name ?? null,
    async start() {
      await beat()
      await look()
      duties.every(BEATS_EVERY_MS, 'beat', beat)
      if (shared) duties.every(LOOKED_AT_EVERY_MS, 'nodes', look)
    },
    reconnected() {
      if (!over) beat().catch((error: unknown) => deps.onError('beat', error))
    },
    end,
    stop() {
      over = true
      duties.stop()
      answer(false)
    },
  }
}

/** For how long the beats of each node have stood still, by the time in which they could be seen. */
export function createStillness() {
  const nodes = new Map<number, { beats: number; ms: number }>()
  return {
    /** `ms`: since they were last seen. */
    seen(now: readonly Pick<NodeRecord, 'lease' | 'beats'>[], ms: number): void {
      const there = new Set(now.map(({ lease }) => lease))
      for (const lease of nodes.keys()) if (!there.has(lease)) nodes.delete(lease)
      for (const { lease, beats } of now) {
        const before = nodes.get(lease)
        if (before?.beats === beats) before.ms += ms
        else nodes.set(lease, { beats, ms: 0 })
      }
    },
    stillFor: (lease: number): number => nodes.get(lease)?.ms ?? 0,
  }
}
