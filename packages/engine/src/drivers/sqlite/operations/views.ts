import type { StoredView, ViewPut } from '../../../messages/view-store.ts'
import type { Db } from '../database.ts'

export function viewOperations(db: Db) {
  const exists = db.prepare<[string], number>('SELECT 1 FROM message_views WHERE key = ?').pluck()
  const count = db.prepare<[], number>('SELECT count(*) FROM message_views').pluck()
  const put = db.prepare('INSERT OR REPLACE INTO message_views (key, name, query) VALUES (@key, @name, @query)')
  const remove = db.prepare<[string], StoredView>('DELETE FROM message_views WHERE key = ? RETURNING key, name, query')

  return {
    put(view: StoredView, { replace, atMost }: { replace: boolean; atMost: number }): ViewPut {
      const taken = exists.get(view.key) !== undefined
      if (taken && !replace) return 'exists'
      if (!taken && (count.get() ?? 0) >= atMost) return 'full'
      put.run(view)
      return 'saved'
    },
    remove: (key: string): StoredView | null => remove.get(key) ?? null,
  }
}

export function viewReads(db: Db) {
  const all = db.prepare<[], StoredView>('SELECT key, name, query FROM message_views ORDER BY key')
  return { list: (): StoredView[] => all.all() }
}
