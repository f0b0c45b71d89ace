/** Builds the dashboard when its inputs changed since the last build, and says so in one line. */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { hashOf } from './inputs.ts'
import { elapsed, ROOT, run } from './run.ts'

const DASHBOARD = join(ROOT, 'packages/dashboard')
const BUILT = join(DASHBOARD, 'dist')
/** A dot file: static servers do not hand it out. */
const STAMP = '.inputs'
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
  // Beside the last one and put in its place when it is whole: a server that runs never sees half a dashboard.
  const next = join(DASHBOARD, `node_modules/.dist-${process.pid}`)
  const args = ['build', '--logLevel', 'warn', '--outDir', next, '--emptyOutDir']
  const { ok, output } = await run('vite', args, { cwd: DASHBOARD, quiet: true })
  if (!ok) {
    rmSync(next, { recursive: true, force: true })
    console.error(output)
    return false
  }
  writeFileSync(join(next, STAMP), inputs)
  rmSync(BUILT, { recursive: true, force: true })
  renameSync(next, BUILT)
  console.log(`Dashboard built in ${elapsed(startedAt)}`)
  return true
}

function lastInputs(): string | undefined {
  try {
    return readFileSync(join(BUILT, STAMP), 'utf8')
  } catch {
    return undefined
  }
}

if (import.meta.main) process.exitCode = (await buildDashboard()) ? 0 : 1
