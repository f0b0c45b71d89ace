/** What the leader does with nodes that were not heard from for too long: it ends them, and tells what became of what they had. */
import type { Channel } from '@signalbox/contracts'
import type { Clock } from '../clock.ts'
import type { MessageRecord } from '../messages/record.ts'
import type { Membership } from './membership.ts'
import type { Sharing } from './sharing.ts'
import type { NodeStore } from './store.ts'

export function createEndSilent(deps: {
  nodes: Pick<NodeStore, 'end'>
  membership: Pick<Membership, 'silent'>
  sharing: Pick<Sharing, 'look' | 'tellFreed'>
  policies: () => Record<Channel, 'hold' | 'retry'>
  clock: Clock
  changed: (record: MessageRecord) => void
  log: { warn(fields: object, message: string): void }
}): () => Promise<void> {
  const { nodes, membership, sharing, clock } = deps
  return async () => {
    for (const { lease, name } of membership.silent) {
      const ended = await nodes.end(lease, deps.policies(), clock.now())
      if (!ended) continue
      const { recovered, freed } = ended
      deps.log.warn({ node: name, recovered: recovered.length, freed }, 'node: ended, it was not heard from')
      for (const record of recovered) deps.changed(record)
      sharing.tellFreed()
      sharing.look()
    }
  }
}
