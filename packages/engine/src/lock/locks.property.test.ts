import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../test/support/manual-clock.ts'
import { MemoryLockStore } from '../../test/support/memory-locks.ts'
import { createLocks } from './locks.ts'

const settled = () => new Promise<void>((resolve) => setImmediate(resolve))

interface Asker {
  process: 'here' | 'there'
  reentrant: boolean
  wait: number
  holds: number
  after: number
}

const asker: fc.Arbitrary<Asker> = fc.record({
  process: fc.constantFrom('here' as const, 'here' as const, 'there' as const),
  reentrant: fc.boolean(),
  wait: fc.constantFrom(0, 300, 100_000),
  holds: fc.integer({ min: 0, max: 800 }),
  after: fc.integer({ min: 0, max: 300 }),
})
/** What the store does to renewals while the story runs. */
const weather = fc.constantFrom('fine' as const, 'fails' as const, 'silent' as const)

const TTL = 300

interface Ran {
  place: number
  process: string
  fence: number
}

/** Asks one after the other and lets time pass until everybody was served or refused. */
async function story(askers: readonly Asker[], renewals: 'fine' | 'fails' | 'silent') {
  const clock = new ManualClock()
  const store = new MemoryLockStore()
  if (renewals === 'fails') store.renew = async () => Promise.reject(new Error('store is down'))
  if (renewals === 'silent') store.renew = () => new Promise(() => {})
  const locks = {
    here: createLocks({ store, clock, owner: 'here' }),
    there: createLocks({ store, clock, owner: 'there' }),
  }
  /** Routines at work that were not told to stop. */
  const inside = new Set<number>()
  const ran: Ran[] = []
  let crowded = 0
  let open = askers.length
  const pass = async (ms: number) => {
    for (let left = ms; left > 0; left -= 25) {
      clock.advance(Math.min(25, left))
      await settled()
    }
  }

  const asked: Promise<void>[] = []
  for (const [place, { process, reentrant, wait, holds, after }] of askers.entries()) {
    await pass(after)
    const options = { ttl: TTL, wait, ...(reentrant ? { reentrant: { owner: `job ${place}` } } : {}) }
    const work = async (signal: AbortSignal, fence: number) => {
      inside.add(place)
      signal.addEventListener('abort', () => inside.delete(place))
      crowded = Math.max(crowded, inside.size)
      ran.push({ place, process, fence })
      if (reentrant) {
        await locks[process].using('k', options, async (_signal, inner) => expect(inner).toBe(fence))
      }
      await new Promise<void>((resolve) => void clock.after(holds, resolve))
      inside.delete(place)
    }
    const outcome = locks[process].using('k', options, work).catch((error: unknown) => {
      expect(error).toMatchObject({ reason: 'conflict' })
    })
    asked.push(outcome.finally(() => void open--))
  }
  while (open > 0) await pass(1_000)
  await Promise.all(asked)
  return { ran, crowded, timers: clock.pending, store, clock }
}

describe('any story of locks', () => {
  it('lets one in at a time who was not told to stop, with a higher fence each time, in order, and leaves nothing behind', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(asker, { minLength: 1, maxLength: 8 }), weather, async (askers, renewals) => {
        const { ran, crowded, timers, store, clock } = await story(askers, renewals)
        expect(crowded).toBeLessThanOrEqual(1)
        expect(ran.map(({ fence }) => fence)).toEqual(
          [...new Set(ran.map(({ fence }) => fence))].toSorted((a, b) => a - b),
        )
        // First come, first served: among those of one process.
        for (const process of ['here', 'there']) {
          const places = ran.filter((each) => each.process === process).map(({ place }) => place)
          expect(places).toEqual(places.toSorted((a, b) => a - b))
        }
        // Whoever waits long enough is served.
        const served = new Set(ran.map(({ place }) => place))
        for (const [place, { wait }] of askers.entries()) if (wait === 100_000) expect(served).toContain(place)
        expect(timers).toBe(0)
        expect(await store.acquire('k', 'anybody', TTL, clock.now() + TTL)).not.toBeNull()
      }),
      { numRuns: 60 },
    )
  })
})
