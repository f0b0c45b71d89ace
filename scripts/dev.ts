/** The BFF, started again when its sources change, and Vite in front of it; one Ctrl-C ends both. */
import { spawn, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { ROOT, toolEnv } from './run.ts'

const DASHBOARD = join(ROOT, 'packages/dashboard')
/** The BFF lets pages of this origin drive it. */
const DEV_ORIGIN = 'http://localhost:5173'
const children: ChildProcess[] = []
let ending = false

start(process.execPath, ['--watch', '--watch-preserve-output', 'packages/bff/src/main.ts'], ROOT, {
  DEV_ORIGIN,
  LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'warn',
})
start('vite', ['--strictPort', '--port', new URL(DEV_ORIGIN).port, '--clearScreen', 'false'], DASHBOARD)
console.log(`Dashboard with reload: ${DEV_ORIGIN}/monitor (Ctrl-C ends)`)

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end)

function start(command: string, args: readonly string[], cwd: string, env: Record<string, string> = {}): void {
  const child = spawn(command, args, {
    cwd,
    env: toolEnv(cwd, env),
    stdio: ['ignore', 'inherit', 'inherit'],
    // In a group of its own: the terminal's Ctrl-C would reach it too, and a second signal ends the BFF at once.
    detached: true,
  })
  children.push(child)
  child.once('error', (error) => console.error(`expected to start ${command}, got ${error.message}`))
  child.once('close', (code) => {
    if (!ending) process.exitCode = code ?? 1
    end()
  })
}

function end(): void {
  if (ending) return
  ending = true
  for (const child of children) if (child.exitCode === null) child.kill('SIGTERM')
}
