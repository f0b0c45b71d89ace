import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../test/support/manual-clock.ts'
import { MemoryLockStore } from '../../test/support/memory-locks.ts'
import { createLocks } from '../lock/locks.ts'
import { createLeader } from './leader.ts'

const settled = () => new Promise<void>((resolve) => setImmediate(resolve))

function cluster() {
  const clock = new ManualClock()
  const store = new MemoryLockStore()
  /** Who did the duty, one letter a second. */
  let done = ''
  const node = (name: string, { shared = true } = {}) => {
    let may = true
    const locks = createLocks({ store, clock, owner: name })
    const leader = createLeader({ shared, locks, clock, mayLead: () => may, onError: () => undefined })
    return {
      mayLead: (now: boolean) => (may = now),
      start: () => leader.start((duties) => duties.every(1_000, 'duty', () => void (done += name))),
      stop: leader.stop,
      leads: () => leader.leads,
    }
  }
  return {
    ...{ clock, node },
    takeDone() {
      const was = done
      done = ''
      return was
    },
    async pass(ms: number) {
      for (let left = ms; left > 0; left -= 500) {
        clock.advance(500)
        await settled()
      }
    },
  }
}

describe('the leader', () => {
  it('is one of several nodes at a time', async () => {
    const { node, pass, takeDone } = cluster()
    const [a, b] = [node('a'), node('b')]
    await a.start()
    await pass(500)
    await b.start()
    await pass(20_000)
    expect([a.leads(), b.leads()]).toEqual([true, false])
    expect(takeDone()).toMatch(/^a{15,}$/)
    await Promise.all([a.stop(), b.stop()])
  })

  it('hands the lead on when it stops', async () => {
    const { node, pass, takeDone } = cluster()
    const [a, b] = [node('a'), node('b')]
    await a.start()
    await pass(500)
    await b.start()
    await pass(500)
    await a.stop()
    takeDone()
    await pass(5_000)
    expect([a.leads(), b.leads()]).toEqual([false, true])
    expect(takeDone()).toMatch(/^b+$/)
    await b.stop()
  })

  it('is followed by another when it is gone, and does nothing more when it comes back', async () => {
    const { node, pass, takeDone, clock } = cluster()
    const [a, b] = [node('a'), node('b')]
    await a.start()
    await pass(500)
    // It stands still for longer than its lease: nothing of it runs, and its lease is over by then.
    clock.step(11_000)
    await b.start()
    await settled()
    expect(b.leads()).toBe(true)
    takeDone()
    await pass(1_000)
    expect(a.leads()).toBe(false)
    await pass(10_000)
    expect(takeDone().replaceAll('b', '').length).toBeLessThanOrEqual(1)
    expect([a.leads(), b.leads()]).toEqual([false, true])
    await Promise.all([a.stop(), b.stop()])
  })

  it('leaves the lead to others when it should, and takes it when it may', async () => {
    const { node, pass } = cluster()
    const [api, b] = [node('a'), node('b')]
    api.mayLead(false)
    await api.start()
    await pass(10_000)
    expect(api.leads()).toBe(false)
    api.mayLead(true)
    await pass(3_000)
    expect(api.leads()).toBe(true)
    await b.start()
    api.mayLead(false)
    await pass(6_000)
    expect([api.leads(), b.leads()]).toEqual([false, true])
    await Promise.all([api.stop(), b.stop()])
  })

  it('is the only node there is, at once', async () => {
    const { node, pass, takeDone } = cluster()
    const a = node('a', { shared: false })
    await a.start()
    expect(a.leads()).toBe(true)
    await pass(3_000)
    expect(takeDone()).toBe('aaa')
    await a.stop()
    await pass(3_000)
    expect(takeDone()).toBe('')
  })
})
