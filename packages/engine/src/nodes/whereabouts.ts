/** Where a message waits that does not wait here, in words. */
import type { Entry, QueueStore } from '../queue/store.ts'
import type { Membership } from './membership.ts'
import type { NodeStore } from './store.ts'

/** Null when it waits here, or nowhere. */
export type Whereabouts = (entry: Entry) => Promise<string | null>

export function createWhereabouts(deps: {
  queue: Pick<QueueStore, 'ownerOf'>
  self: NodeStore['self']
  membership: Pick<Membership, 'nameOf' | 'working'>
}): Whereabouts {
  const { queue, self, membership } = deps
  return async (entry) => {
    const owner = await queue.ownerOf(entry)
    if (owner === null || owner === self.lease) return null
    if (owner !== 0) return `it waits on node ${membership.nameOf(owner) ?? `of lease ${owner}, which is gone`}`
    return membership.working === 0
      ? 'it belongs to no node yet, and none sends: expected one with the role worker or all'
      : 'it belongs to no node yet: the next with room takes it'
  }
}
