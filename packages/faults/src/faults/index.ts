import type { Fault } from '../fault.ts'
import { broker } from './broker.ts'
import { clock } from './clock.ts'
import { crashPoints } from './crash-points.ts'
import { diskFull } from './disk-full.ts'
import { freeze } from './freeze.ts'
import { kill } from './kill.ts'
import { freezeNodes } from './freeze-nodes.ts'
import { joinAndLeave } from './join-and-leave.ts'
import { killNodes, killOnPostgres } from './kill-nodes.ts'
import { links, postgresLink } from './links.ts'
import { models } from './models.ts'
import { postgresKill, postgresKillOfNodes } from './postgres-kill.ts'
import { overload } from './overload.ts'
import { provider } from './provider.ts'
import { redis } from './redis.ts'
import { syncError } from './sync-error.ts'
import { syncedBefore } from './sync-order.ts'
import { terminate } from './terminate.ts'

/** One server on a data folder, in the order of the catalogue. */
export const ON_A_FOLDER: readonly Fault[] = [
  kill,
  crashPoints,
  freeze,
  diskFull,
  syncError,
  syncedBefore,
  clock,
  provider,
  terminate,
  overload,
  models,
]

/** One node on PostgreSQL. */
export const ON_POSTGRES: readonly Fault[] = [killOnPostgres, postgresKill, postgresLink]

/** Several on all three services: what becomes of nodes, and what becomes of services. */
export const OF_NODES: readonly Fault[] = [killNodes, freezeNodes, joinAndLeave]
export const OF_SERVICES: readonly Fault[] = [broker, postgresKillOfNodes, redis, links]

export const FAULTS: readonly Fault[] = [...ON_A_FOLDER, ...ON_POSTGRES, ...OF_NODES, ...OF_SERVICES]
