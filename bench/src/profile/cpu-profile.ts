/** Where a thread spent its time, from the file that `--cpu-prof` leaves of it. Pure. */

export interface CpuProfile {
  nodes: readonly ProfileNode[]
  /** Ids of the nodes that were running, and the µs since the sample before. */
  samples: readonly number[]
  timeDeltas: readonly number[]
}

interface ProfileNode {
  id: number
  callFrame: { functionName: string; url: string; lineNumber: number }
  children?: readonly number[]
}

export interface ThreadTime {
  /** Share of the time in which the thread did anything, 0-1. */
  busy: number
  /** Functions by the share of the busy time spent in themselves, not in what they call; the largest first. */
  top: { name: string; share: number }[]
}

const IDLE = '(idle)'

export function threadTime(profile: CpuProfile, places: number): ThreadTime {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]))
  const parents = new Map(profile.nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node] as const)))
  const byName = new Map<string, number>()
  let total = 0
  for (const [i, id] of profile.samples.entries()) {
    const node = nodes.get(id)
    const delta = Math.max(0, profile.timeDeltas[i] ?? 0)
    if (!node) continue
    const name = nameOf(node, parents.get(id))
    total += delta
    byName.set(name, (byName.get(name) ?? 0) + delta)
  }
  const busy = total - (byName.get(IDLE) ?? 0)
  byName.delete(IDLE)
  const top = [...byName]
    .sort(([, a], [, b]) => b - a)
    .slice(0, places)
    .map(([name, time]) => ({ name, share: time / busy }))
  return { busy: total === 0 ? 0 : busy / total, top }
}

/** A native function says little without the one that called it. */
function nameOf({ callFrame }: ProfileNode, parent: ProfileNode | undefined): string {
  const name = callFrame.functionName || '(anonymous)'
  if (callFrame.url !== '') return `${name} ${placeOf(callFrame)}`
  if (name.startsWith('(') || !parent) return name
  const { functionName } = parent.callFrame
  return `${name}, called by ${functionName || '(anonymous)'} ${placeOf(parent.callFrame)}`
}

/** `sqlite/thread.ts:42` */
function placeOf({ url, lineNumber }: ProfileNode['callFrame']): string {
  if (url === '') return 'in Node'
  return `${url.split('/').slice(-2).join('/')}:${lineNumber + 1}`
}
