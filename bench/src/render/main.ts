/** Rendering on one core: variables checked, subject and body filled in and escaped. */
import { runChild } from '../children.ts'
import { exitOnSignal } from '../interrupt.ts'
import { describeMachine } from '../machine.ts'
import { isKept, readOptions } from '../options.ts'
import { printReport, saveReport, table, thousands } from '../results.ts'
import type { RenderInput } from './child.ts'

const CHILD = new URL('./child.ts', import.meta.url)
const CASES = [
  { name: 'a text of 110 characters, 4 variables', format: 'text' },
  { name: 'HTML of ten such paragraphs, 40 placeholders', format: 'html' },
] as const

exitOnSignal()
const options = readOptions(5)
const machine = describeMachine()
const rates: Record<string, number[]> = {}
for (let round = 0; round < options.rounds; round++) {
  for (const { name, format } of CASES) {
    const input: RenderInput = { ms: options.quick ? 200 : 2_000, format }
    const rate = await runChild<number>(CHILD, { input, cores: '0' })
    rates[name] = [...(rates[name] ?? []), rate]
  }
}

const report = {
  name: 'render',
  title: 'Rendering on one core',
  machine,
  parts: [
    `Thousands of messages per second, median of ${options.rounds} rounds: a version parsed once, variables checked as at acceptance, subject and body filled in and escaped. Fresh process each, tied to one core. Goal: 50.`,
    table(
      ['message', 'thousands/s'],
      CASES.map(({ name }) => [name, thousands(rates[name] ?? [])]),
    ),
  ],
  raw: { rates },
}
printReport(report)
if (isKept(options)) saveReport(report)
