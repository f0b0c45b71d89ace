/** Where the time goes: the top five of each thread while messages go from end to end. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runChild } from '../children.ts'
import { exitOnSignal } from '../interrupt.ts'
import { describeMachine } from '../machine.ts'
import { isKept, readOptions } from '../options.ts'
import { printReport, saveReport, table } from '../results.ts'
import { removeFolder, temporaryFolder } from '../temporary-folder.ts'
import type { ProfileInput } from './child.ts'
import { threadTime, type CpuProfile } from './cpu-profile.ts'

const CHILD = new URL('./child.ts', import.meta.url)
const PLACES = 5
/** Threads that did less are left out. */
const LEAST_BUSY = 0.1
/** Number of the thread in `CPU.<day>.<time>.<pid>.<thread>.<sequence>.cpuprofile`, in the order in which the driver opens them. */
const THREADS = ['main thread', 'store, writer', 'store, look-ups', 'store, searches']

exitOnSignal()
const options = readOptions(1)
const machine = describeMachine()
const folder = temporaryFolder()
const input: ProfileInput = { ms: options.quick ? 1_000 : 8_000 }
const rate = await runChild<number>(CHILD, { input, execArgv: ['--cpu-prof', `--cpu-prof-dir=${folder}`] })

const threads = readdirSync(folder)
  .map((file) => ({ number: Number(file.split('.')[4]), profile: readProfile(join(folder, file)) }))
  .sort((a, b) => a.number - b.number)
  .map(({ number, profile }) => ({ name: THREADS[number] ?? `thread ${number}`, ...threadTime(profile, PLACES) }))
  .filter(({ busy }) => busy >= LEAST_BUSY)
removeFolder(folder)

const percent = (share: number) => `${(share * 100).toFixed(1)} %`
const report = {
  name: 'profile',
  title: 'Where the time goes',
  machine,
  parts: [
    `End to end single for ${input.ms / 1000} s under \`--cpu-prof\`: ${(rate / 1000).toFixed(1)} thousand messages/s. Shares of a thread's busy time, spent in the function itself. SQLite is native: its time stands under the statement's caller. Threads that were busy for less than ${percent(LEAST_BUSY)} are left out.`,
    ...threads.map(({ name, busy, top }) =>
      [
        `## ${name}: ${percent(busy)} busy`,
        table(
          ['share', 'function'],
          top.map((each) => [percent(each.share), each.name]),
        ),
      ].join('\n\n'),
    ),
  ],
  raw: { rate, threads },
}
printReport(report)
if (isKept(options)) saveReport(report)

function readProfile(file: string): CpuProfile {
  return JSON.parse(readFileSync(file, 'utf8')) as CpuProfile
}
