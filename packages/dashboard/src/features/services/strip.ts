/** What a service did in each hour of a day, as a strip of cells. Pure. */
import type { ServiceActivity } from '@signalbox/contracts'

export interface Cell {
  /** When the hour begins. */
  at: string
  sent: number
  failed: number
  unknown: number
  p95Ms: number | null
}

export interface Day {
  cells: readonly Cell[]
  sent: number
  failed: number
  unknown: number
  /** Percent, as the API has it; null when nothing ended. */
  successRate: number | null
  p95Ms: number | null
}

/** By the id of the service. */
export function daysOf({ slots, services }: ServiceActivity): Map<number, Day> {
  return new Map(
    services.map(({ id, sent, failed, unknown, p95_ms, p95_24h_ms }) => {
      const cells = slots.map((at, i) => ({
        at,
        ...{ sent: sent[i] ?? 0, failed: failed[i] ?? 0, unknown: unknown[i] ?? 0, p95Ms: p95_ms[i] ?? null },
      }))
      const sum = (of: (cell: Cell) => number) => cells.reduce((all, cell) => all + of(cell), 0)
      const [sentAll, failedAll] = [sum((cell) => cell.sent), sum((cell) => cell.failed)]
      const ended = sentAll + failedAll
      const day: Day = {
        cells,
        ...{ sent: sentAll, failed: failedAll, unknown: sum((cell) => cell.unknown) },
        successRate: ended === 0 ? null : Math.round((sentAll / ended) * 10_000) / 100,
        p95Ms: p95_24h_ms,
      }
      return [id, day]
    }),
  )
}

export const CELL = { width: 6, gap: 1, height: 20 } as const
/** So much of a cell is filled by the first failure: less is not seen. */
const LEAST = 0.15
/** From this share on it is no slip any more. */
const MANY = 0.05

export interface Drawing {
  width: number
  /** Paths of an SVG: what was sent, failed, is unknown; and of hours without any. */
  ok: string
  /** Failures that are few, and many. */
  few: string
  failed: string
  unknown: string
  none: string
}

/** The share that failed stands at the foot of a cell, that of unknown outcome on it, what was sent above both. */
export function drawingOf(cells: readonly Cell[]): Drawing {
  const { width, gap, height } = CELL
  const drawing = { width: cells.length * (width + gap) - gap, ok: '', few: '', failed: '', unknown: '', none: '' }
  cells.forEach(({ sent, failed, unknown }, i) => {
    const x = i * (width + gap)
    const bar = (top: number, tall: number) => `M${x} ${round(top)}h${width}v${round(tall)}h-${width}Z`
    const all = sent + failed + unknown
    if (all === 0) {
      drawing.none += bar(height - 2, 2)
      return
    }
    const failedTall = tallOf(failed / all)
    const unknownTall = Math.min(tallOf(unknown / all), height - failedTall)
    if (failedTall > 0) drawing[failed / all < MANY ? 'few' : 'failed'] += bar(height - failedTall, failedTall)
    if (unknownTall > 0) drawing.unknown += bar(height - failedTall - unknownTall, unknownTall)
    const rest = height - failedTall - unknownTall
    if (rest > 0) drawing.ok += bar(0, rest)
  })
  return drawing
}

const tallOf = (share: number): number => (share === 0 ? 0 : Math.max(LEAST, share) * CELL.height)
const round = (value: number): number => Math.round(value * 10) / 10

/** The cell of most failures; null without any. */
export function worstOf(cells: readonly Cell[]): Cell | null {
  const worst = cells.reduce<Cell | null>((most, cell) => (cell.failed > (most?.failed ?? 0) ? cell : most), null)
  return worst
}

/** Which cell lies at `x` of a strip that is drawn `drawnWidth` wide. */
export function cellAt(cells: readonly Cell[], x: number, drawnWidth: number): number {
  return Math.min(cells.length - 1, Math.max(0, Math.floor((x / drawnWidth) * cells.length)))
}
