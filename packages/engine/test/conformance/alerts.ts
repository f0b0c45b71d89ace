import { describe, expect, it } from 'vitest'
import type { AlertEventRecord, StoredAlert } from '../../src/alerts/store.ts'
import { fenceOf, T0, useDriver, type OpenDriver } from './support.ts'

export function exerciseAlerts(open: OpenDriver): void {
  describe('alerts', () => {
    const driver = useDriver(open)
    const alert = (id: string, changes: Partial<StoredAlert> = {}): StoredAlert => ({
      ...{ id, state: 'firing', since: T0, worst: 42.5, acknowledgement: null },
      ...changes,
    })
    const event = (id: string, changes: Partial<AlertEventRecord> = {}): AlertEventRecord => ({
      ...{ alert: id, event: 'firing', at: T0, figure: 42.5, threshold: 95, by: null, note: null },
      ...changes,
    })

    it('are kept as they stand with who looks after them, also over a restart, until they are ok', async () => {
      const ack = { by: 'Ada', note: 'provider knows', at: T0 + 1, until: T0 + 2 }
      await driver.store.alerts.write(alert('a'), null)
      await driver.store.alerts.write(alert('b', { acknowledgement: ack, worst: null }), null)
      expect(await (await driver.reopen()).alerts.load()).toEqual([
        alert('a'),
        alert('b', { acknowledgement: ack, worst: null }),
      ])
      await driver.store.alerts.write(alert('a', { state: 'ok', worst: null }), null)
      await driver.store.alerts.write(alert('b'), null)
      expect(await driver.store.alerts.load()).toEqual([alert('b')])
    })

    it('have a history, newest first, at most so many of it', async () => {
      for (let i = 0; i < 5; i++) await driver.store.alerts.write(alert('h'), event('h', { at: T0 + i }))
      const history = await driver.store.alerts.history(3)
      expect(history).toEqual([4, 3, 2].map((i) => event('h', { at: T0 + i })))
    })

    it('keep the last 1,000 lines of it', async () => {
      const writes = Array.from({ length: 1005 }, (_, i) =>
        driver.store.alerts.write(alert('t'), event('t', { at: T0 + i })),
      )
      await Promise.all(writes)
      const history = await driver.store.alerts.history(2000)
      expect([history.length, history.at(-1)?.at]).toEqual([1000, T0 + 5])
    })

    it('are not written with a fence that is stale', async () => {
      const { locks, alerts } = driver.store
      const stale = await fenceOf(locks, 'alerts')
      const fence = await fenceOf(locks, 'alerts')
      expect(await alerts.write(alert('f'), event('f'), stale)).toBe(false)
      expect((await alerts.load()).some(({ id }) => id === 'f')).toBe(false)
      expect(await alerts.write(alert('f'), event('f'), fence)).toBe(true)
      expect(await alerts.history(1)).toEqual([event('f')])
    })

    it('put what a person did in the audit log, and what the server did not', async () => {
      const ack = { by: 'Ada', note: 'on it', at: T0, until: T0 + 9 }
      await driver.store.alerts.write(alert('p'), event('p'))
      await driver.store.alerts.write(
        alert('p', { acknowledgement: ack }),
        event('p', { event: 'acknowledged', by: 'Ada', note: 'on it' }),
      )
      const rows = await driver.sql("SELECT at, action, detail FROM audit_log WHERE action LIKE 'alert.%'")
      expect(rows).toEqual([{ at: T0, action: 'alert.acknowledged', detail: expect.any(String) as string }])
      expect(JSON.parse(String(rows[0]?.detail))).toEqual({ alert: 'p', by: 'Ada', note: 'on it', until: T0 + 9 })
    })
  })
}
