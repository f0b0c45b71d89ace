/** `faults [names] [--full] [--seed N]`: breaks the server on purpose; ends with 1 when a promise was broken. */
import { parseArgs, type Args } from './args.ts'
import { FAULTS } from './faults/index.ts'
import { runFaults, tallyLine, total } from './run.ts'

const SEEDS = 2 ** 31

// Through the exit handlers: a mounted disk is unmounted. The other processes end when this one does.
process.once('SIGINT', () => process.exit(130)).once('SIGTERM', () => process.exit(143))

const { names, size, seed } = readArgs()
console.log(`seed ${seed} (repeat with --seed ${seed}), ${size} form\n`)
const chosen = FAULTS.filter(({ name }) => names.includes(name))
const outcomes = await runFaults(chosen, { seed, size, say: (line) => console.log(line) })

const broken = outcomes.filter(({ result }) => result.violations.length > 0)
const skipped = outcomes.filter((outcome) => outcome.skipped)
console.log(`\nseed ${seed}`)
console.log(tallyLine(total(outcomes)))
console.log(
  `${outcomes.length - broken.length - skipped.length} held, ${broken.length} broken, ${skipped.length} skipped`,
)
if (broken.length > 0) console.log(`Broken: ${broken.map(({ fault }) => fault.name).join(', ')}`)
// What a story that failed has left under way is of no interest any more.
process.exit(broken.length > 0 ? 1 : 0)

function readArgs(): Args {
  try {
    const known = FAULTS.map(({ name }) => name)
    return parseArgs(process.argv.slice(2), known, Math.floor(Math.random() * SEEDS))
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error))
    process.exit(2)
  }
}
