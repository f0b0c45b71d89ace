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
import { postgresKill } from './postgres-kill.ts'
import { overload } from './overload.ts'
import { provider } from './provider.ts'
import { redis } from './redis.ts'
import { syncError } from './sync-error.ts'
import { syncedBefore } from './sync-order.ts'
import { terminate } from './terminate.ts'

/** One server on a data folder, in the order of the catalogue. */
const ON_A_FOLDER: readonly Fault[] = [
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

/** One node on PostgreSQL, and several on all three services. */
export const ON_SERVICES: readonly Fault[] = [
  killOnPostgres,
  postgresKill,
  postgresLink,
  killNodes,
  freezeNodes,
  broker,
  redis,
  joinAndLeave,
  links,
]

export const FAULTS: readonly Fault[] = [...ON_A_FOLDER, ...ON_SERVICES]
