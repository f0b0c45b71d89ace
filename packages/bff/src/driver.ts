/** Which driver the start-up settings choose. */
import type { EngineOptions } from '@signalbox/engine'
import { distributed } from '@signalbox/engine/distributed'
import { embedded } from '@signalbox/engine/embedded'
import { postgres } from '@signalbox/engine/postgres'
import type { Env } from './env.ts'

/** For what may be done only while no node runs: on PostgreSQL it is refused beside any. */
export function soleDriverOf(env: Addresses): EngineOptions['driver'] {
  return driverOf({ ...env, amqpUrl: undefined, redisUrl: undefined })
}

type Addresses = Pick<Env, 'databaseUrl' | 'databaseSchema' | 'amqpUrl' | 'redisUrl' | 'dataDir'>

export function driverOf({
  databaseUrl,
  databaseSchema,
  amqpUrl,
  redisUrl,
  dataDir,
}: Addresses): EngineOptions['driver'] {
  const schema = databaseSchema === undefined ? {} : { schema: databaseSchema }
  if (databaseUrl !== undefined && amqpUrl !== undefined && redisUrl !== undefined) {
    return distributed({ databaseUrl, amqpUrl, redisUrl, ...schema })
  }
  return databaseUrl === undefined ? embedded({ folder: dataDir }) : postgres({ url: databaseUrl, ...schema })
}
