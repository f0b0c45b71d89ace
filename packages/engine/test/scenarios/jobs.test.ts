import { describe, expect, it } from 'vitest'
import { once } from '../../src/index.ts'
import { openEngine } from '../support/engine.ts'
import { passTime } from '../support/pass-time.ts'

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
    const bench = await openEngine()
    const { engine } = bench
    const attempts: number[] = []
    engine.jobs.handle('notification', (job) => {
      attempts.push(job.attempt)
      return Promise.reject(new Error('nobody listens'))
    })
    const failed = once(engine.events, 'job:failed')
    const { id } = await engine.jobs.enqueue('notification', {})
    expect(await passTime(bench, failed)).toEqual({ queue: 'notification', id, error: 'nobody listens' })
    expect(attempts).toEqual([1, 2, 3, 4])
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
