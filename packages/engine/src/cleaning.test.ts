import { describe, expect, it } from 'vitest'
import { ManualClock } from '../test/support/manual-clock.ts'
import { MemoryLockStore } from '../test/support/memory-locks.ts'
import { MemorySettingsStore } from '../test/support/memory-settings.ts'
import { createCleaning } from './cleaning.ts'
import { createEvents } from './events.ts'
import type { Fence } from './lock/lock.ts'
import { createLocks } from './lock/locks.ts'
import { createSettings } from './settings/settings.ts'

function open(answers: (number | null)[]) {
  const clock = new ManualClock()
  const lockStore = new MemoryLockStore()
  const fences: (Fence | undefined)[] = []
  const store = {
    async clean(_limits: object, fence?: Fence) {
      fences.push(fence)
      return answers.shift() ?? 0
    },
  }
  const settings = createSettings({ store: new MemorySettingsStore(), events: createEvents(), clock })
  const locks = createLocks({ store: lockStore, clock, owner: 'here' })
  return { clock, lockStore, fences, clean: createCleaning(store, locks, settings, clock) }
}

describe('cleaning', () => {
  it('goes on until less than a batch is left, each batch with the fence of its lock, and gives the lock back', async () => {
    const { clean, fences, lockStore, clock } = open([2_000, 5_000, 1_999])
    await clean()
    expect(fences).toEqual([1, 1, 1].map((fence) => ({ key: 'cleaning', fence })))
    expect(await lockStore.acquire('cleaning', 'there', 1000, clock.now())).not.toBeNull()
    expect(clock.pending).toBe(0)
  })

  it('ends when its fence is refused: somebody else cleans', async () => {
    const { clean, fences } = open([2_000, null, 2_000])
    await clean()
    expect(fences).toHaveLength(2)
  })

  it('leaves it to another engine that is at it', async () => {
    const { clean, fences, lockStore, clock } = open([])
    await lockStore.acquire('cleaning', 'there', 60_000, clock.now())
    await clean()
    expect(fences).toEqual([])
  })
})
