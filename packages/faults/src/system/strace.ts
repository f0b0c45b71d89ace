/** Attaches strace to the server: to see the order of its system calls, or to have one fail. */
import { spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** Why it cannot be used here, or null. */
export function straceMissing(): string | null {
  const tried = spawnSync('strace', ['-o', '/dev/null', 'true'], { encoding: 'utf8' })
  if (tried.error) return 'strace is not installed (apt-get install strace)'
  if (tried.status !== 0) return `strace may not trace here: ${tried.stderr.trim()}`
  // Attaching to a process that is not its child is what Yama forbids to ordinary users.
  return process.getuid?.() === 0 || ptraceScope() === 0
    ? null
    : 'attaching to a process needs root or kernel.yama.ptrace_scope=0'
}

function ptraceScope(): number {
  try {
    return Number(readFileSync('/proc/sys/kernel/yama/ptrace_scope', 'utf8'))
  } catch {
    return 0
  }
}

export interface Trace {
  /** Lets the process go on untraced. */
  detach(): Promise<void>
}

/** Resolves once every thread of the process is traced. */
export async function attach(pid: number, args: readonly string[], output: string): Promise<Trace> {
  const strace = spawn('strace', ['-f', '-p', String(pid), '-o', output, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const exit = new Promise<void>((resolve) => strace.once('exit', () => resolve()))
  let said = ''
  await new Promise<void>((resolve, reject) => {
    strace.once('error', reject)
    strace.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      if (/attached/.test(said)) resolve()
    })
    void exit.then(() => reject(new Error(`expected strace to attach to ${pid}, got: ${said.trim()}`)))
  })
  return {
    detach() {
      strace.kill('SIGINT')
      return exit
    },
  }
}
