/** Tables for people, and the same run as JSON for programs. */
import { mkdirSync, writeFileSync } from 'node:fs'
import type { Machine } from './machine.ts'
import { median, spreadPercent } from './statistics.ts'

const RESULTS = new URL('../results/', import.meta.url)

export interface Report {
  /** Name of the files in `results/`. */
  name: string
  title: string
  machine: Machine
  /** Markdown, one entry per paragraph or table. */
  parts: readonly string[]
  /** The rounds as they were measured. */
  raw: unknown
}

export function printReport(report: Report): void {
  console.log(`\n${textOf(report)}`)
}

/** Replaces the last result of that name. */
export function saveReport(report: Report): void {
  mkdirSync(RESULTS, { recursive: true })
  writeFileSync(new URL(`${report.name}.md`, RESULTS), textOf(report))
  const { machine, raw } = report
  const at = new Date().toISOString()
  writeFileSync(new URL(`${report.name}.json`, RESULTS), `${JSON.stringify({ at, machine, raw }, null, 2)}\n`)
  console.log(`Kept in results/${report.name}.md and .json.`)
}

function textOf({ title, machine, parts }: Report): string {
  const { processor, cores, memoryGiB, kernel, node, loadBefore } = machine
  const day = new Date().toISOString().slice(0, 10)
  const where = `${day}: ${cores} cores (${processor}), ${memoryGiB} GiB, Linux ${kernel}, Node ${node}; load before the run ${loadBefore}.`
  return [`# ${title}`, where, ...parts].join('\n\n') + '\n'
}

/** Aligned, as the formatter would leave it. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((cell, i) =>
    Math.max(3, ...[cell, ...rows.map((row) => row[i] ?? '')].map((text) => text.length)),
  )
  const line = (cells: readonly string[]) =>
    `| ${widths.map((width, i) => (cells[i] ?? '').padEnd(width)).join(' | ')} |`
  return [line(head), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...rows.map(line)].join('\n')
}

/** `13.1 ± 4 %`, of rates per second in thousands. */
export function thousands(rates: readonly number[]): string {
  if (rates.length === 0) return '–'
  const middle = median(rates) / 1000
  const text = middle.toFixed(middle < 100 ? 1 : 0)
  return rates.length < 2 ? text : `${text} ± ${spreadPercent(rates).toFixed(0)} %`
}

/** `7.4 (6.9–8.0)`: the median with the lowest and highest. */
export function withRange(values: readonly number[], digits = 1): string {
  if (values.length === 0) return '–'
  const text = median(values).toFixed(digits)
  if (values.length < 2) return text
  return `${text} (${Math.min(...values).toFixed(digits)}–${Math.max(...values).toFixed(digits)})`
}
