import type { Contender } from '../contender.ts'
import { bullmq } from './bullmq.ts'
import { graphileWorker } from './graphile-worker.ts'
import { pgBoss } from './pg-boss.ts'
import { plainjob } from './plainjob.ts'
import { rabbitmq } from './rabbitmq.ts'
import { rawStore } from './raw-store.ts'
import { signalbox, signalboxOnPostgres } from './signalbox.ts'

export const OURS = signalbox
export const OURS_ON_TWO_CORES: Contender = { ...signalbox, name: 'Signalbox on two cores', cores: '0,1', deep: false }
export const RAW_STORE = rawStore
export const PEERS: readonly Contender[] = [
  bullmq,
  pgBoss,
  graphileWorker,
  plainjob('FULL'),
  plainjob('NORMAL'),
  rabbitmq,
]

/** In the order of the table. */
export const CONTENDERS: readonly Contender[] = [OURS, OURS_ON_TWO_CORES, signalboxOnPostgres, RAW_STORE, ...PEERS]

export function contenderNamed(name: string): Contender {
  const found = CONTENDERS.find((contender) => contender.name === name)
  if (!found) throw new Error(`expected a contender's name, got ${name}`)
  return found
}
