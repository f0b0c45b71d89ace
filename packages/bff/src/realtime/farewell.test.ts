import { describe, expect, it } from 'vitest'
import { farewell } from './farewell.ts'

/** One timer at most, which rings when it is told to. */
function openClock() {
  let timer: { ms: number; ring: () => void } | null = null
  return {
    get timer() {
      return timer
    },
    after(ms: number, ring: () => void) {
      timer = { ms, ring }
      return () => void (timer = null)
    },
  }
}

describe('the farewell', () => {
  it('ends when all are gone, and leaves no timer behind', async () => {
    const clock = openClock()
    const said = farewell(Promise.resolve(), 1000, clock)
    expect(clock.timer?.ms).toBe(1000)
    expect(await said).toBe(true)
    expect(clock.timer).toBeNull()
  })

  it('waits for who does not read no longer than its time', async () => {
    const clock = openClock()
    const said = farewell(new Promise(() => undefined), 1000, clock)
    clock.timer?.ring()
    expect(await said).toBe(false)
    expect(clock.timer).toBeNull()
  })
})
