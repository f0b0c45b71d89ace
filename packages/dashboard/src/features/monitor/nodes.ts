/** The nodes behind the wall and the services that their store stands on; words are the components'. */
import type { Link, MonitorStats, Node } from '@signalbox/contracts'

/** What is the matter: everything else goes on. */
export interface Troubles {
  /** Away. */
  links: Link[]
  /** Not heard of. */
  nodes: Node[]
}

export function troublesOf({ links, nodes }: Partial<Pick<MonitorStats, 'links' | 'nodes'>>): Troubles {
  return {
    links: (links ?? []).filter(({ up }) => !up),
    nodes: (nodes ?? []).filter(({ state }) => state === 'silent'),
  }
}

const WEIGHT: Record<Node['state'], number> = { silent: 0, gone: 1, ok: 2 }

/**
 * As many as have room. They keep their places, by number, so that an eye finds them again; what leaves when there are too many is
 * what needs no looking at.
 */
export function nodesWithin(nodes: readonly Node[], room: number): { shown: Node[]; beyond: Node[] } {
  if (nodes.length <= room) return { shown: [...nodes], beyond: [] }
  const busy = (node: Node) => node.load?.event_loop_percent ?? 0
  const chosen = nodes.toSorted((a, b) => WEIGHT[a.state] - WEIGHT[b.state] || busy(b) - busy(a)).slice(0, room - 1)
  return {
    shown: nodes.filter((node) => chosen.includes(node)),
    beyond: nodes.filter((node) => !chosen.includes(node)),
  }
}

/** What it does per second: a node that only takes messages ends none. */
export function rateOf({ role, load }: Node): number | null {
  if (!load) return null
  return role === 'api' ? load.accepted : load.ended
}
