import type { Channel } from '@signalbox/contracts'
import { describe, expect, it } from 'vitest'
import { localTime } from './day.ts'
import { DAY_MS, history, type HistoryOptions } from './history.ts'

const ids = Object.fromEntries(
  (['sms', 'email', 'app', 'wechat', 'feishu'] as const).map((channel, at) => [
    channel,
    { serviceId: at + 1, templateId: at + 11 },
  ]),
) as Record<Channel, { serviceId: number; templateId: number }>

const now = Date.parse('2026-03-05T15:20:30+08:00')
const week = (options: Partial<HistoryOptions> = {}) =>
  history({ now, timeZone: 'Asia/Shanghai', seed: 1, ids, ...options })
const rows = week()
const sum = (fits: (row: (typeof rows)[number]) => boolean) =>
  rows.filter(fits).reduce((total, { count }) => total + count, 0)
const dateOf = (at: number) => localTime(at, 'Asia/Shanghai').date

describe('the synthetic history', () => {
  it('is the same for the same seed and time, another for another seed', () => {
    expect(week()).toEqual(rows)
    expect(week({ seed: 2 })).not.toEqual(rows)
  })

  it('begins at midnight five weeks ago and ends before the present minute', () => {
    expect(rows[0]!.at).toBe(Date.parse('2026-01-29T00:00:00+08:00'))
    expect(rows.at(-1)!.at).toBe(Date.parse('2026-03-05T15:19:00+08:00'))
    expect(rows.every(({ at }) => at % 60_000 === 0)).toBe(true)
  })

  it.each([0, 3, 7, 19])(
    'has every minute of the last hour, for the charts that show minutes: %i minutes on',
    (later) => {
      const then = now + later * 60_000
      const hour = new Set(
        week({ now: then })
          .filter(({ at }) => at >= then - 3_600_000)
          .map(({ at }) => at),
      )
      expect(hour.size).toBe(60 - 1)
    },
  )

  it('adds up: what was accepted has ended, in every minute and channel', () => {
    const balance = new Map<string, number>()
    for (const { at, channel, state, count } of rows) {
      const key = `${at} ${channel}`
      balance.set(key, (balance.get(key) ?? 0) + (state === 'accepted' ? count : -count))
    }
    expect([...balance.values()].every((left) => left === 0)).toBe(true)
    expect(rows.every(({ count }) => Number.isInteger(count) && count > 0)).toBe(true)
  })

  it('names the channel’s service and template, and no service on what was only accepted', () => {
    for (const { channel, serviceId, templateId, state } of rows) {
      expect(templateId).toBe(ids[channel].templateId)
      expect(serviceId).toBe(state === 'accepted' ? 0 : ids[channel].serviceId)
    }
  })

  it('has each weekday busier in one week and quieter in another', () => {
    const days = ['2026-01-29', '2026-02-05', '2026-02-12', '2026-02-19', '2026-02-26']
    const accepted = days.map((date) => sum(({ at, state }) => state === 'accepted' && dateOf(at) === date))
    expect(Math.max(...accepted) / Math.min(...accepted)).toBeGreaterThan(1.08)
    expect(Math.max(...accepted) / Math.min(...accepted)).toBeLessThan(1.5)
  })

  it('has quieter weekends', () => {
    const onDay = (date: string) => sum(({ at, state }) => state === 'accepted' && dateOf(at) === date)
    expect(onDay('2026-03-01')).toBeLessThan(onDay('2026-03-02') * 0.95)
  })

  it('has better and worse days', () => {
    const failed = (date: string) => {
      const onDay = (state: string) =>
        sum((row) => row.state === state && row.channel === 'app' && dateOf(row.at) === date)
      return (onDay('failed') / onDay('accepted')) * 100
    }
    const shares = ['2026-02-27', '2026-02-28', '2026-03-01', '2026-03-03', '2026-03-04'].map(failed)
    expect(Math.max(...shares) - Math.min(...shares)).toBeGreaterThan(0.1)
  })

  it('succeeds in 97 to 99 of 100, but for text messages in one afternoon three days ago', () => {
    const successRate = (fits: (row: (typeof rows)[number]) => boolean) => {
      const failed = sum((row) => fits(row) && (row.state === 'failed' || row.state === 'expired'))
      const success = sum((row) => fits(row) && ['sent', 'delivered', 'read'].includes(row.state))
      return success / (success + failed)
    }
    const illness = { from: Date.parse('2026-03-02T14:20:00+08:00'), to: Date.parse('2026-03-02T15:00:00+08:00') }
    const ill = (row: (typeof rows)[number]) => row.channel === 'sms' && row.at >= illness.from && row.at < illness.to
    expect(successRate(ill)).toBeLessThan(0.7)
    expect(successRate((row) => !ill(row))).toBeGreaterThan(0.97)
    expect(successRate((row) => !ill(row))).toBeLessThan(0.995)
  })

  it('has response times as the channel has them, and none where nobody answered', () => {
    const mean = (channel: Channel) => {
      const all = rows
        .filter((row) => row.channel === channel && row.at > now - DAY_MS)
        .flatMap(({ responseMs }) => responseMs)
      return all.reduce((total, ms) => total + ms, 0) / all.length
    }
    expect(mean('sms')).toBeGreaterThan(800)
    expect(mean('app')).toBeLessThan(100)
    expect(
      rows
        .filter(({ state }) => state === 'accepted' || state === 'expired')
        .every(({ responseMs }) => responseMs.length === 0),
    ).toBe(true)
  })

  it('stays small enough to be written at a start, and scales with the rate', () => {
    expect(rows.length).toBeLessThan(40_000)
    const total = (of: typeof rows) =>
      of.filter(({ state }) => state === 'accepted').reduce((all, { count }) => all + count, 0)
    expect(total(week({ rate: 2 })) / total(rows)).toBeCloseTo(2, 1)
  })
})
