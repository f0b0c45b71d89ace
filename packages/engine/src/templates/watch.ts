/** Tells of templates that others changed: what is kept of them in memory, and who shows them, follows the events. */
import type { Events } from '../events.ts'
import type { ChangedIds } from '../nodes/follow.ts'
import type { TemplateCatalogue } from './catalogue.ts'
import type { TemplateRecord, TemplateStore } from './store.ts'

export interface TemplateWatch {
  readAgain(ids: ChangedIds): Promise<void>
}

export async function openTemplateWatch(deps: {
  store: Pick<TemplateStore, 'list'>
  catalogue: Pick<TemplateCatalogue, 'clear'>
  events: Pick<Events, 'emit'>
}): Promise<TemplateWatch> {
  const { store, catalogue, events } = deps
  /** As they stood when they were last read as a whole. */
  let known = looksOf(await store.list())

  return {
    async readAgain(ids) {
      if (ids) {
        for (const id of ids) events.emit('template:changed', { id })
        return
      }
      const now = looksOf(await store.list())
      const changed = [...new Set([...known.keys(), ...now.keys()])].filter((id) => known.get(id) !== now.get(id))
      known = now
      // An experiment may have changed, which no template shows.
      catalogue.clear()
      for (const id of changed) events.emit('template:changed', { id })
    },
  }
}

function looksOf(templates: readonly TemplateRecord[]): Map<number, string> {
  return new Map(
    templates.map(({ id, name, status, purpose, version, revision, updatedAt }) => [
      id,
      [name, status, purpose, version, revision, updatedAt].join('\n'),
    ]),
  )
}
