import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { temporaryFolder } from '../../test/support/engine.ts'
import { ManualClock } from '../../test/support/manual-clock.ts'
import type { Store } from '../driver.ts'
import { embedded } from '../drivers/embedded.ts'
import { createEvents } from '../events.ts'
import { createLocks } from '../lock/locks.ts'
import { SETTINGS_DEFAULTS } from '../settings/defaults.ts'
import { createSettings } from '../settings/settings.ts'
import { createAlerts, type AlertWatch } from './alerts.ts'

const HOUR = 3_600_000

async function openStore(folder = temporaryFolder()): Promise<Store> {
  const store = await embedded({ folder }).open({
    defaults: SETTINGS_DEFAULTS,
    onCommitUnknown(error) {
      throw error
    },
  })
  onTestFinished(() => store.close())
  return store
}

async function watchOver(store: Store, clock = new ManualClock()) {
  const events = createEvents()
  const queues = { pools: new Map(), depths: () => ({}) as never, unowned: 0 }
  const errors: unknown[] = []
  const alerts = createAlerts({
    ...{ store: store.alerts, stats: store.stats, queues, clock, events },
    locks: createLocks({ store: store.locks, clock }),
    settings: createSettings({ store: store.settings, events, clock }),
    onError: (_where, error) => errors.push(error),
  })
  await alerts.load()

  /** Evaluates once a second for so long. */
  const watch = async (forSeconds: number) => {
    for (let i = 0; i < forSeconds; i++) {
      clock.advance(1000)
      await alerts.evaluate()
    }
  }
  const ended = (state: 'sent' | 'failed', count: number) =>
    store.stats.importHistory([
      {
        ...{ at: clock.now(), channel: 'sms', serviceId: 1, templateId: 1, state, count },
        ...{ durationMsSum: 0, responseMs: [100] },
      },
    ])
  return { alerts, clock, events, errors, watch, ended }
}

const rate = (alerts: AlertWatch) => {
  const found = alerts.list().find(({ id }) => id === 'success_rate')
  if (!found) throw new Error('expected the rule success_rate, got none')
  return found
}

describe('the alarms of an engine', () => {
  it('fire, say figure and sample, and are told', async () => {
    const { alerts, watch, ended, events } = await watchOver(await openStore())
    const heard = vi.fn<(event: { id: string; state: string }) => void>()
    events.on('alert:changed', heard)
    await watch(1)
    await ended('failed', 30)
    await ended('sent', 70)
    await watch(11)
    expect(rate(alerts)).toMatchObject({ state: 'firing', figure: 70, sample: 100, worst: 70, threshold: 95 })
    expect(heard.mock.calls.map(([{ id, state }]) => `${id} ${state}`)).toEqual([
      'success_rate pending',
      'success_rate firing',
    ])
  })

  it('are written down by one engine at a time, under the fence of its lock; a stale one writes nothing', async () => {
    const store = await openStore()
    const { alerts, watch, ended, clock } = await watchOver(store)
    const write = vi.spyOn(store.alerts, 'write')
    await watch(1)
    await ended('failed', 30)
    const other = await store.locks.acquire('alerts', 'another engine', HOUR, clock.now())
    await watch(11)
    expect(rate(alerts)).toMatchObject({ state: 'firing' })
    expect(write).not.toHaveBeenCalled()

    await store.locks.release('alerts', 'another engine', other?.fence ?? 0)
    await ended('sent', 2000)
    await watch(12)
    expect(write.mock.calls.map(([, , fence]) => fence)).toEqual([{ key: 'alerts', fence: (other?.fence ?? 0) + 1 }])
    expect((await alerts.history(10)).map(({ event }) => event)).toEqual(['resolved'])
  })

  it('stay quiet when one of one fails', async () => {
    const { alerts, watch, ended } = await watchOver(await openStore())
    await ended('failed', 1)
    await watch(30)
    expect(rate(alerts)).toMatchObject({ state: 'ok', figure: null, sample: 1 })
  })

  it('are resolved when the window has moved on, and remembered', async () => {
    const { alerts, watch, ended } = await watchOver(await openStore())
    await watch(1)
    await ended('failed', 30)
    await watch(12)
    await alerts.acknowledge('success_rate', 'Ada', HOUR, null)
    await ended('sent', 2000)
    await watch(12)
    expect(rate(alerts)).toMatchObject({ state: 'resolved', acknowledgement: null })
    const history = await alerts.history(10)
    expect(history.map(({ event, by }) => [event, by])).toEqual([
      ['resolved', null],
      ['acknowledged', 'Ada'],
      ['firing', null],
    ])
  })

  it('are acknowledged with a name until they lapse', async () => {
    const { alerts, watch, ended, clock } = await watchOver(await openStore())
    await watch(1)
    await ended('failed', 30)
    await watch(11)
    const acknowledged = await alerts.acknowledge('success_rate', 'Ada', 60_000, 'provider knows')
    expect(acknowledged.acknowledgement).toMatchObject({
      by: 'Ada',
      note: 'provider knows',
      until: clock.now() + 60_000,
    })
    await watch(59)
    expect(rate(alerts).acknowledgement).not.toBeNull()
    await watch(1)
    expect(rate(alerts)).toMatchObject({ state: 'firing', acknowledgement: null })
    expect((await alerts.history(1))[0]).toMatchObject({ event: 'lapsed', by: null })
  })

  it('can be taken back from who has them, and cannot be given to anybody while all is well', async () => {
    const { alerts, watch, ended } = await watchOver(await openStore())
    await expect(alerts.acknowledge('success_rate', 'Ada', HOUR, null)).rejects.toMatchObject({ reason: 'wrong_state' })
    await expect(alerts.acknowledge('nothing', 'Ada', HOUR, null)).rejects.toMatchObject({ reason: 'alert_not_found' })
    await watch(1)
    await ended('failed', 30)
    await watch(11)
    await expect(alerts.unacknowledge('success_rate', 'Bo')).rejects.toMatchObject({ reason: 'wrong_state' })
    await alerts.acknowledge('success_rate', 'Ada', HOUR, null)
    expect((await alerts.unacknowledge('success_rate', 'Bo')).acknowledgement).toBeNull()
    expect((await alerts.history(1))[0]).toMatchObject({ event: 'unacknowledged', by: 'Bo' })
  })

  it('go on after a restart where they were, with who looks after them', async () => {
    const folder = temporaryFolder()
    const store = await openStore(folder)
    const before = await watchOver(store)
    await before.watch(1)
    await before.ended('failed', 30)
    await before.watch(11)
    await before.alerts.acknowledge('success_rate', 'Ada', HOUR, null)
    const { since } = rate(before.alerts)
    await store.close()

    const { alerts, watch } = await watchOver(await openStore(folder), before.clock)
    await watch(1)
    expect(rate(alerts)).toMatchObject({ state: 'firing', since, acknowledgement: { by: 'Ada' } })
    expect((await alerts.history(10)).filter(({ event }) => event === 'firing')).toHaveLength(1)
  })

  it('go on judging when the history cannot be written', async () => {
    const store = await openStore()
    const { alerts, watch, ended, errors } = await watchOver({
      ...store,
      alerts: { ...store.alerts, write: () => Promise.reject(new Error('no room')) },
    })
    await watch(1)
    await ended('failed', 30)
    await watch(11)
    expect(rate(alerts).state).toBe('firing')
    expect(errors).toHaveLength(2)
  })
})
