import { FEED_FAILURES, FEED_ROWS, type MessageRow, type MessageState } from '@signalbox/contracts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createFeedRing } from './feed-ring.ts'

const row = (id: number, status: MessageState = 'sent') => ({ record_id: id, status }) as MessageRow
const tick = (...rows: MessageRow[]) => ({ rows, changed: rows.length, failures: 0 })
const ids = (rows: MessageRow[] = []) => rows.map(({ record_id }) => record_id)

describe('what was missed of the feed', () => {
  it('is what moved after the last number, one row for a message, as it stands', () => {
    const ring = createFeedRing()
    ring.push(0, 1, tick(row(1, 'queued'), row(2)))
    ring.push(1, 2, tick(row(1, 'sending')))
    ring.push(2, 3, tick(row(3), row(1, 'delivered')))
    expect(ring.after(1)).toMatchObject({ changed: 3, rows: [{ record_id: 3 }, { record_id: 1, status: 'delivered' }] })
    expect(ring.after(3)).toEqual({ rows: [], changed: 0, failures: 0 })
  })

  it('is not known when it is too long ago, or when nobody listened in between', () => {
    const ring = createFeedRing()
    expect(ring.after(0)).toBeNull()
    for (let seq = 1; seq <= 40; seq++) ring.push(seq - 1, seq, tick(row(seq)))
    expect(ring.after(9)).toBeNull()
    expect(ids(ring.after(10)?.rows)).toHaveLength(30)
    ring.push(45, 46, tick(row(46)))
    expect([ring.after(39), ring.after(40)]).toEqual([null, null])
    expect(ids(ring.after(45)?.rows)).toEqual([46])
    ring.clear()
    expect(ring.after(45)).toBeNull()
  })

  it('keeps to its bounds, and leaves out no failure before another row', () => {
    const state = fc.constantFrom<MessageState>('sent', 'queued', 'failed', 'unknown')
    const moves = fc.array(fc.tuple(fc.integer({ min: 1, max: 500 }), state), { maxLength: 150 })
    fc.assert(
      fc.property(fc.array(moves, { maxLength: 10 }), (ticks) => {
        const ring = createFeedRing()
        const last = new Map<number, MessageState>()
        ring.push(0, 1, tick())
        ticks.forEach((each, i) => {
          for (const [id, status] of each) last.set(id, status)
          ring.push(i + 1, i + 2, tick(...new Map(each.map(([id, status]) => [id, row(id, status)])).values()))
        })
        const rows = ring.after(1)?.rows ?? []
        const failed = [...last].filter(([, status]) => status === 'failed' || status === 'unknown')
        const failedRows = rows.filter(({ status }) => status === 'failed' || status === 'unknown')
        expect(failedRows).toHaveLength(Math.min(failed.length, FEED_FAILURES))
        expect(rows.length).toBeLessThanOrEqual(Math.max(FEED_ROWS, failedRows.length))
        for (const each of rows) expect(each.status).toBe(last.get(each.record_id))
      }),
    )
  })
})
