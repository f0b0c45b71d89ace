/**
 * Brings what is in memory into line with what others have written. What is told within one turn of the event loop, or while a
 * kind is being read, is read once; a reading that fails is tried again. What comes before there is anybody to follow waits.
 */
import type { Clock } from '../clock.ts'
import type { StoreChange } from './changes.ts'

type Kind = Exclude<StoreChange['kind'], 'all' | 'cancelled'>
type Cancelled = Extract<StoreChange, { kind: 'cancelled' }>
/** Null: any of this kind. */
export type ChangedIds = readonly number[] | null

export interface Followers extends Record<Kind, (ids: ChangedIds) => Promise<void>> {
  cancelled(change: Cancelled): void
}

export interface Following {
  told(change: StoreChange): void
  /** From now on, and what was told before. */
  follow(by: Followers): void
  /** Settles when nothing is being read. What is told later is nobody's concern. */
  close(): Promise<void>
}

const TRIED_EVERY_MS = 1_000

export function createFollowing(deps: { clock: Clock; onError: (where: string, error: unknown) => void }): Following {
  const { clock, onError } = deps
  const told = new Map<Kind, ChangedIds>()
  const cancelled: Cancelled[] = []
  let everything = false
  const reading = new Map<Kind, Promise<void>>()
  const retries = new Set<() => void>()
  let followers: Followers | null = null
  let scheduled = false
  let closed = false

  function note(kind: Kind, ids: ChangedIds): void {
    const before = told.get(kind)
    told.set(kind, before === null || ids === null ? null : [...new Set([...(before ?? []), ...ids])])
  }

  function schedule(): void {
    if (scheduled || closed || !followers) return
    scheduled = true
    setImmediate(() => {
      scheduled = false
      readAll()
    })
  }

  function readAll(): void {
    if (closed || !followers) return
    const { cancelled: hear, ...readers } = followers
    for (const change of cancelled.splice(0)) hear(change)
    if (everything) for (const kind of Object.keys(readers) as Kind[]) note(kind, null)
    everything = false
    for (const [kind, ids] of told) {
      if (reading.has(kind)) continue
      told.delete(kind)
      reading.set(kind, read(kind, ids, readers[kind]))
    }
  }

  async function read(kind: Kind, ids: ChangedIds, by: Followers[Kind]): Promise<void> {
    try {
      await by(ids)
    } catch (error) {
      if (closed) return
      onError(`following ${kind}`, error)
      await new Promise<void>((resolve) => {
        const cancel = clock.after(TRIED_EVERY_MS, goOn)
        function goOn(): void {
          cancel()
          retries.delete(goOn)
          resolve()
        }
        retries.add(goOn)
      })
      note(kind, ids)
    } finally {
      reading.delete(kind)
      if (told.size > 0) schedule()
    }
  }

  return {
    told(change) {
      if (closed) return
      if (change.kind === 'all') everything = true
      else if (change.kind === 'cancelled') cancelled.push(change)
      else note(change.kind, 'ids' in change ? change.ids : null)
      schedule()
    },
    follow(by) {
      followers = by
      schedule()
    },
    async close() {
      closed = true
      for (const giveUp of retries) giveUp()
      await Promise.all(reading.values())
    },
  }
}
