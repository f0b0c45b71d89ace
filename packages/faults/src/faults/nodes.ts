/** Nodes of the runs over several, as an installation would have them: some take messages, some send, some do both. */
import type { NodeRole } from '@signalbox/contracts'
import type { ClusterOptions } from '../rig/cluster.ts'

export const APART: { on: ClusterOptions['on']; roles: readonly NodeRole[] } = {
  on: 'distributed',
  roles: ['api', 'api', 'worker', 'worker'],
}
export const ALIKE: typeof APART = { on: 'distributed', roles: ['all', 'all', 'all'] }
