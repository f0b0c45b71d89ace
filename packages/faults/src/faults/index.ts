import type { Fault } from '../fault.ts'
import { clock } from './clock.ts'
import { crashPoints } from './crash-points.ts'
import { diskFull } from './disk-full.ts'
import { freeze } from './freeze.ts'
import { kill } from './kill.ts'
import { killOnPostgres } from './kill-nodes.ts'
import { postgresLink } from './links.ts'
import { models } from './models.ts'
import { postgresKill } from './postgres-kill.ts'
import { overload } from './overload.ts'
import { provider } from './provider.ts'
import { syncError } from './sync-error.ts'
import { syncedBefore } from './sync-order.ts'
import { terminate } from './terminate.ts'

/** In the order of the catalogue. */
export const FAULTS: readonly Fault[] = [
  kill,
  killOnPostgres,
  crashPoints,
  freeze,
  diskFull,
  syncError,
  syncedBefore,
  clock,
  postgresKill,
  provider,
  terminate,
  overload,
  postgresLink,
  models,
]
