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

  it('choose a fault with all its forms, or one of them', () => {
    const known = ['F1', 'F1-nodes', 'F11']
    expect(parseArgs(['f1'], known, 7).names).toEqual(['F1', 'F1-nodes'])
    expect(parseArgs(['F1-NODES'], known, 7).names).toEqual(['F1-nodes'])
  })

  it('refuse what they do not know, and say what they know', () => {
    expect(() => parse('F3')).toThrow('expected F1, F2, --full or --seed N, got "F3"')
    expect(() => parse('--seed')).toThrow('expected --seed to be a whole number, got "nothing"')
    expect(() => parse('--seed', 'x')).toThrow('got "x"')
  })
})
