/** F14: the model-based tests of queue, limiter, lock and message states, with more runs than `pnpm test` takes time for. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Fault, FaultResult, Size } from '../fault.ts'
import { NO_TALLY } from '../rig/judge.ts'

/** Of each property at least; those that run in memory have more of their own. */
const RUNS: Record<Size, number> = { test: 0, short: 0, full: 2_000 }
const PACKAGE = join(import.meta.dirname, '../..')
const ROOT = join(PACKAGE, '../..')
const LINES_SHOWN = 40

export const models: Fault = {
  name: 'F14',
  title: 'model-based tests of queue, limiter, lock and message states',
  async run({ seed, size }): Promise<FaultResult> {
    const folder = mkdtempSync(join(tmpdir(), 'signalbox-models-'))
    try {
      const counts = join(folder, 'counts')
      const env = { ...process.env, MODEL_RUNS: String(RUNS[size]), MODEL_SEED: String(seed), MODEL_COUNTS: counts }
      const { code, output } = await vitest(env)
      const runs = existsSync(counts) ? readFileSync(counts, 'utf8').trim().split('\n').map(Number) : []
      const total = runs.reduce((sum, each) => sum + each, 0)
      const violations = code === 0 ? [] : [output.split('\n').slice(-LINES_SHOWN).join('\n')]
      if (runs.length === 0) violations.push('expected the models to run, got none')
      return { tally: NO_TALLY, violations, notes: [`${runs.length} properties, ${total} runs`] }
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

async function vitest(env: NodeJS.ProcessEnv): Promise<{ code: number | null; output: string }> {
  const args = [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', '--config', join(PACKAGE, 'models.config.ts')]
  const child = spawn(process.execPath, args, { cwd: PACKAGE, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, output }
}
