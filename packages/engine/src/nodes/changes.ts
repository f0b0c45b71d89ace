/**
 * What a store tells of writes that were not made through it: by another node, or by an operator with plain SQL. It is told once
 * the write can be read, so that whoever reads again then finds it. Who was away is told `all`.
 */
import { storeChangeSchema, type StoreChange } from '@signalbox/contracts'

export type { StoreChange } from '@signalbox/contracts'

export const EVERYTHING: StoreChange = { kind: 'all' }

/** What cannot be read was written by a newer Signalbox, or by hand: it may be about anything. */
export function readChange(payload: string): StoreChange {
  try {
    return storeChangeSchema.parse(JSON.parse(payload))
  } catch {
    return EVERYTHING
  }
}
