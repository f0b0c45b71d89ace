import type { Path } from '../path.ts'
import { bullmq } from './bullmq.ts'
import { rabbitmq } from './rabbitmq.ts'
import { signalboxApart, signalboxTogether } from './signalbox.ts'

export const RAW_BROKER = rabbitmq
export const OURS: readonly Path[] = [signalboxTogether, signalboxApart]

/** In the order of the table. */
export const PATHS: readonly Path[] = [...OURS, rabbitmq, bullmq]

export function pathNamed(name: string): Path {
  const found = PATHS.find((path) => path.name === name)
  if (!found) throw new Error(`expected the name of a path, got ${name}`)
  return found
}
