import { describe, expect, it } from 'vitest'
import { eventually, openCluster } from '../support/cluster.ts'

describe('what one node does for all', () => {
  it('goes on with a bulk action whose node has left', async () => {
    const { join } = openCluster()
    const a = await join('a')
    await a.engine.pause({ channel: 'sms' })
    await a.accept(1_500)
    const b = await join('b')
    const { bulk } = a.engine
    const job = await bulk.start({ action: 'cancel', filter: {}, ...(await bulk.preview('cancel', {})) })
    await a.engine.stop({ deadlineMs: 0 })
    const then = await b.engine.bulk.get(job.id)
    expect(then).toMatchObject({ state: 'running', interruptions: 0 })
    expect(then.moved).toBeLessThan(1_500)
    await eventually(async () => (await b.engine.bulk.get(job.id)).state === 'done')
    expect(await b.engine.bulk.get(job.id)).toMatchObject({ moved: 1_500, skipped: 0, interruptions: 1 })
  })

  it('stops a bulk action that runs on another node', async () => {
    const { join } = openCluster()
    const a = await join('a')
    const b = await join('b')
    await a.engine.pause({ channel: 'sms' })
    await a.accept(3_000)
    const { bulk } = a.engine
    const job = await bulk.start({ action: 'cancel', filter: {}, ...(await bulk.preview('cancel', {})) })
    expect(await b.engine.bulk.stop(job.id)).toMatchObject({ state: 'stopped' })
    // The step that was under way then is the last one.
    await eventually(async () => {
      const before = (await bulk.preview('cancel', {})).count
      return before > 0 && (await bulk.preview('cancel', {})).count === before
    })
    expect(await bulk.get(job.id)).toMatchObject({ state: 'stopped' })
    expect((await bulk.preview('cancel', {})).count).toBeGreaterThan(0)
  })
})
