/** What a deep backlog costs, and whether a slow provider is kept busy. */
import { readFileSync } from 'node:fs'
import { runChild } from '../children.ts'
import { exitOnSignal } from '../interrupt.ts'
import { describeMachine } from '../machine.ts'
import { isKept, readOptions } from '../options.ts'
import { printReport, saveReport } from '../results.ts'
import { removeFolder, temporaryFolder } from '../temporary-folder.ts'
import type { Filled, FillInput } from './fill.ts'
import { describeBacklog, describeSlow, type Round } from './report.ts'
import type { Ran, RunInput } from './run.ts'
import type { Slow, SlowInput } from './slow.ts'

const ROUNDS = 3
/** As `scripts/node.sh` starts the product: its memory comes from these. */
const AS_STARTED = readFileSync(new URL('../../../scripts/node-flags', import.meta.url), 'utf8')
  .trim()
  .split(' ')
const SLOW = { messages: 100_000, workers: 100, latencyMs: 850 }
/** All of it takes 14 minutes. The latency stays as it is: a shorter one would make the engine's share look larger. */
const COUNTED = { full: 100_000, short: 3_000, quick: 500 }

exitOnSignal()
const options = readOptions(ROUNDS)
const machine = describeMachine()
const messages = options.full ? 1_000_000 : options.quick ? 50_000 : 200_000
const load = options.quick ? { urgent: 10, ms: 500 } : { urgent: 50, ms: 2_000 }
const program = (name: string) => new URL(`./${name}.ts`, import.meta.url)

const rounds: Round[] = []
for (let round = 0; round < options.rounds; round++) {
  const empty = await inFolder((folder) => runOn(folder))
  const { filled, behind } = await inFolder(async (folder) => {
    const input: FillInput = { folder, messages }
    return {
      filled: await runChild<Filled>(program('fill'), { input, execArgv: AS_STARTED }),
      behind: await runOn(folder),
    }
  })
  rounds.push({ empty, filled, behind })
  console.log(`round ${round + 1} of ${options.rounds}: ${behind.sentPerSecond.toFixed(0)} sent/s, ${behind.left} left`)
}

const counted = COUNTED[options.full ? 'full' : options.quick ? 'quick' : 'short']
const slowInput = { ...SLOW, counted }
const slow = await inFolder((folder) => {
  const input: SlowInput = { folder, ...slowInput }
  return runChild<Slow>(program('slow'), { input })
})

const report = {
  name: options.full ? 'backlog-full' : 'backlog',
  title: `A backlog of ${messages.toLocaleString('en')}`,
  machine,
  parts: [
    `${options.rounds} rounds; filling and running in a fresh process each, the empty queue beside it in the same round. The adapter answers at once, pool of 100, payload 300 bytes. Node runs as \`pnpm start\` starts it: ${AS_STARTED.join(' ')}.`,
    describeBacklog(rounds, messages),
    describeSlow(slow, slowInput),
  ],
  raw: { messages, rounds, slow: { ...slowInput, ...slow } },
}
printReport(report)
if (isKept(options)) saveReport(report)

function runOn(folder: string): Promise<Ran> {
  const input: RunInput = { folder, ...load }
  return runChild<Ran>(program('run'), { input, execArgv: AS_STARTED })
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = temporaryFolder()
  try {
    return await work(folder)
  } finally {
    removeFolder(folder)
  }
}
