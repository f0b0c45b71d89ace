import { beforeAll, afterAll, describe, expect, it } from 'vitest'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Store } from '../driver.ts'
import { embedded } from '../drivers/embedded.ts'
import { SETTINGS_DEFAULTS } from '../settings/defaults.ts'
import { createWall } from './wall.ts'

const ZONE = 'Asia/Kolkata'
const at = (text: string) => Date.parse(`${text}+05:30`)
const MINUTE = 60_000

let folder: string
let store: Store

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'signalbox-'))
  store = await embedded({ folder }).open({
    defaults: SETTINGS_DEFAULTS,
    onCommitUnknown(error) {
      throw error
    },
  })
  // Three Thursdays: 10, 20 and 40 messages at ten, and one failure on the first.
  await ended(at('2026-02-12T10:10:00'), 'sent', 10)
  await ended(at('2026-02-12T10:20:00'), 'failed', 1)
  await ended(at('2026-02-19T10:10:00'), 'sent', 20)
  await ended(at('2026-02-26T10:10:00'), 'sent', 40)
  await ended(at('2026-02-26T16:10:00'), 'sent', 5)
})
afterAll(async () => {
  await store.close()
  rmSync(folder, { recursive: true, force: true })
})

async function ended(time: number, state: 'sent' | 'failed', count: number): Promise<void> {
  const row = { at: time, channel: 'sms' as const, serviceId: 1, templateId: 1, durationMsSum: 0 }
  await store.stats.importHistory([
    { ...row, state: 'accepted', count, responseMs: [] },
    { ...row, state, count, responseMs: [100] },
  ])
}

describe('the figures of the wall', () => {
  it('compare today with the same weekday up to the same time, and with what is usual in each hour', async () => {
    const { ranges } = await createWall(store.stats).live(at('2026-03-05T11:00:00'), ['today'], ZONE)
    expect(ranges.today).toMatchObject({ current: { sent: 0 }, baseline: { sent: 40, success: 40 } })
    const { usual } = ranges.today ?? {}
    expect([usual?.weeks, usual?.low.length]).toEqual([3, 24])
    expect([usual?.low[10], usual?.median[10], usual?.high[10], usual?.failedHigh[10]]).toEqual([11, 20, 40, 1])
    expect([usual?.high[16], usual?.low[16]]).toEqual([5, 0])
  })

  it('tell the hours before the first figure from quiet ones', async () => {
    const { ranges } = await createWall(store.stats).live(at('2026-02-19T11:00:00'), ['today'], ZONE)
    const { usual } = ranges.today ?? {}
    expect([usual?.weeks, usual?.low[5], usual?.low[10], usual?.low[11]]).toEqual([1, null, 11, 0])
  })

  it('tell no past from a quiet one', async () => {
    const { ranges, trend } = await createWall(store.stats).live(at('2026-02-12T11:00:00'), ['today'], ZONE)
    expect(ranges.today).toMatchObject({ baseline: null, usual: { weeks: 0 } })
    expect(ranges.today?.usual.low.every((each) => each === null)).toBe(true)
    expect(trend.at(-1)?.counts.sent).toBe(11)
  })

  it('follow what ends, through the turn of an hour and of a day', async () => {
    const wall = createWall(store.stats)
    let expected = 0
    for (let minute = 0; minute < 90; minute++) {
      const now = at('2026-03-12T22:50:00') + minute * MINUTE + 30_000
      if (now === at('2026-03-13T00:00:30')) expected = 0
      await ended(now, 'sent', 1)
      expected += 1
      const { ranges, trend, lastHour } = await wall.live(now, ['today', '24h', '7d'], ZONE)
      const { current, curve } = ranges.today ?? {}
      expect([minute, current?.sent]).toEqual([minute, expected])
      expect(curve?.sent.reduce((a, b) => a + b, 0)).toBe(expected)
      expect(trend.at(-1)?.counts.sent).toBe(expected)
      expect(lastHour.sent.reduce((a, b) => a + b, 0)).toBe(Math.min(60, minute + 1))
      expect(ranges['24h']?.current.sent).toBe(minute + 1)
      expect(ranges['7d']?.current.sent).toBe(minute + 1)
      expect(ranges['7d']?.curve.sent.reduce((a, b) => a + b, 0)).toBe(minute + 1)
    }
  })

  it('can be had as of a minute in the past, without what came later', async () => {
    const { ranges, lastHour } = await createWall(store.stats).past(at('2026-02-26T10:11:00'), ['today'], ZONE)
    expect(ranges.today).toMatchObject({ current: { sent: 40 }, baseline: { sent: 20 } })
    expect(ranges.today?.curve.sent).toHaveLength(11)
    expect(lastHour.sent.at(-1)).toBe(40)
    const before = await createWall(store.stats).past(at('2026-02-26T10:10:00'), ['today'], ZONE)
    expect(before.ranges.today?.current.sent).toBe(0)
  })
})
