import { describe, expect, it } from 'vitest'
import { once } from '../../src/index.ts'
import { openEngine } from '../support/engine.ts'

describe('jobs', () => {
  it('wait for a handler and run in order of priority', async () => {
    const { engine } = await openEngine()
    await engine.jobs.enqueue('ai.process', { n: 1 }, { priority: 1 })
    await engine.jobs.enqueue('ai.process', { n: 9 }, { priority: 9 })
    const seen: unknown[] = []
    const done = once(engine.events, 'job:completed', () => seen.length === 2)
    engine.jobs.handle('ai.process', (job) => {
      seen.push(job.payload)
      return Promise.resolve()
    })
    await done
    expect(seen).toEqual([{ n: 9 }, { n: 1 }])
  })

  it('are tried again when their handler fails, and kept as failed in the end', async () => {
    const { engine, clock } = await openEngine()
    let attempts = 0
    const failed = once(engine.events, 'job:failed')
    engine.jobs.handle('notification', () => {
      attempts += 1
      setImmediate(() => clock.advance(10 * 60_000))
      return Promise.reject(new Error('nobody listens'))
    })
    await engine.jobs.enqueue('notification', {})
    const driving = engine.events.on('job:completed', () => undefined)
    for (let rounds = 0; attempts < 4 && rounds < 10_000; rounds++) {
      await engine.traces.get(1)
      clock.advance(60_000)
    }
    expect(await failed).toMatchObject({ queue: 'notification', error: 'nobody listens' })
    expect(attempts).toBe(4)
    driving()
  })

  it('survive a restart', async () => {
    const bench = await openEngine()
    await bench.engine.jobs.enqueue('notification', { text: 'disk full' })
    const engine = await bench.reopen()
    await engine.start()
    const done = once(engine.events, 'job:completed')
    const seen: unknown[] = []
    engine.jobs.handle('notification', (job) => {
      seen.push(job.payload)
      return Promise.resolve()
    })
    await done
    expect(seen).toEqual([{ text: 'disk full' }])
  })
})
