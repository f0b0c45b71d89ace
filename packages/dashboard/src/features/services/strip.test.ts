import { describe, expect, it } from 'vitest'
import { CELL, cellAt, daysOf, drawingOf, worstOf, type Cell } from './strip.ts'

const cell = (sent: number, failed = 0, unknown = 0): Cell => ({ at: '', sent, failed, unknown, p95Ms: null })
const heights = (path: string) => [...path.matchAll(/v([\d.]+)/g)].map(([, tall]) => Number(tall))

describe('the day of a service', () => {
  const [day] = daysOf({
    ...{ slots: ['2025-11-21T08:00:00+08:00', '2025-11-21T09:00:00+08:00'], slot_ms: 3_600_000 },
    services: [{ id: 7, sent: [90, 0], failed: [9, 1], unknown: [0, 2], p95_ms: [120, null], p95_24h_ms: 130 }],
  }).values()

  it('adds up, with a rate of what ended', () => {
    expect(day).toMatchObject({ sent: 90, failed: 10, unknown: 2, successRate: 90, p95Ms: 130 })
    expect(day?.cells[1]).toMatchObject({ sent: 0, failed: 1, unknown: 2, p95Ms: null })
  })

  it('has no rate when nothing ended: none is not 0', () => {
    const idle = { id: 1, sent: [0], failed: [0], unknown: [3], p95_ms: [null], p95_24h_ms: null }
    const [none] = daysOf({ slots: ['2025-11-21T08:00:00+08:00'], slot_ms: 3_600_000, services: [idle] }).values()
    expect(none?.successRate).toBeNull()
  })
})

describe('the strip', () => {
  it('draws an hour without messages as a line, not as one that went well', () => {
    const drawing = drawingOf([cell(0), cell(1)])
    expect([heights(drawing.none), heights(drawing.ok)]).toEqual([[2], [CELL.height]])
  })

  it('shows one failure of a thousand, and tells few from many', () => {
    const few = drawingOf([cell(999, 1)])
    expect(heights(few.few)[0]).toBeGreaterThanOrEqual(3)
    expect(few.failed).toBe('')
    const many = drawingOf([cell(50, 50)])
    expect([heights(many.failed), many.few]).toEqual([[CELL.height / 2], ''])
  })

  it('fills each cell exactly, whatever is in it', () => {
    for (const each of [cell(1, 1, 1), cell(0, 5), cell(0, 0, 1), cell(1, 99, 99), cell(10_000, 1, 1)]) {
      const { ok, few, failed, unknown } = drawingOf([each])
      const sum = [ok, few, failed, unknown].flatMap(heights).reduce((all, tall) => all + tall, 0)
      expect(sum).toBeCloseTo(CELL.height, 0)
    }
  })

  it('knows the hour under the pointer and the worst one', () => {
    const cells = [cell(1), cell(1, 2), cell(1, 7)]
    expect([cellAt(cells, 0, 300), cellAt(cells, 150, 300), cellAt(cells, 300, 300)]).toEqual([0, 1, 2])
    expect(worstOf(cells)).toBe(cells[2])
    expect(worstOf([cell(5)])).toBeNull()
  })
})
