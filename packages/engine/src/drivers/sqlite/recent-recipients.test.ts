import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createRecentMemory, findRecent, openRecent } from './recent-recipients.ts'

describe('the memory that the writer shares', () => {
  it('holds what was added, until it is dropped or taken back, and grows', () => {
    const memory = createRecentMemory(2)
    const recent = openRecent(memory)
    for (let i = 1; i <= 9; i++) recent.add(i, i % 2)
    expect(findRecent(memory, 1)).toEqual([1, 3, 5, 7, 9])
    recent.truncate(8)
    expect(findRecent(memory, 1)).toEqual([1, 3, 5, 7])
    recent.drop(4)
    expect(findRecent(memory, 1)).toEqual([5, 7])
    expect([recent.length, findRecent(memory, 5)]).toEqual([4, []])
  })

  it('hides nothing that stays from a reader in the middle of a move', () => {
    const memory = createRecentMemory(8)
    const recent = openRecent(memory)
    for (const id of [1, 2, 3]) recent.add(id, 7)
    const { indexOf } = Uint32Array.prototype
    onTestFinished(() => void vi.restoreAllMocks())
    let calls = 0
    vi.spyOn(Uint32Array.prototype, 'indexOf').mockImplementation(function (this: Uint32Array, hash, from) {
      // The first is found; what comes next moves to where the reader has been.
      if (++calls === 2) recent.drop(1)
      return indexOf.call(this, hash, from)
    })
    expect(findRecent(memory, 7)).toEqual([2, 3])
  })
})
