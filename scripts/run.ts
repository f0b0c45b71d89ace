/** Runs a tool of the workspace in its own process, on the Node that runs this script. */
import { spawn } from 'node:child_process'
import { delimiter, dirname, join } from 'node:path'

export const ROOT = dirname(import.meta.dirname)

export interface RunOptions {
  /** Where it runs; the tools in `node_modules/.bin` there and at the root are on its PATH. Default: the root. */
  cwd?: string
  env?: Record<string, string>
  /** Keeps the output instead of showing it. */
  quiet?: boolean
}

export interface RunResult {
  ok: boolean
  /** Both streams in the order they came; empty unless `quiet`. */
  output: string
}

/** Resolves also when the tool fails; rejects when it cannot be started at all. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd ?? ROOT,
      env: toolEnv(options.cwd, options.env),
      stdio: options.quiet ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'],
    })
    let output = ''
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (output += text))
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (output += text))
    child.once('error', (cause) => reject(new Error(`expected to start ${command}, got ${cause.message}`, { cause })))
    child.once('close', (code) => resolve({ ok: code === 0, output }))
  })
}

/** The environment in which `command` finds the workspace's own tools, its Node before any other. */
export function toolEnv(cwd = ROOT, extra: Record<string, string> = {}): NodeJS.ProcessEnv {
  const bins = [dirname(process.execPath), join(cwd, 'node_modules/.bin'), join(ROOT, 'node_modules/.bin')]
  // In a file or a pipe, colours are only noise.
  const colour = process.stdout.isTTY || process.env['FORCE_COLOR'] ? {} : { NO_COLOR: '1' }
  return { ...process.env, ...colour, PATH: [...bins, process.env['PATH'] ?? ''].join(delimiter), ...extra }
}

/** `850 ms`, `4.2 s` or `1 min 12 s` since `startedAt` (of `performance.now()`). */
export function elapsed(startedAt: number): string {
  const ms = performance.now() - startedAt
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`
  return `${Math.floor(ms / 60_000)} min ${Math.floor((ms % 60_000) / 1000)} s`
}
