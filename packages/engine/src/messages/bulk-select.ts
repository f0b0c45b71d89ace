/** Which messages a bulk action finds: counted first, then in steps. */
import type { MessageState } from '@signalbox/contracts'
import type { BulkAction, BulkFilter, BulkPreview } from './bulk.ts'
import type { BulkRecord, BulkStore } from './bulk-store.ts'
import type { MessageStore } from './store.ts'

/** In which states an action finds something to do. */
const BULK_STATES: Record<BulkAction, readonly MessageState[]> = {
  retry: ['failed', 'expired'],
  cancel: ['scheduled', 'queued'],
  mark_sent: ['unknown'],
  mark_failed: ['unknown'],
  resend: ['unknown'],
}

const COUNTED_AT_ONCE = 5_000
const LOOKED_THROUGH_AT_ONCE = 50_000
/** Messages of one step: they share a transaction. */
const STEP = 500
/** Beyond this many, duplicates are not looked for. */
const COMPARED = 200_000

export interface SelectedStep {
  ids: number[]
  nextBefore: number | null
}

/** The part of a filter on which the action can do something; null when there is none. */
export function queryOf(action: BulkAction, filter: BulkFilter): BulkFilter | null {
  const able = BULK_STATES[action]
  const asked = typeof filter.status === 'string' ? [filter.status] : (filter.status ?? able)
  const status = able.filter((state) => asked.includes(state))
  return status.length === 0 ? null : { ...filter, status }
}

export async function countMatches(
  store: Pick<MessageStore, 'refs'>,
  action: BulkAction,
  filter: BulkFilter,
): Promise<BulkPreview> {
  const query = queryOf(action, filter)
  const seen = new Map<string, number>()
  let count = 0
  let newest = 0
  for (let before = filter.before; query;) {
    const page = await store.refs({ ...query, before, limit: COUNTED_AT_ONCE, scan: LOOKED_THROUGH_AT_ONCE })
    newest ||= page.refs[0]?.id ?? 0
    count += page.refs.length
    if (count <= COMPARED) {
      for (const { templateId, recipient } of page.refs) {
        const key = `${templateId} ${recipient}`
        seen.set(key, (seen.get(key) ?? 0) + 1)
      }
    }
    if (page.nextBefore === null) break
    before = page.nextBefore
  }
  const several = [...seen.values()].filter((times) => times > 1)
  const duplicates = count > COMPARED ? null : several.reduce((sum, times) => sum + times, 0)
  return { count, duplicates, before: newest === 0 ? 0 : newest + 1 }
}

/** The next step of an action, from where it stands; null when there is none. */
export async function nextStep(
  { messages, bulk }: { messages: Pick<MessageStore, 'refs'>; bulk: Pick<BulkStore, 'moved'> },
  { action, filter, undoes, nextBefore: before, total, moved, skipped }: BulkRecord,
): Promise<SelectedStep | null> {
  const query = queryOf(action, filter)
  const limit = Math.min(STEP, total - moved - skipped)
  if (!query || before === null || limit <= 0) return null
  if (undoes === null) {
    const page = await messages.refs({ ...query, before, limit, scan: LOOKED_THROUGH_AT_ONCE })
    return { ids: page.refs.map(({ id }) => id), nextBefore: page.nextBefore }
  }
  const ids = await bulk.moved(undoes, before, limit)
  return { ids, nextBefore: ids.length < limit ? null : (ids.at(-1) ?? null) }
}
