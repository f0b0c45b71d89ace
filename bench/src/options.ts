import { parseArgs } from 'node:util'

export interface BenchOptions {
  rounds: number
  /** Small sizes, and nothing is kept: to see that it runs. */
  quick: boolean
  /** The sizes that take long. */
  full: boolean
  /** Parts of names; empty: all. A part of the field is not kept either. */
  only: readonly string[]
  /** How many messages, where a benchmark lets one choose; null: as many as it is about. */
  count: number | null
}

/** `--rounds 5 --quick --full --only bull,rabbit --count 100000` */
export function readOptions(defaultRounds: number): BenchOptions {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: String(defaultRounds) },
      quick: { type: 'boolean', default: false },
      full: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
      count: { type: 'string' },
    },
  })
  const rounds = positive('--rounds', values.rounds)
  const count = values.count === undefined ? null : positive('--count', values.count)
  const only = values.only.split(',').filter((part) => part !== '')
  return { rounds, quick: values.quick, full: values.full, only, count }
}

export function isKept({ quick, only }: BenchOptions): boolean {
  return !quick && only.length === 0
}

function positive(option: string, text: string): number {
  const number = Number(text)
  if (Number.isInteger(number) && number >= 1) return number
  throw new Error(`expected ${option} to be a positive integer, got ${text}`)
}
