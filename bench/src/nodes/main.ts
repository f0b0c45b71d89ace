/** Several nodes on one machine, beside a raw broker and BullMQ: the same number of processes, the order rotated in each round. */
import { exitOnSignal } from '../interrupt.ts'
import { describeMachine, versionOf } from '../machine.ts'
import { isKept, readOptions } from '../options.ts'
import type { ServiceName } from '../queue/contender.ts'
import { startServices, type Services } from '../queue/services/services.ts'
import { printReport, saveReport } from '../results.ts'
import { rotated } from '../statistics.ts'
import { measure, QUICK_SIZES, SIZES, type Measured } from './measures.ts'
import type { Path } from './path.ts'
import { PATHS } from './paths/index.ts'
import { describePriorities, describeRates, describeRatios, describeTimes, goal, type Entry } from './report.ts'

const ROUNDS = 3
const NODES = [1, 2, 3]

const options = readOptions(ROUNDS)
const sizes = options.quick ? QUICK_SIZES : SIZES
const machine = describeMachine()
const chosen = PATHS.filter(({ name }) => options.only.length === 0 || options.only.some((part) => name.includes(part)))
if (chosen.length === 0) throw new Error(`expected --only to be part of a path's name, got ${options.only.join()}`)
const services = await startServices(chosen.flatMap(({ needs }) => needs))
exitOnSignal(() => services.stop())
try {
  await run(services)
} finally {
  await services.stop()
}

async function run({ versions }: Services): Promise<void> {
  const skipped: string[] = []
  const entries: Entry[] = []
  for (const path of chosen) {
    const missing = path.needs.map((name) => services.find(name)).filter((service) => typeof service === 'string')
    if (missing.length > 0) skipped.push(`${path.name}: ${missing.join('; ')}`)
    else for (const nodes of NODES) entries.push({ path, nodes, rounds: [] })
  }
  for (const reason of skipped) console.log(`Skipped ${reason}`)
  for (let round = 0; round < options.rounds; round++) {
    for (const { path, nodes, rounds } of rotated(entries, round)) rounds.push(await runOne(path, nodes, round))
  }
  const packages = [...new Set(entries.flatMap(({ path }) => path.packages))]
  const beside = [...packages.map((name) => `${name} ${versionOf(name)}`), ...versions()].join(', ')
  const report = {
    name: 'nodes',
    title: 'Several nodes on one machine',
    machine,
    parts: [
      `${options.rounds} rounds, each path with each number of nodes in each of them in fresh processes, the order rotated. Each node has 100 messages of 300 bytes in flight; servers and nodes share the machine. A path that is apart has so many processes that take messages in and as many that work. With ${beside}.`,
      ...skipped.map((reason) => `Skipped: ${reason}.`),
      describeRates(entries),
      describeRatios(entries),
      goal(),
      describePriorities(entries),
      describeTimes(entries),
    ],
    raw: entries.map(({ path, nodes, rounds }) => ({ path: path.name, nodes, rounds })),
  }
  printReport(report)
  if (isKept(options)) saveReport(report)
}

/** A path that breaks loses the round, not the run. */
async function runOne(path: Path, nodes: number, round: number): Promise<Measured | null> {
  const addresses: Partial<Record<ServiceName, string>> = {}
  for (const name of path.needs) {
    const service = services.find(name)
    if (typeof service !== 'string') addresses[name] = service.address
  }
  const measured = await measure(path, nodes, addresses, sizes).catch((error: unknown) => {
    console.log(`${path.name} with ${nodes} failed: ${error instanceof Error ? error.message : String(error)}`)
    return null
  })
  const rate = measured ? `${(measured.endToEnd / 1000).toFixed(1)} thousand/s end to end` : 'nothing'
  console.log(`round ${round + 1} of ${options.rounds}: ${path.name}, ${nodes} nodes, ${rate}`)
  return measured
}
