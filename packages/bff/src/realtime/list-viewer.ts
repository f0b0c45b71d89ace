/** What a viewer may ask of lists, checked. */
import { followListSchema, type SocketReply } from '@signalbox/contracts'
import type { Engine } from '@signalbox/engine'
import { readFilter } from '../present/filter.ts'
import type { Lists } from './lists.ts'
import { answer } from './answer.ts'
import type { Viewer } from './viewer.ts'

/** Those who follow a list; they hear of bulk actions too. */
export const LISTS_ROOM = 'lists'

/** New ones that came while a viewer was away are looked for so far. */
const CAUGHT_UP = 200
const LOOKED_THROUGH = 20_000

export function receiveListViewer(
  viewer: Viewer,
  lists: Lists<Viewer>,
  { engine, seq }: { engine: Pick<Engine, 'spelling' | 'messages'>; seq: () => number },
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
      const { search, get } = engine.messages
      const page = after === null ? null : await search({ ...read, limit: CAUGHT_UP, scan: LOOKED_THROUGH })
      const found = page?.messages ?? []
      const known = new Set(found.map(({ id }) => id))
      const rest = await Promise.all(ids.filter((id) => !known.has(id)).map((id) => get(id)))
      const more = after !== null && found.length === CAUGHT_UP && (found.at(-1)?.id ?? 0) > after
      if (turn === asked) lists.catchUp(viewer, [...found, ...rest.filter((record) => record !== null)], more)
      return ok()
    }),
  )
  viewer.on('unfollow_list', (ack) => {
    asked += 1
    lists.drop(viewer)
    void viewer.leave(LISTS_ROOM)
    if (typeof ack === 'function') ack(ok())
  })
  viewer.once('disconnect', () => {
    asked += 1
    lists.drop(viewer)
  })
}
