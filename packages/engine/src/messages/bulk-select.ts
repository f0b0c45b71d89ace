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

/** The steps that are left of an action. */
export async function* stepsLeft(
  { messages, bulk }: { messages: Pick<MessageStore, 'refs'>; bulk: Pick<BulkStore, 'moved'> },
  record: BulkRecord,
): AsyncGenerator<SelectedStep> {
  const { action, filter, undoes } = record
  const query = queryOf(action, filter)
  let left = record.total - record.moved - record.skipped
  for (let before = record.nextBefore; query && before !== null && left > 0;) {
    const limit = Math.min(STEP, left)
    const step = undoes === null ? await found(query, before, limit) : await movedBy(undoes, before, limit)
    left -= step.ids.length
    before = step.nextBefore
    yield step
  }

  async function found(filtered: BulkFilter, before: number, limit: number): Promise<SelectedStep> {
    const page = await messages.refs({ ...filtered, before, limit, scan: LOOKED_THROUGH_AT_ONCE })
    return { ids: page.refs.map(({ id }) => id), nextBefore: page.nextBefore }
  }

  async function movedBy(actionId: number, before: number, limit: number): Promise<SelectedStep> {
    const ids = await bulk.moved(actionId, before, limit)
    return { ids, nextBefore: ids.length < limit ? null : (ids.at(-1) ?? null) }
  }
}
