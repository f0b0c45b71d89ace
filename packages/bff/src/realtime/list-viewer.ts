/** What a viewer may ask of lists, checked. */
import { followListSchema, type SocketReply } from '@signalbox/contracts'
import type { Engine, MessageRecord } from '@signalbox/engine'
import { readFilter } from '../present/filter.ts'
import type { FollowedList, Lists } from './lists.ts'
import { answer } from './answer.ts'
import type { Viewer } from './viewer.ts'

/** Those who follow a list; they hear of bulk actions too. */
export const LISTS_ROOM = 'lists'

/** New ones that came while a viewer was away are looked for so far. */
const CAUGHT_UP = 200
const LOOKED_THROUGH = 20_000

/** What fits the list now, newest first, as far as it may hold new ones. */
export async function lookForNew(
  { filter, after }: Pick<FollowedList, 'filter' | 'after'>,
  messages: Pick<Engine['messages'], 'search'>,
): Promise<{ found: MessageRecord[]; more: boolean }> {
  if (after === null) return { found: [], more: false }
  const { messages: found } = await messages.search({ ...filter, limit: CAUGHT_UP, scan: LOOKED_THROUGH })
  return { found, more: found.length === CAUGHT_UP && (found.at(-1)?.id ?? 0) > after }
}

export interface ListViewerDeps {
  engine: Pick<Engine, 'spelling' | 'messages'>
  seq: () => number
  /** It follows another list now, or none. */
  onFollowed: () => void
}

export function receiveListViewer(
  viewer: Viewer,
  lists: Lists<Viewer>,
  { engine, seq, onFollowed }: ListViewerDeps,
): void {
  const ok = (): SocketReply => ({ ok: true, seq: seq() })
  let asked = 0
  viewer.on('follow_list', (list, ack) =>
    answer(followListSchema, list, ack, async ({ filter, ids, after }) => {
      const turn = ++asked
      await viewer.join(LISTS_ROOM)
      const read = await readFilter(filter, engine)
      // Another was asked for while the recipient was looked up.
      if (turn !== asked || !viewer.connected) return ok()
      lists.follow(viewer, { filter: read, ids: new Set(ids), after })
      onFollowed()
      const { found, more } = await lookForNew({ filter: read, after }, engine.messages)
      const known = new Set(found.map(({ id }) => id))
      const rest = await Promise.all(ids.filter((id) => !known.has(id)).map((id) => engine.messages.get(id)))
      if (turn === asked) lists.catchUp(viewer, [...found, ...rest.filter((record) => record !== null)], more)
      return ok()
    }),
  )
  viewer.on('unfollow_list', (ack) => {
    asked += 1
    lists.drop(viewer)
    onFollowed()
    void viewer.leave(LISTS_ROOM)
    if (typeof ack === 'function') ack(ok())
  })
  viewer.once('disconnect', () => {
    asked += 1
    lists.drop(viewer)
    onFollowed()
  })
}
