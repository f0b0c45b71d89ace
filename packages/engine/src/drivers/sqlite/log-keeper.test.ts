import { describe, expect, it } from 'vitest'
import { createLogKeeper } from './log-keeper.ts'

function keeper() {
  const under: PromiseWithResolvers<void>[] = []
  const log = createLogKeeper(() => {
    const next = Promise.withResolvers<void>()
    under.push(next)
    return next.promise
  })
  const commit = (times: number) => {
    for (let i = 0; i < times; i++) log.committed()
  }
  const settled = () => new Promise<void>((resolve) => setImmediate(resolve))
  return { log, under, commit, settled }
}

describe('the keeper of the log', () => {
  it('has it emptied every hundred commits', async () => {
    const { under, commit, settled } = keeper()
    commit(99)
    expect(under).toHaveLength(0)
    commit(1)
    expect(under).toHaveLength(1)
    under[0]?.resolve()
    await settled()
    commit(99)
    expect(under).toHaveLength(1)
    commit(1)
    expect(under).toHaveLength(2)
  })

  it('never twice at a time, and with the next commit when it took long', async () => {
    const { under, commit, settled } = keeper()
    commit(350)
    expect(under).toHaveLength(1)
    under[0]?.resolve()
    await settled()
    commit(1)
    expect(under).toHaveLength(2)
  })

  it('goes on after it could not be emptied', async () => {
    const { under, commit, settled } = keeper()
    commit(100)
    under[0]?.reject(new Error('disk I/O error'))
    await settled()
    commit(100)
    expect(under).toHaveLength(2)
  })

  it('at once when asked to, if nobody is at it', () => {
    const { log, under } = keeper()
    log.empty()
    log.empty()
    expect(under).toHaveLength(1)
  })
})
