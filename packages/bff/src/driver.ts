/** Which driver the start-up settings choose. */
import type { EngineOptions } from '@signalbox/engine'
import { embedded } from '@signalbox/engine/embedded'
import { postgres } from '@signalbox/engine/postgres'
import type { Env } from './env.ts'

export function driverOf({ databaseUrl, dataDir }: Pick<Env, 'databaseUrl' | 'dataDir'>): EngineOptions['driver'] {
  return databaseUrl === undefined ? embedded({ folder: dataDir }) : postgres({ url: databaseUrl })
}
