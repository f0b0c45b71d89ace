/** The store's tables as numbered steps, in a schema of their own. A step that has been released is never edited; add one. */
import { CATALOGUE } from './catalogue.ts'
import { changesOf } from './changes.ts'
import { COMMITS } from './commits.ts'
import { MESSAGE_RECORDS, MESSAGES } from './messages.ts'
import { NODES } from './nodes.ts'
import { settingsOf } from './settings.ts'
import { STATISTICS_BY_NODE } from './statistics.ts'

export interface Step {
  sql(schema: string): string
  /**
   * Made while nodes of the version before go on: it adds what they do not know (a table, an index, a column that has a default
   * or may be null) and changes nothing that their statements name. Without it all of them have to be stopped first.
   */
  beside?: true
}

export const STEPS: readonly Step[] = [
  { sql: (schema) => MESSAGES + CATALOGUE + MESSAGE_RECORDS + settingsOf(schema) },
  { sql: () => STATISTICS_BY_NODE },
  { sql: changesOf },
  { sql: () => NODES },
  { sql: () => COMMITS, beside: true },
]
