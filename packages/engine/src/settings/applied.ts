/** On which nodes the present settings are in force, and since when. */
import type { SettingsProblem } from '@signalbox/contracts'
import type { NodeStore } from '../nodes/store.ts'
import type { SettingsStore } from './store.ts'

export interface SettingsApplied {
  /** The newest there is. */
  version: number
  /** Epoch ms at which it was written; null when nobody knows any more. */
  since: number | null
  /** By number. */
  nodes: {
    number: number
    name: string
    /** In force there. */
    version: number
    /** Epoch ms; null while it is not the newest. */
    appliedAt: number | null
    /** From its being written; null while it is not the newest, where nobody knows, and of a node that came later. */
    afterMs: number | null
    /** What was refused there: the last good values stay in force. */
    problems: readonly SettingsProblem[]
  }[]
}

export function createSettingsApplied(deps: {
  settings: Pick<SettingsStore, 'asOf'>
  nodes: Pick<NodeStore, 'list'>
}): () => Promise<SettingsApplied> {
  return async () => {
    // The nodes last: none of them has a version that was not looked at.
    const { revision, was } = await deps.settings.asOf(null)
    const nodes = await deps.nodes.list()
    const since = was?.since ?? null
    return {
      ...{ version: revision, since },
      nodes: nodes.map(({ number, name, joinedAt, settingsRevision, settingsAppliedAt, settingsProblems }) => {
        const appliedAt = settingsRevision < revision ? null : settingsAppliedAt
        const isKnown = appliedAt !== null && since !== null && joinedAt < since
        return {
          ...{ number, name, version: settingsRevision, problems: settingsProblems },
          ...{ appliedAt, afterMs: isKnown ? Math.max(0, appliedAt - since) : null },
        }
      }),
    }
  }
}
