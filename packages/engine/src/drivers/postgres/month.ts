/** Which partition holds what: months of records by the time inside their id, days of traces by the time of the write (UTC). */
import { firstIdAt, timeOfId } from '../../ids.ts'

export interface Part {
  /** `202601` or `20260115`: the end of its tables' names. */
  name: string
  /** Keys from here … */
  from: number
  /** … to before here. */
  to: number
}

export const DAY_MS = 86_400_000

/** Of a record id. */
export function monthOf(id: number): Part {
  const date = new Date(timeOfId(id))
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()]
  return {
    name: `${year}${String(month + 1).padStart(2, '0')}`,
    from: firstIdAt(Date.UTC(year, month)),
    to: firstIdAt(Date.UTC(year, month + 1)),
  }
}

let today: Part | null = null

/** Of epoch ms. Asked for every trace: nearly all are of the day of the one before. */
export function dayOf(at: number): Part {
  if (today && at >= today.from && at < today.to) return today
  const from = at - (at % DAY_MS)
  today = { name: new Date(from).toISOString().slice(0, 10).replaceAll('-', ''), from, to: from + DAY_MS }
  return today
}

/** The first instant of a day's partition, by its name. */
export const dayFrom = (name: string): number =>
  Date.UTC(Number(name.slice(0, 4)), Number(name.slice(4, 6)) - 1, Number(name.slice(6)))
