import type { LinkState, Store } from '../driver.ts'
import type { Bus } from './bus.ts'
import type { Leader } from './leader.ts'
import type { Sharing } from './sharing.ts'
import type { NodeIdentity, NodeRecord } from './store.ts'

/** This node among those on the same store. */
export interface Cluster {
  readonly self: Readonly<NodeIdentity & { lease: number; number: number }>
  /** How nodes tell each other what goes on; null where there can be only one. */
  readonly bus: Bus | null
  /** The services that the store stands on, as they are now; none of a store in a file. */
  readonly links: readonly LinkState[]
  /** This one does what is to be done once. */
  readonly leads: boolean
  /** Every node that is there, by number, this one too. */
  nodes(): Promise<NodeRecord[]>
  /** How much waits that belongs to nobody yet, as of a moment ago. */
  readonly unowned: number
}

export function createCluster(
  { nodes, shared }: Pick<Store, 'nodes' | 'shared'>,
  identity: NodeIdentity,
  links: ReadonlyMap<string, LinkState>,
  { leader, sharing }: { leader: Pick<Leader, 'leads'>; sharing: Pick<Sharing, 'unowned'> },
): Cluster {
  return {
    self: { ...identity, ...nodes.self },
    bus: shared?.bus ?? null,
    get links() {
      return [...links.values()]
    },
    get leads() {
      return leader.leads
    },
    nodes: () => nodes.list(),
    get unowned() {
      return sharing.unowned
    },
  }
}
