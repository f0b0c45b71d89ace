/** Builds the dashboard when its inputs changed since the last build, and says so in one line. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { hashOf } from './inputs.ts'
import { elapsed, ROOT, run } from './run.ts'

const DASHBOARD = join(ROOT, 'packages/dashboard')
/** A dot file: static servers do not hand it out. */
const STAMP = join(DASHBOARD, 'dist/.inputs')
const INPUTS = ['packages/dashboard', 'packages/contracts', 'tsconfig.base.json', 'pnpm-lock.yaml']

/** False when the build failed; what it said is then on stderr. */
export async function buildDashboard(): Promise<boolean> {
  const inputs = hashOf(ROOT, INPUTS)
  if (lastInputs() === inputs) {
    console.log('Dashboard is up to date')
    return true
  }
  const startedAt = performance.now()
  console.log('Building the dashboard …')
  const { ok, output } = await run('vite', ['build', '--logLevel', 'warn'], { cwd: DASHBOARD, quiet: true })
  if (!ok) {
    console.error(output)
    return false
  }
  writeFileSync(STAMP, inputs)
  console.log(`Dashboard built in ${elapsed(startedAt)}`)
  return true
}

function lastInputs(): string | undefined {
  try {
    return readFileSync(STAMP, 'utf8')
  } catch {
    return undefined
  }
}

if (import.meta.main) process.exitCode = (await buildDashboard()) ? 0 : 1
