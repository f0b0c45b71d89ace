/** Counts the messages of experiments by version, in the transaction of what it counts. Without experiments it does nothing. */
import type { MessageState } from '@signalbox/contracts'
import type { Db } from './database.ts'

export interface Arms {
  accepted(id: number, templateId: number, version: number, state: MessageState): void
  moved(id: number, templateId: number, from: MessageState, to: MessageState): void
  /** An experiment was written, or the transaction ended: what is known is read again. */
  forget(): void
}

export function createArms(db: Db): Arms {
  const experiments = db.prepare<[], { template_id: number; state: string }>(
    "SELECT template_id, state FROM template_experiments WHERE state <> 'ended'",
  )
  const insert = db.prepare('INSERT INTO template_experiment_messages VALUES (?, ?, ?)')
  const versionOf = db
    .prepare<[number, number], number>(
      'SELECT version FROM template_experiment_messages WHERE template_id = ? AND id = ?',
    )
    .pluck()
  const count = db.prepare(
    'INSERT INTO template_experiment_counts VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count',
  )
  /** By template: whether it still takes messages. Null: to be read. */
  let known: Map<number, boolean> | null = null
  const read = () => new Map(experiments.all().map(({ template_id, state }) => [template_id, state === 'running']))

  return {
    accepted(id, templateId, version, state) {
      known ??= read()
      if (!known.get(templateId)) return
      insert.run(templateId, id, version)
      count.run(templateId, version, state, 1)
    },
    moved(id, templateId, from, to) {
      known ??= read()
      if (!known.has(templateId)) return
      const version = versionOf.get(templateId, id)
      if (version === undefined) return
      count.run(templateId, version, from, -1)
      count.run(templateId, version, to, 1)
    },
    forget() {
      known = null
    },
  }
}
