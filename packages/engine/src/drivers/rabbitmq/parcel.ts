/** Entries as they travel: ids of one queue and priority, by their lanes. */
import type { Entry } from '../../queue/store.ts'

export type Kind = Pick<Entry, 'queue' | 'priority'>

/** Entries in one message at most: what a lost worker gives back at once, and a few KB on the wire. */
export const PARCEL_ENTRIES = 100

export function pack(entries: readonly Entry[]): Buffer {
  const lanes = new Map<string, number[]>()
  for (const { lane, id } of entries) {
    const ids = lanes.get(lane)
    if (ids) ids.push(id)
    else lanes.set(lane, [id])
  }
  const [first] = entries
  return Buffer.from(JSON.stringify({ queue: first?.queue, priority: first?.priority, lanes: [...lanes] }))
}

/** Null for what this version cannot read, or what does not belong in that queue. */
export function unpack(content: Buffer, kind: Kind): Entry[] | null {
  let parcel: unknown
  try {
    parcel = JSON.parse(content.toString('utf8'))
  } catch {
    return null
  }
  if (!isObject(parcel) || parcel['queue'] !== kind.queue || parcel['priority'] !== kind.priority) return null
  const lanes: unknown = parcel['lanes']
  if (!Array.isArray(lanes)) return null
  const entries: Entry[] = []
  for (const each of lanes as unknown[]) {
    if (!isLane(each)) return null
    const [lane, ids] = each
    for (const id of ids) entries.push({ ...kind, lane, id })
  }
  return entries
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

function isLane(value: unknown): value is [string, number[]] {
  if (!Array.isArray(value) || value.length !== 2) return false
  const [lane, ids] = value as unknown[]
  return typeof lane === 'string' && Array.isArray(ids) && ids.every((id) => Number.isSafeInteger(id))
}
