import {
  CHANNELS,
  SUPPRESSION_LIMITS,
  type Channel,
  type Purpose,
  type SuppressionPurpose,
  type SuppressionReason,
} from '@signalbox/contracts'
import type { Clock } from '../clock.ts'
import { EngineError } from '../errors.ts'
import type { Events } from '../events.ts'
import type { ChangedIds } from '../nodes/follow.ts'
import { isStopped, LIFTED_BY_FOLLOWING, LIFTED_BY_REPLY, stopsWhat } from './policy.ts'
import { createRecipientSet } from './recipient-set.ts'
import type { SuppressionQuery, SuppressionRecord, SuppressionStore } from './store.ts'

export interface AddSuppression {
  channel: Channel
  /** In its canonical spelling. */
  recipient: string
  reason: SuppressionReason
  /** Left out: what this reason stops. */
  purpose?: SuppressionPurpose | undefined
  detail?: string | null | undefined
  /** The message that caused it. */
  recordId?: number | null | undefined
}

export type LiftedBy = 'reply' | 'following'

/**
 * Who must not be written to. What is added or lifted is in force when its promise settles, for every message that is not
 * with its provider then. Each change stands in the audit log.
 */
export interface Suppressions {
  /** Idempotent: who is there for that purpose and reason stays as they are. */
  add(suppression: AddSuppression): Promise<SuppressionRecord>
  /** @throws EngineError `suppression_not_found` */
  remove(id: number): Promise<SuppressionRecord>
  /** What a recipient's own word, or their following again, takes back. */
  lift(
    by: LiftedBy,
    who: { channel: Channel; recipient: string; recordId?: number | null; detail?: string },
  ): Promise<SuppressionRecord[]>
  /** @throws EngineError `suppression_not_found` */
  get(id: number): Promise<SuppressionRecord>
  /** Newest first. The recipient as anybody may write it. */
  list(query: SuppressionQuery): Promise<SuppressionRecord[]>
  /**
   * The one spelling under which messages and suppressions know a recipient.
   * @throws EngineError `invalid_recipient`, the issue at `path`
   */
  spell(channel: Channel, recipient: string, path: string): string
  /** Recipients in memory, and the bytes that takes. */
  figures(): { recipients: number; bytes: number }
}

/** What the pipeline asks for each message. */
export interface SuppressionCheck {
  /** Takes over what others have written. */
  readAgain(ids: ChangedIds): Promise<void>
  /** At once, from memory. False is certain. */
  mayConcern(channel: Channel, recipient: string): boolean
  /** The one that stops a message of this purpose; null when none does. */
  against(channel: Channel, recipient: string, purpose: Purpose): Promise<SuppressionRecord | null>
}

export interface SuppressionsDeps {
  store: SuppressionStore
  clock: Clock
  events: Pick<Events, 'emit'>
  spell: Suppressions['spell']
}

const LIFTS: Record<LiftedBy, readonly SuppressionReason[]> = { reply: LIFTED_BY_REPLY, following: LIFTED_BY_FOLLOWING }

/** Read at once when it is filled. */
const PAGE = 20_000

/** With everybody of the store in memory. */
export async function openSuppressions({
  store,
  clock,
  events,
  spell,
}: SuppressionsDeps): Promise<Suppressions & SuppressionCheck> {
  // Who is taken off the list stays in here until the next start: the store is asked then, and knows better.
  const everybody = createRecipientSet()
  await readEverybody()

  async function readEverybody(): Promise<void> {
    for (let after = 0; ;) {
      const page = await store.recipients(after, PAGE)
      for (const { channel, recipient } of page) everybody.add(channel, recipient)
      const last = page.at(-1)
      if (!last || page.length < PAGE) break
      after = last.id
    }
  }

  async function existing(id: number, found: Promise<SuppressionRecord | null>): Promise<SuppressionRecord> {
    const record = await found
    if (!record) throw new EngineError('suppression_not_found', `suppression ${id} not found`)
    return record
  }

  async function list(query: SuppressionQuery): Promise<SuppressionRecord[]> {
    const { recipient, channel, ...rest } = query
    if (recipient === undefined) return store.list(query)
    // It may be spelled differently on each channel.
    const found = await Promise.all(
      (channel === undefined ? CHANNELS : [channel]).map(async (each) => {
        const spelling = spelled(each, recipient)
        return spelling === null ? [] : await store.list({ ...rest, channel: each, recipient: spelling })
      }),
    )
    return found
      .flat()
      .toSorted((a, b) => b.id - a.id)
      .slice(0, query.limit)
  }

  function spelled(channel: Channel, recipient: string): string | null {
    try {
      return spell(channel, recipient, 'recipient')
    } catch (error) {
      if (error instanceof EngineError) return null
      throw error
    }
  }

  return {
    async add({ channel, recipient, reason, purpose = stopsWhat(reason, channel), detail, recordId }) {
      // Before it is on disk: whoever asks in between is sent to the store, which has it or has it not.
      everybody.add(channel, recipient)
      const { record, added } = await store.add({
        ...{ channel, recipient, reason, purpose },
        detail: detail?.slice(0, SUPPRESSION_LIMITS.detailChars) ?? null,
        recordId: recordId ?? null,
        createdAt: clock.now(),
      })
      if (added) events.emit('suppressions:changed', { id: record.id })
      return record
    },
    async remove(id) {
      const removed = await existing(id, store.remove(id, clock.now()))
      events.emit('suppressions:changed', { id })
      return removed
    },
    async lift(by, { channel, recipient, recordId = null, detail = null }) {
      if (!everybody.has(channel, recipient)) return []
      const reasons = LIFTS[by]
      const lifted = await store.lift({ channel, recipient, reasons, recordId, detail, now: clock.now() })
      for (const { id } of lifted) events.emit('suppressions:changed', { id })
      return lifted
    },
    get: (id) => existing(id, store.get(id)),
    list,
    spell,
    figures: () => ({ recipients: everybody.size, bytes: everybody.bytes }),
    async readAgain(ids) {
      if (ids === null) await readEverybody()
      else {
        const found = await Promise.all(ids.map((id) => store.get(id)))
        for (const each of found) if (each) everybody.add(each.channel, each.recipient)
      }
      for (const id of ids ?? [null]) events.emit('suppressions:changed', { id })
    },
    mayConcern: (channel, recipient) => everybody.has(channel, recipient),
    async against(channel, recipient, purpose) {
      const all = await store.of(channel, recipient)
      return all.find((each) => isStopped(purpose, each.purpose)) ?? null
    },
  }
}
