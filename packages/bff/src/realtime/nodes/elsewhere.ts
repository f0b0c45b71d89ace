/**
 * Messages that viewers here have open or in a list, and that move at other nodes: each is read from the store when it is said to
 * have moved, and all of them every few seconds while nothing is heard.
 */
import type { Bus, Clock, Engine, MessageRecord } from '@signalbox/engine'
import type { FollowedList, Lists } from '../lists.ts'
import type { Watches } from '../watches.ts'
import { createFollowed, type Followed } from './followed.ts'

/** What moved at another node before that one had heard that it is followed is found by a look at it after so long. */
const HEARD_AFTER_MS = 1_000
/** Searching for new ones takes more than reading those that are shown. */
const SEARCH_EVERY_MS = 2_000
const LOOK_EVERY_MS = 5_000

export interface ElsewhereDeps<V> {
  bus: Bus
  lease: number
  clock: Pick<Clock, 'monotonic' | 'after'>
  engine: Pick<Engine, 'messages'>
  lists: Lists<V>
  watches: Watches<V>
  /** An open message moved. */
  tell(recordId: number): void
  lookForNew(list: FollowedList): Promise<{ found: MessageRecord[]; more: boolean }>
  heard(): boolean
  onError(error: unknown): void
}

export function createElsewhere<V>(deps: ElsewhereDeps<V>): Followed {
  const { bus, lease, clock, engine, lists, watches, tell, lookForNew, heard, onError } = deps
  let cancelSearch: (() => void) | null = null
  let cancelFirst: (() => void) | null = null
  /** What had been followed when that was last told. */
  let known = new Set<number>()
  let cancelLook = (): void => undefined
  let closed = false

  const someCount = (): boolean => !lists.counting()[Symbol.iterator]().next().done
  const followed = createFollowed({
    ...{ bus, lease, clock },
    follows: () => ({
      ids: new Set([...watches.messages(), ...lists.shown()]),
      lists: someCount(),
    }),
    onTouched(ids, others) {
      const shown = new Set(lists.shown())
      for (const id of ids) tell(id)
      read(ids.filter((id) => shown.has(id))).catch(onError)
      if (others) searchSoon()
    },
  })

  async function read(ids: readonly number[]): Promise<void> {
    const records = await Promise.all(ids.map((id) => engine.messages.get(id)))
    for (const record of records) if (record) lists.note(record)
  }

  /** Each filter once, however many viewers share it. */
  async function search(): Promise<void> {
    const found = new Map<string, ReturnType<typeof lookForNew>>()
    for (const [viewer, list] of lists.counting()) {
      const key = JSON.stringify([list.filter, list.after])
      const looked = found.get(key) ?? lookForNew(list)
      found.set(key, looked)
      const { found: records, more } = await looked
      if (!closed) lists.catchUp(viewer, records, more)
    }
  }

  function searchSoon(): void {
    cancelSearch ??= clock.after(SEARCH_EVERY_MS, () => {
      cancelSearch = null
      search().catch(onError)
    })
  }

  /** Messages that somebody has just begun to follow. */
  function lookAtNew(): void {
    const [opened, shown] = [new Set(watches.messages()), new Set(lists.shown())]
    for (const id of opened) if (!known.has(id)) tell(id)
    read([...shown].filter((id) => !known.has(id))).catch(onError)
    known = new Set([...opened, ...shown])
    if (someCount()) searchSoon()
  }

  function watch(): void {
    cancelLook = clock.after(LOOK_EVERY_MS, () => {
      if (!heard()) {
        for (const id of watches.messages()) tell(id)
        read([...lists.shown()]).catch(onError)
        searchSoon()
      }
      watch()
    })
  }
  watch()

  return {
    note: followed.note,
    changed() {
      followed.changed()
      cancelFirst ??= clock.after(HEARD_AFTER_MS, () => {
        cancelFirst = null
        lookAtNew()
      })
    },
    close() {
      closed = true
      cancelSearch?.()
      cancelFirst?.()
      cancelLook()
      followed.close()
    },
  }
}
