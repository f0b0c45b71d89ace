/** Records kept from their acceptance to their first claim, so that the claim need not read them back from the store. */
import type { MessageRecord } from './record.ts'

/** What the window of the queue holds, with room for what every lane may have beyond its share. More wait in the store alone; a claim of one is a read slower. */
const CAPACITY = 40_000

export interface FreshRecords {
  accepted(record: MessageRecord): void
  /** The record, left where it is. */
  look(id: number): MessageRecord | null
  /** The record, once; null when it is not at hand. */
  take(id: number): MessageRecord | null
}

export function createFreshRecords(): FreshRecords {
  const records = new Map<number, MessageRecord>()
  return {
    accepted(record) {
      if (record.state === 'queued' && records.size < CAPACITY) records.set(record.id, record)
    },
    look: (id) => records.get(id) ?? null,
    take(id) {
      const record = records.get(id) ?? null
      if (record) records.delete(id)
      return record
    },
  }
}
