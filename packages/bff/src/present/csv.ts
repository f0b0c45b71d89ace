/** Messages as a spreadsheet opens them (RFC 4180, with a byte order mark for those that guess). */
import { messageRowSchema, type MessageRow } from '@signalbox/contracts'

const COLUMNS = Object.keys(messageRowSchema.shape) as (keyof MessageRow)[]
const BYTE_ORDER_MARK = '\uFEFF'

export const csvHeader = `${BYTE_ORDER_MARK}${COLUMNS.join(',')}\r\n`

export function csvLine(row: MessageRow): string {
  return `${COLUMNS.map((column) => cellOf(row[column])).join(',')}\r\n`
}

/** A text that a spreadsheet would take for a formula gets a ' in front, which makes it text there. */
function cellOf(value: string | number | null): string {
  if (value === null) return ''
  if (typeof value === 'number') return String(value)
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
