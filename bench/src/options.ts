import { parseArgs } from 'node:util'

export interface BenchOptions {
  rounds: number
  /** Small sizes, and nothing is kept: to see that it runs. */
  quick: boolean
  /** The sizes that take long. */
  full: boolean
  /** Parts of names; empty: all. A part of the field is not kept either. */
  only: readonly string[]
}

/** `--rounds 5 --quick --full --only bull,rabbit` */
export function readOptions(defaultRounds: number): BenchOptions {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: String(defaultRounds) },
      quick: { type: 'boolean', default: false },
      full: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
    },
  })
  const rounds = Number(values.rounds)
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new Error(`expected --rounds to be a positive integer, got ${values.rounds}`)
  }
  const only = values.only.split(',').filter((part) => part !== '')
  return { rounds, quick: values.quick, full: values.full, only }
}

export function isKept({ quick, only }: BenchOptions): boolean {
  return !quick && only.length === 0
}
