import type { Size } from './fault.ts'

export interface Args {
  names: string[]
  size: Size
  seed: number
}

/** `[names] [--full] [--seed N]`; `F1` is `F1` and all that begin with `F1-`. Throws an error that says what, expected and got. */
export function parseArgs(argv: readonly string[], known: readonly string[], seed: number): Args {
  const args: Args = { names: [], size: 'short', seed }
  const rest = [...argv]
  const named = (word: string) => known.filter((name) => `${name}-`.toUpperCase().startsWith(`${word}-`.toUpperCase()))
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--full') args.size = 'full'
    else if (word === '--seed') args.seed = seedOf(rest.shift())
    else if (named(word).length > 0) args.names.push(...named(word))
    else throw new Error(`expected ${known.join(', ')}, --full or --seed N, got ${JSON.stringify(word)}`)
  }
  if (args.names.length === 0) args.names = [...known]
  return args
}

function seedOf(text: string | undefined): number {
  const seed = Number(text)
  if (Number.isSafeInteger(seed) && seed >= 0) return seed
  throw new Error(`expected --seed to be a whole number, got ${JSON.stringify(text ?? 'nothing')}`)
}
