import { rewindIndexSchema, rewindSchema, type MonitorSnapshot } from '@signalbox/contracts'
import type { PastFigures, Tally } from '@signalbox/engine'
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { openServer } from '../../test/support/server.ts'
import { createRewind } from './rewind.ts'

const NOW = Date.UTC(2026, 0, 15, 8)
const MINUTE = 60_000
const instant = (ms: number) => new Date(ms).toISOString()
const view = { instant, names: { template: String, service: String, close: () => undefined } }
const NO_HOUR = { firstMinute: NOW - 60 * MINUTE, sent: [], success: [], failed: [], avgResponseMs: [] }

function snapshot(at: number, filler = ''): MonitorSnapshot {
  const stats = { rates: { accepted: 0, ended: 7, failed: 1 }, alerts: [{ state: 'firing' }] }
  return {
    ...{ seq: at, computed_at: instant(at), epoch: filler, tick_ms: 1000, time_zone: 'UTC', demo: false },
    ...{ range: 'today', stats: stats as unknown as MonitorSnapshot['stats'], feed: [] },
  }
}

const NOTHING: Tally = {
  ...{ accepted: 0, sent: 0, success: 0, failed: 0, expired: 0, unknown: 0, successRate: null },
  ...{ avgResponseMs: null, p50ResponseMs: null, p95ResponseMs: null, p99ResponseMs: null },
}

function past(at: number): Promise<PastFigures> {
  const range = {
    ...{ current: { ...NOTHING, sent: at }, baseline: null },
    ...{ channels: { sms: NOTHING, email: NOTHING, app: NOTHING, wechat: NOTHING, feishu: NOTHING } },
    curve: { first: at, slotMs: 1, sent: [], failed: [] },
    usual: { first: at, slotMs: 1, weeks: 0, low: [], median: [], high: [], failedHigh: [] },
  }
  return Promise.resolve({ lastHour: NO_HOUR, trend: [], ranges: { today: range, '24h': range, '7d': range } })
}
/** About 1.7 KB that stay so when they are packed. */
const incompressible = (seed: number) =>
  Array.from({ length: 20 }, (_, i) => createHash('sha512').update(`${seed} ${i}`).digest('base64')).join('')
const newRewind = (maxBytes?: number) =>
  createRewind({ past, view, timeZone: () => 'UTC', ...(maxBytes === undefined ? {} : { maxBytes }) })

describe('the rewind', () => {
  it('gives the last frame at or before a moment, as it was', async () => {
    const rewind = newRewind()
    for (let at = NOW - MINUTE; at <= NOW; at += 5000) await rewind.record(snapshot(at), at)
    expect(await rewind.moment(NOW - 7000, NOW, 'today')).toMatchObject({
      ...{ at: instant(NOW - 10_000), source: 'recorded', missing: [] },
      stats: { rates: { ended: 7 } },
    })
    expect(await rewind.moment(NOW + 3000, NOW, 'today')).toMatchObject({ at: instant(NOW) })
  })

  it('tells what happened when, for the slider', async () => {
    const rewind = newRewind()
    await rewind.record(snapshot(NOW - 5000), NOW - 5000)
    await rewind.record(snapshot(NOW), NOW)
    expect(rewind.index(NOW, NO_HOUR)).toMatchObject({
      ...{ from: instant(NOW - 5000), to: instant(NOW) },
      frames: { at_s: [0, 5], recorded: [1, 1], ended: [7, 7], failed: [1, 1], alert: ['firing', 'firing'] },
    })
  })

  it('tells from rollups what it did not record, and names what they do not hold', async () => {
    const rewind = newRewind()
    await rewind.record(snapshot(NOW), NOW)
    const moment = await rewind.moment(NOW - 10 * MINUTE + 5000, NOW, 'today')
    expect(moment).toMatchObject({ at: instant(NOW - 10 * MINUTE), source: 'rollups', feed: null })
    expect(moment?.stats.cards?.current.sent).toBe(NOW - 10 * MINUTE)
    const missing = ['pools', 'scaling', 'queues', 'rates', 'conservation', 'nodes', 'links', 'held', 'alerts', 'feed']
    expect(moment?.missing).toEqual(missing)
    for (const section of moment?.missing ?? []) expect(moment?.stats).not.toHaveProperty(section)

    const sent = Array.from({ length: 60 }, (_, i) => (i < 57 ? 0 : 60))
    const { frames } = rewind.index(NOW, { ...NO_HOUR, sent, failed: sent.map(() => 6) })
    expect(frames).toMatchObject({ at_s: [0, 60, 120, 120], recorded: [0, 0, 0, 1], ended: [1, 1, 1, 7] })
    expect(frames.alert).toEqual([null, null, null, 'firing'])
  })

  it('works out another range from rollups beside what it recorded', async () => {
    const rewind = newRewind()
    await rewind.record(snapshot(NOW - 5000), NOW - 5000)
    const moment = await rewind.moment(NOW, NOW, '7d')
    expect(moment).toMatchObject({ source: 'recorded', range: '7d', stats: { rates: { ended: 7 } } })
    expect(moment?.stats.cards?.current.sent).toBe(NOW - 5000)
  })

  it('forgets what is longer ago than an hour, and has nothing of it or of the future', async () => {
    const rewind = newRewind()
    await rewind.record(snapshot(NOW - 61 * MINUTE), NOW - 61 * MINUTE)
    await rewind.record(snapshot(NOW), NOW)
    expect(rewind.index(NOW, NO_HOUR).frames.at_s).toEqual([0])
    expect(await rewind.moment(NOW - 62 * MINUTE, NOW, 'today')).toBeNull()
    expect(await rewind.moment(NOW + 10_000, NOW, 'today')).toBeNull()
  })

  it('keeps within its bytes, the newest first', async () => {
    const rewind = newRewind(20_000)
    for (let i = 0; i < 50; i++) {
      const at = NOW + i * 5000
      await rewind.record(snapshot(at, incompressible(i)), at)
    }
    const index = rewind.index(NOW + 50 * 5000, NO_HOUR)
    expect(index.bytes).toBeLessThanOrEqual(20_000)
    expect(index.frames.at_s.length).toBeGreaterThan(5)
    expect(index.to).toBe(instant(NOW + 49 * 5000))
  })
})

describe('the rewind over HTTP', { timeout: 20_000 }, () => {
  it('has the moments since the start, and before it what the rollups tell', async () => {
    const server = await openServer()
    await server.call('/api/monitor/snapshot')
    const index = await server.call('/api/monitor/rewind/index')
    expect(rewindIndexSchema.safeParse(index.body.data).error).toBeUndefined()
    const before = new Date(Date.now() - 5 * MINUTE).toISOString()
    const { body } = await server.call(`/api/monitor/rewind?at=${encodeURIComponent(before)}`)
    expect(rewindSchema.safeParse(body.data).error).toBeUndefined()
    expect(body.data).toMatchObject({ source: 'rollups', feed: null })
  })

  it.each([
    ['yesterday', 422, 'invalid'],
    ['2020-01-01T00:00:00Z', 404, 'moment_not_found'],
  ])('refuses %s', async (at, status, error) => {
    const server = await openServer()
    const reply = await server.call(`/api/monitor/rewind?at=${at}`)
    expect([reply.status, reply.body.details.error]).toEqual([status, error])
  })
})
