/** What ten million finished messages on disk cost: what people ask, how fast it is beside an empty store, and the disk. */
import { runChild } from '../children.ts'
import { exitOnSignal } from '../interrupt.ts'
import { describeMachine } from '../machine.ts'
import { isKept, readOptions } from '../options.ts'
import { printReport, saveReport } from '../results.ts'
import { median, quantile } from '../statistics.ts'
import { removeFolder, temporaryFolder } from '../temporary-folder.ts'
import type { Asked, AskInput } from './ask.ts'
import type { Filled, FillInput } from './fill.ts'
import { describeDisk, describeLists, describeQuestions, describeThroughput, type Round } from './report.ts'

const ROUNDS = 3
const MESSAGES = { full: 10_000_000, quick: 50_000 }

exitOnSignal()
const options = readOptions(ROUNDS)
const machine = describeMachine()
const messages = options.count ?? (options.quick ? MESSAGES.quick : MESSAGES.full)
const ms = options.quick ? 500 : 3_000
const repeats = options.quick ? 20 : 100
const program = (name: string) => new URL(`./${name}.ts`, import.meta.url)

const folder = temporaryFolder()
const filled = await runChild<Filled>(program('fill'), { input: { folder, messages } satisfies FillInput })
console.log(`${messages.toLocaleString('en')} written in ${(filled.ms / 1000).toFixed(0)} s`)
const rounds: Round[] = []
for (let round = 0; round < options.rounds; round++) {
  const emptyFolder = temporaryFolder()
  const empty = await ask({ folder: emptyFolder, ids: [], facts: null, repeats: 0, ms })
  removeFolder(emptyFolder)
  const large = await ask({ folder, ids: filled.ids, facts: filled.facts, repeats, ms })
  rounds.push({ empty, large })
  console.log(`round ${round + 1} of ${options.rounds}: ${large.sentPerSecond.toFixed(0)} sent/s`)
}
removeFolder(folder)

const report = {
  name: 'large',
  title: `${messages.toLocaleString('en')} finished messages on disk`,
  machine,
  parts: [
    `${options.rounds} rounds in fresh processes, the empty store beside it in the same round; messages and traces of six days, 300 bytes of variables, one in a hundred failed; each question ${repeats} times in a row on an engine that does nothing else. The system's cache is warm.`,
    describeQuestions(rounds),
    describeLists(rounds),
    describeThroughput(rounds),
    describeDisk(filled, messages),
  ],
  raw: {
    messages,
    filled: { ...filled, ids: filled.ids.length },
    rounds: rounds.map(({ empty, large }) => ({ empty: inShort(empty), large: inShort(large) })),
  },
}
printReport(report)
if (isKept(options)) saveReport(report)

/** A hundred times each question would be a file of half a megabyte. */
function inShort({ questions, lists, ...rest }: Asked) {
  const short = (all: Record<string, readonly number[]>) =>
    Object.fromEntries(
      Object.entries(all).map(([name, times]) => [
        name,
        { first: times[0], median: median(times), p99: quantile(times, 0.99) },
      ]),
    )
  return { ...rest, questions: short(questions), lists: lists && { ...lists, pages: short(lists.pages) } }
}

function ask(input: AskInput): Promise<Asked> {
  return runChild<Asked>(program('ask'), { input })
}
