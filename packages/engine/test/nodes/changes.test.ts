import { describe, expect, it } from 'vitest'
import type { Engine } from '../../src/engine.ts'
import { eventually, openCluster } from '../support/cluster.ts'

const backlogOf = (engine: Engine) => engine.alerts.list().find(({ id }) => id === 'backlog')

describe('nodes on one store', () => {
  it('judge an alarm by what waits on all of them, show the same of it, and any of them acknowledges it', async () => {
    const { join } = openCluster()
    const a = await join('a')
    const b = await join('b')
    const api = await join('api', 'api')
    const all = [a, b, api].map(({ engine }) => engine)
    await a.engine.settings.set('alert.backlog.above_messages', '50')
    await a.engine.settings.set('alert.backlog.window_ms', '1000')
    await a.engine.pause({ channel: 'sms' })
    await eventually(() => all.every(({ paused }) => paused.channels.length === 1))
    await a.accept(30)
    await b.accept(30)
    // Neither has so many by itself.
    await eventually(() => all.every((engine) => backlogOf(engine)?.figure === 60))
    await eventually(() => all.every((engine) => backlogOf(engine)?.state === 'firing'))
    for (const [i, engine] of all.entries()) {
      await engine.alerts.acknowledge('backlog', `operator ${i}`, 60_000, null)
      await eventually(() => all.every((each) => backlogOf(each)?.acknowledgement?.by === `operator ${i}`))
    }
    expect(all.map((engine) => backlogOf(engine)?.state)).toEqual(['firing', 'firing', 'firing'])
    const history = await api.engine.alerts.history(10)
    expect(history.map(({ event }) => event)).toEqual(['acknowledged', 'acknowledged', 'acknowledged', 'firing'])
  })

  it('cancel on any what waits on another, which then counts it no more', async () => {
    const { join } = openCluster()
    const a = await join('a')
    const api = await join('api', 'api')
    await a.engine.pause({ channel: 'sms' })
    await eventually(() => api.engine.paused.channels.length === 1)
    const ids = await a.accept(20)
    const queued = async () => (await a.engine.stats.monitor(['today'])).queues['message.send'].queued
    await eventually(async () => (await queued()) === 20)
    for (const id of ids.slice(0, 15)) await api.engine.messages.cancel(id)
    await eventually(async () => (await queued()) === 5)
    await api.engine.resume({ channel: 'sms' })
    await a.provider.called(5)
    expect(a.provider.calls.map(({ recordId }) => recordId).toSorted((x, y) => x - y)).toEqual(ids.slice(15))
  })

  it('tell on how many of them a setting is in force, and in which time', async () => {
    const { join } = openCluster()
    const { engine } = await join('a')
    await join('b')
    const api = await join('api', 'api')
    await engine.settings.set('delivery.max_retries', '7')
    const applied = () => api.engine.settingsApplied()
    await eventually(async () => (await applied()).nodes.every(({ afterMs }) => afterMs !== null))
    const { version, nodes } = await applied()
    expect(nodes.map((node) => [node.name, node.version])).toEqual(['a', 'b', 'api'].map((name) => [name, version]))
    for (const { afterMs } of nodes) expect(afterMs).toBeLessThan(5_000)
  })
})
