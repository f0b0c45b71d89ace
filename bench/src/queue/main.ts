/** The engine beside its peers: every contender in every round in a process of its own, the order rotated. */
import { runChild } from '../children.ts'
import { exitOnSignal } from '../interrupt.ts'
import { describeMachine, versionOf } from '../machine.ts'
import { isKept, readOptions } from '../options.ts'
import { printReport, saveReport } from '../results.ts'
import { rotated } from '../statistics.ts'
import type { ChildInput } from './child.ts'
import type { Contender } from './contender.ts'
import { CONTENDERS, OURS, OURS_ON_TWO_CORES, RAW_STORE } from './contenders/index.ts'
import { QUICK_SIZES, SIZES, type Measured } from './measures.ts'
import { describeAbsolutes, describeRates, describeRatios, type Entry } from './report.ts'
import { startServices, type Services } from './services/services.ts'

const CHILD = new URL('./child.ts', import.meta.url)
const ROUNDS = 3

const options = readOptions(ROUNDS)
const sizes = options.quick ? QUICK_SIZES : SIZES
const machine = describeMachine()
const chosen = CONTENDERS.filter(
  ({ name }) => options.only.length === 0 || options.only.some((part) => name.includes(part)),
)
if (chosen.length === 0) throw new Error(`expected --only to be part of a contender's name, got ${options.only.join()}`)
const services = await startServices(chosen.flatMap(({ needs }) => needs ?? []))
exitOnSignal(() => services.stop())
try {
  await run(services)
} finally {
  await services.stop()
}

async function run({ find, versions }: Services): Promise<void> {
  const skipped: string[] = []
  const entries: Entry[] = []
  for (const contender of chosen) {
    const service = contender.needs && find(contender.needs)
    if (typeof service === 'string') skipped.push(`${contender.name}: ${service}`)
    else entries.push({ contender, rounds: [] })
  }
  for (const reason of skipped) console.log(`Skipped ${reason}`)

  for (let round = 0; round < options.rounds; round++) {
    for (const { contender, rounds } of rotated(entries, round)) rounds.push(await runOne(contender, round))
  }

  const ours = entries.find(({ contender }) => contender === OURS)
  const packages = [...new Set(entries.flatMap(({ contender }) => contender.packages))]
  const beside = [...packages.map((name) => `${name} ${versionOf(name)}`), ...versions()].join(', ')
  const others = entries.filter(({ contender }) => contender !== OURS && contender !== OURS_ON_TWO_CORES)
  const report = {
    name: 'queue',
    title: 'The engine beside its peers',
    machine,
    parts: [
      `${options.rounds} rounds, every contender in each of them in a fresh process, the order rotated. With ${beside}.`,
      ...skipped.map((reason) => `Skipped: ${reason}.`),
      describeRates(entries, sizes),
      ...(ours ? [describeRatios(ours, others), describeAbsolutes(ours, entryOf(entries, OURS_ON_TWO_CORES))] : []),
      `“${RAW_STORE.name}” is the engine's driver with the same three writes per message and no engine around it.`,
    ],
    raw: entries.map(({ contender, rounds }) => ({ contender: contender.name, rounds })),
  }
  printReport(report)
  if (isKept(options)) saveReport(report)
}

/** A contender that breaks loses the round, not the run. */
async function runOne(contender: Contender, round: number): Promise<Measured | null> {
  const service = contender.needs && services.find(contender.needs)
  const address = service && typeof service !== 'string' ? service.address : ''
  const input: ChildInput = { contender: contender.name, address, sizes }
  const begunAt = performance.now()
  const measured = await runChild<Measured>(CHILD, { input, cores: contender.cores }).catch((error: unknown) => {
    console.log(`${contender.name} failed: ${error instanceof Error ? error.message : String(error)}`)
    return null
  })
  const seconds = ((performance.now() - begunAt) / 1000).toFixed(0)
  const rate = measured ? `${(measured.endToEndSingle / 1000).toFixed(1)} thousand/s end to end` : 'nothing'
  console.log(`round ${round + 1} of ${options.rounds}: ${contender.name}, ${rate} (${seconds} s)`)
  return measured
}

function entryOf(entries: readonly Entry[], wanted: Contender): Entry | undefined {
  return entries.find(({ contender }) => contender === wanted)
}
