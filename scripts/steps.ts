/** The steps of the test command. Each runs to its end whatever the others did, and says what it counted. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { aptInstall, canInstall } from './apt.ts'
import { buildDashboard } from './build.ts'
import { ensureChromium } from './chromium.ts'
import { ROOT, run } from './run.ts'
import * as tally from './tally.ts'

export interface Step {
  name: string
  run(): Promise<tally.Tally>
}

/** The tests start a Postfix of their own: none of the system is to be set up and started. */
const NO_MAIL_SERVER = 'postfix postfix/main_mailer_type select No configuration'
/** What several nodes stand on, and where it is once installed; the tests start their own. */
const SERVICES = [
  ['postgresql', '/usr/lib/postgresql'],
  ['rabbitmq-server', '/usr/lib/rabbitmq/bin/rabbitmq-server'],
  ['redis-server', '/usr/bin/redis-server'],
] as const
const DASHBOARD = join(ROOT, 'packages/dashboard')

export const STEPS: readonly Step[] = [
  check('Types', 'tsc', ['--noEmit', '-p', 'tsconfig.json']),
  check('Types of the dashboard', 'vue-tsc', ['--noEmit'], DASHBOARD),
  check('Lint', 'oxlint', []),
  check('Format', 'prettier', ['--check', '--log-level', 'warn', '.']),
  { name: 'Unit, property and API tests', run: vitest },
  { name: 'Dashboard build', run: async () => ((await buildDashboard()) ? tally.ONE_PASSED : tally.ONE_FAILED) },
  { name: 'Browser tests', run: playwright },
]

/** A tool that is silent when all is well: its output is shown when it fails. */
function check(name: string, command: string, args: readonly string[], cwd = ROOT): Step {
  return {
    name,
    async run() {
      const { ok, output } = await run(command, args, { cwd, quiet: true })
      if (!ok) console.log(output.trimEnd())
      return ok ? tally.ONE_PASSED : tally.ONE_FAILED
    },
  }
}

async function vitest(): Promise<tally.Tally> {
  // Some faults are made with the one, bounces with the other; without them tests are skipped, and under CI they fail.
  if (!existsSync('/usr/bin/strace') && canInstall()) await aptInstall(['strace'])
  const services = SERVICES.filter(([, place]) => !existsSync(place)).map(([name]) => name)
  if (services.length > 0 && canInstall()) await aptInstall(services)
  if (!existsSync('/usr/sbin/postfix') && canInstall()) await aptInstall(['postfix'], [NO_MAIL_SERVER])
  // Many tests wait for a service, another process or the disk: with one worker less than cores, as is usual, half of the machine idled.
  const workers = `--maxWorkers=${availableParallelism() + 1}`
  return counted('vitest', tally.tallyOfVitest, (report) => ({
    args: ['run', workers, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
    env: {},
  }))
}

async function playwright(): Promise<tally.Tally> {
  const chromium = await ensureChromium()
  if ('advice' in chromium) {
    console.log(`No Chromium found, so the browser tests are skipped. To run them: ${chromium.advice}`)
    return process.env['CI'] ? tally.ONE_FAILED : tally.ONE_SKIPPED
  }
  return counted('playwright', tally.tallyOfPlaywright, (report) => ({
    args: ['test', '--reporter=list,json'],
    // Playwright tells its workers about colours itself, and Node warns when both are said.
    env: { CHROMIUM: chromium.path, PLAYWRIGHT_JSON_OUTPUT_FILE: report, NO_COLOR: '' },
  }))
}

/** Runs a test runner that writes a JSON report. One that fails without counting a failure is itself one failure. */
async function counted<Report>(
  command: string,
  tallyOf: (report: Report) => tally.Tally,
  options: (reportFile: string) => { args: string[]; env: Record<string, string> },
): Promise<tally.Tally> {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-test-'))
  try {
    const reportFile = join(folder, 'report.json')
    const { args, env } = options(reportFile)
    const { ok } = await run(command, args, { env })
    const counts = readReport(reportFile, tallyOf) ?? tally.NOTHING
    return !ok && counts.failed === 0 ? tally.add(counts, tally.ONE_FAILED) : counts
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function readReport<Report>(file: string, tallyOf: (report: Report) => tally.Tally): tally.Tally | undefined {
  try {
    return tallyOf(JSON.parse(readFileSync(file, 'utf8')) as Report)
  } catch (error) {
    console.log(`expected a report from the tests, got ${String(error)}`)
    return undefined
  }
}
