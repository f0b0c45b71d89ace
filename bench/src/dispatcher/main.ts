/** What many accounts and many senders cost the dispatcher. */
import { runChild } from '../children.ts'
import { exitOnSignal } from '../interrupt.ts'
import { describeMachine } from '../machine.ts'
import { isKept, readOptions } from '../options.ts'
import { printReport, saveReport, table, thousands, withRange } from '../results.ts'
import { pairedRatios, rotated } from '../statistics.ts'
import type { Dispatched, DispatcherInput } from './child.ts'

const CHILD = new URL('./child.ts', import.meta.url)
const CASES = [
  { services: 1, flows: 1 },
  { services: 10, flows: 1 },
  { services: 100, flows: 1 },
  { services: 500, flows: 1 },
  { services: 1, flows: 1_000 },
  { services: 100, flows: 1_000 },
].map((sizes) => ({ ...sizes, rounds: [] as Dispatched[] }))

exitOnSignal()
const options = readOptions(3)
const machine = describeMachine()
const times = options.quick ? { warmUpMs: 200, ms: 500 } : { warmUpMs: 1_000, ms: 3_000 }
for (let round = 0; round < options.rounds; round++) {
  for (const { services, flows, rounds } of rotated(CASES, round)) {
    const input: DispatcherInput = { services, flows, ...times }
    rounds.push(await runChild<Dispatched>(CHILD, { input }))
  }
}

const alone = (CASES[0]?.rounds ?? []).map(({ microseconds }) => microseconds)
const report = {
  name: 'dispatcher',
  title: 'Many accounts, many senders',
  machine,
  parts: [
    `${options.rounds} rounds, each case in each of them in a fresh process, the order rotated. Messages of one channel from end to end, 100 in flight, pool of 100, adapters that answer at once; accounts of one priority with three weights and a daily quota; senders take turns.`,
    table(
      ['services', 'senders', 'thousands/s', 'main thread, µs per message', '÷ one of each'],
      CASES.map(({ services, flows, rounds }) => {
        const costs = rounds.map(({ microseconds }) => microseconds)
        return [
          String(services),
          String(flows),
          thousands(rounds.map((each) => each.perSecond)),
          withRange(costs),
          withRange(pairedRatios(costs, alone), 2),
        ]
      }),
    ),
  ],
  raw: CASES,
}
printReport(report)
if (isKept(options)) saveReport(report)
