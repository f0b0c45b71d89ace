import { describe, expect, it } from 'vitest'
import { eventually, openCluster, states } from '../support/cluster.ts'

describe('a node among others', () => {
  it('that is killed leaves nothing behind: what it was sending is unknown, the rest is sent once by others', async () => {
    const { join, spawn } = openCluster()
    const api = await join('api', 'api')
    const child = await spawn('child', 'worker', 50)
    const other = await join('other', 'worker')
    other.provider.hold()
    const ids = await api.accept(1_000)
    await eventually(() => child.sent().length >= 100)
    child.process.kill('SIGKILL')
    await child.exit
    other.provider.answerWith({ status: 'accepted', providerId: 'p', final: true })
    for (const call of other.provider.calls) call.answer({ status: 'accepted', providerId: 'p', final: true })
    await eventually(async () => {
      const { sent = 0, unknown = 0 } = await states(api.engine)
      return sent + unknown === ids.length
    })
    const all = [...child.sent(), ...other.provider.calls.map(({ recordId }) => recordId)]
    expect(new Set(all).size).toBe(all.length)
    const { unknown = 0 } = await states(api.engine)
    // Claimed or with the provider when it was killed: a turn of its workers at most.
    expect(unknown).toBeLessThanOrEqual(200)
    expect((await api.engine.cluster.nodes()).map(({ name }) => name)).toEqual(['api', 'other'])
    expect(await api.engine.stats.conservation({ deep: true })).toMatchObject({ balanced: true, offendingIds: [] })
  }, 90_000)

  it('that stands still for long sends nothing twice when it goes on, and says that it was ended', async () => {
    const { join, spawn } = openCluster()
    const api = await join('api', 'api')
    const other = await join('other', 'worker')
    const child = await spawn('child', 'worker', 200)
    other.provider.hold()
    const ids = await api.accept(1_000)
    await eventually(() => child.sent().length >= 60)
    const ended = child.says(/^ended not_accepting /)
    child.process.kill('SIGSTOP')
    other.provider.answerWith({ status: 'accepted', providerId: 'p', final: true })
    for (const call of other.provider.calls) call.answer({ status: 'accepted', providerId: 'p', final: true })
    await eventually(async () => {
      const { sent = 0, unknown = 0 } = await states(api.engine)
      return sent + unknown === ids.length
    })
    child.process.kill('SIGCONT')
    expect(await ended).toContain('ended')
    const all = [...child.sent(), ...other.provider.calls.map(({ recordId }) => recordId)]
    expect(new Set(all).size).toBe(all.length)
    expect(await api.engine.stats.conservation({ deep: true })).toMatchObject({ balanced: true, offendingIds: [] })
  }, 90_000)

  it('that is told to end leaves under load without losing or doubling anything', async () => {
    const { join, spawn } = openCluster()
    const api = await join('api', 'api')
    const child = await spawn('child', 'worker', 20)
    const other = await join('other', 'worker')
    const accepting = api.accept(2_000)
    await eventually(() => child.sent().length >= 100)
    child.process.kill('SIGTERM')
    const ids = await accepting
    await child.exit
    await eventually(async () => (await states(api.engine)).sent === ids.length)
    const all = [...child.sent(), ...other.provider.calls.map(({ recordId }) => recordId)]
    expect(all.toSorted((a, b) => a - b)).toEqual(ids)
  }, 90_000)
})
