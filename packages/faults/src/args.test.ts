import { describe, expect, it } from 'vitest'
import { parseArgs } from './args.ts'

const parse = (...argv: string[]) => parseArgs(argv, ['F1', 'F2'], 7)

describe('the arguments', () => {
  it('stand for everything in the short form with a seed of its own', () => {
    expect(parse()).toEqual({ names: ['F1', 'F2'], size: 'short', seed: 7 })
  })

  it('choose faults, the full form and the seed of an earlier run', () => {
    expect(parse('f2', '--full', '--seed', '42')).toEqual({ names: ['F2'], size: 'full', seed: 42 })
  })

  it('refuse what they do not know, and say what they know', () => {
    expect(() => parse('F3')).toThrow('expected F1, F2, --full or --seed N, got "F3"')
    expect(() => parse('--seed')).toThrow('expected --seed to be a whole number, got "nothing"')
    expect(() => parse('--seed', 'x')).toThrow('got "x"')
  })
})
