import type { MessageRow } from '@signalbox/contracts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { csvHeader, csvLine } from './csv.ts'

const row = (changes: Partial<MessageRow>): MessageRow => ({
  record_id: 7,
  trace_id: 'msg_00000000007',
  channel: 'sms',
  recipient: '138****0000',
  template_id: 1,
  template_name: 'Login code',
  template_version: 1,
  status: 'failed',
  priority: 5,
  attempt: 1,
  service: null,
  task_id: null,
  pending_reason: null,
  due_at: null,
  error_code: '550',
  error_message: null,
  created_at: '2026-01-15T08:00:00+08:00',
  updated_at: '2026-01-15T08:00:00+08:00',
  finished_at: null,
  duration_ms: null,
  ...changes,
})

/** Reads one line back, as a spreadsheet does. */
function cellsOf(line: string): string[] {
  const cells = [...line.slice(0, -2).matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)]
  return cells.map(([, quoted, bare]) => (quoted === undefined ? (bare ?? '') : quoted.replaceAll('""', '"')))
}
const NAME = csvHeader.slice(1).trim().split(',').indexOf('template_name')

describe('a line of the export', () => {
  it('has a cell under each name of the first line', () => {
    expect(csvHeader).toMatch(/^\uFEFFrecord_id,trace_id,channel,/)
    expect(cellsOf(csvLine(row({})))).toHaveLength(csvHeader.split(',').length)
  })

  it('holds any text whole, and never as a formula', () => {
    const text = fc.oneof(
      fc.string(),
      fc.constantFrom('=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '"=1"', 'a,"b"\r\nc'),
    )
    fc.assert(
      fc.property(text, (name) => {
        const cell = cellsOf(csvLine(row({ template_name: name })))[NAME] ?? ''
        expect(cell).not.toMatch(/^[=+\-@\t\r]/)
        expect(/^[=+\-@\t\r]/.test(name) ? cell.slice(1) : cell).toBe(name)
      }),
    )
  })
})
