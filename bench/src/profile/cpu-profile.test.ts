import { expect, it } from 'vitest'
import { threadTime, type CpuProfile } from './cpu-profile.ts'

const frame = (functionName: string, url = '') => ({ functionName, url, lineNumber: 9 })

/** 40 µs idle, 30 in `work`, 20 in a native `run` called by it, 10 collecting garbage. */
const profile: CpuProfile = {
  nodes: [
    { id: 1, callFrame: frame('(root)'), children: [2, 3, 5] },
    { id: 2, callFrame: frame('(idle)') },
    { id: 3, callFrame: frame('work', 'file:///a/b/store/thread.ts'), children: [4] },
    { id: 4, callFrame: frame('run') },
    { id: 5, callFrame: frame('(garbage collector)') },
  ],
  samples: [2, 3, 4, 3, 5],
  timeDeltas: [40, 10, 20, 20, 10],
}

it('counts what is not idle as busy', () => {
  expect(threadTime(profile, 5).busy).toBe(0.6)
})

it('ranks functions by their own time, and names the caller of native ones', () => {
  expect(threadTime(profile, 5).top).toEqual([
    { name: 'work store/thread.ts:10', share: 0.5 },
    { name: 'run, called by work store/thread.ts:10', share: 20 / 60 },
    { name: '(garbage collector)', share: 10 / 60 },
  ])
})

it('names as many as were asked for', () => {
  expect(threadTime(profile, 1).top).toHaveLength(1)
})
