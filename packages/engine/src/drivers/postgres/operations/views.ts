import type { StoredView, ViewPut } from '../../../messages/view-store.ts'
import type { Reader } from '../reader.ts'
import { statement, type Db } from '../statement.ts'

const count = statement<[string], { total: number; taken: number }>(
  'SELECT count(*) AS total, count(*) FILTER (WHERE key = $1) AS taken FROM message_views',
)
const put = statement<[string, string, string]>(
  `INSERT INTO message_views (key, name, query) VALUES ($1, $2, $3)
   ON CONFLICT (key) DO UPDATE SET name = excluded.name, query = excluded.query`,
)
const remove = statement<[string], StoredView>('DELETE FROM message_views WHERE key = $1 RETURNING key, name, query')
const all = statement<[], StoredView>('SELECT key, name, query FROM message_views ORDER BY key COLLATE "C"')

export function viewOperations(db: Db) {
  return {
    async put({ key, name, query }: StoredView, options: { replace: boolean; atMost: number }): Promise<ViewPut> {
      const { total, taken } = (await db.one(count, key)) ?? { total: 0, taken: 0 }
      if (taken > 0 && !options.replace) return 'exists'
      if (taken === 0 && total >= options.atMost) return 'full'
      await db.run(put, key, name, query)
      return 'saved'
    },
    remove: (key: string) => db.one(remove, key),
  }
}

export const listViews = ({ db }: Reader) => db.all(all)
