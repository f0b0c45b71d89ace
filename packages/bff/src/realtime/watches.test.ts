import { WATCHES_PER_SOCKET } from '@signalbox/contracts'
import { describe, expect, it } from 'vitest'
import { createWatches } from './watches.ts'

describe('watches', () => {
  it('know who follows what until they stop', () => {
    const watches = createWatches<string>()
    watches.add('a', 1)
    watches.add('b', 1)
    expect([...watches.followers(1)]).toEqual(['a', 'b'])
    watches.remove('a', 1)
    watches.drop('b')
    expect([...watches.followers(1)]).toEqual([])
  })

  it('are limited per follower; the same one again costs nothing', () => {
    const watches = createWatches<string>()
    for (let id = 1; id <= WATCHES_PER_SOCKET; id++) expect(watches.add('a', id)).toBe(true)
    expect(watches.add('a', 1)).toBe(true)
    expect(watches.add('a', 99)).toBe(false)
    watches.remove('a', 1)
    expect(watches.add('a', 99)).toBe(true)
  })
})
