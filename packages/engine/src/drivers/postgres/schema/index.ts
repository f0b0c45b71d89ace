/** The store's tables as numbered steps, in a schema of their own. A step that has been released is never edited; add one. */
import { CATALOGUE } from './catalogue.ts'
import { changesOf } from './changes.ts'
import { MESSAGE_RECORDS, MESSAGES } from './messages.ts'
import { NODES } from './nodes.ts'
import { settingsOf } from './settings.ts'
import { STATISTICS_BY_NODE } from './statistics.ts'

type Step = (schema: string) => string

export const STEPS: readonly Step[] = [
  (schema) => MESSAGES + CATALOGUE + MESSAGE_RECORDS + settingsOf(schema),
  () => STATISTICS_BY_NODE,
  changesOf,
  () => NODES,
]
