import { VIEW_LIMITS, type MessageView } from '@signalbox/contracts'
import { describe, EngineError } from '../errors.ts'
import type { Events } from '../events.ts'
import type { StoredView, ViewStore } from './view-store.ts'

export type SavedView = MessageView

/** Filters of messages under a name, the same for everybody. A name stands once, without regard to case, width and spaces around. */
export interface Views {
  /** By name. */
  list(): Promise<SavedView[]>
  /** @throws EngineError `conflict` when the name is taken and not to be replaced, `views_full` beyond 50. */
  save(view: SavedView, options?: { replace?: boolean }): Promise<SavedView>
  /**
   * What was removed.
   * @throws EngineError `view_not_found`
   */
  remove(name: string): Promise<SavedView>
}

export function createViews(store: ViewStore, events: Pick<Events, 'emit'>): Views {
  return {
    list: async () => (await store.list()).map(viewOf),
    async save({ name, query }, { replace = false } = {}) {
      const view = { key: keyOf(name), name, query }
      const put = await store.put(view, { replace, atMost: VIEW_LIMITS.views })
      if (put === 'exists') {
        throw new EngineError('conflict', `expected a name that no view has, or replace: true, got ${describe(name)}`)
      }
      if (put === 'full') {
        throw new EngineError('views_full', `expected at most ${VIEW_LIMITS.views} saved views, got one more`)
      }
      events.emit('views:changed', { name })
      return viewOf(view)
    },
    async remove(name) {
      const removed = await store.remove(keyOf(name))
      if (!removed) throw new EngineError('view_not_found', `expected the name of a saved view, got ${describe(name)}`)
      events.emit('views:changed', { name: removed.name })
      return viewOf(removed)
    },
  }
}

function keyOf(name: string): string {
  return name.normalize('NFKC').toLowerCase().trim().replaceAll(/\s+/g, ' ')
}

function viewOf({ name, query }: StoredView): SavedView {
  return { name, query }
}
