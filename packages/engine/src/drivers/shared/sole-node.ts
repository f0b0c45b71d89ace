/** The ports of nodes where there is one: all that waits is its own, and nobody can end it. */
import type { NodeIdentity, NodeStore, SettingsThere } from '../../nodes/store.ts'
import type { QueueStore } from '../../queue/store.ts'

const LEASE = 1

export function soleNode(identity: NodeIdentity = { name: 'signalbox', role: 'all', version: '' }): NodeStore {
  const self = { lease: LEASE, number: 0 }
  const joinedAt = Date.now()
  let beats = 0
  let settings: SettingsThere = { revision: 0, problems: [] }
  let appliedAt = joinedAt
  return {
    self,
    async renew(inForce) {
      beats += 1
      if (inForce.revision !== settings.revision) appliedAt = Date.now()
      settings = inForce
      return true
    },
    list: async () => [
      {
        ...{ ...identity, ...self, joinedAt, beats },
        ...{ settingsRevision: settings.revision, settingsAppliedAt: appliedAt, settingsProblems: settings.problems },
      },
    ],
    end: async () => null,
    leave: async () => undefined,
  }
}

export const SOLE_OWNER: Pick<QueueStore, 'adopt' | 'adoptThese' | 'giveUp' | 'unowned' | 'ownerOf'> = {
  adopt: async () => [],
  adoptThese: async () => [],
  giveUp: async () => [],
  unowned: async () => 0,
  ownerOf: async () => LEASE,
}
