/** The program as it is started, in a process of its own. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

export interface Running {
  process: ChildProcess
  output(): string
  /** Resolves with the first match in what it writes. */
  says(pattern: RegExp): Promise<RegExpExecArray>
  exit: Promise<number | null>
}

/** The program with these variables and no others, in a data folder of its own; ended with the test. */
export async function run(variables: Record<string, string>, ...args: string[]): Promise<Running> {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-main-'))
  const env = { PATH: process.env['PATH'], DATA_DIR: folder, PORT: '0', ...variables }
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../src/main.ts'), ...args], { env })
  let output = ''
  const listeners = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString()
      for (const listener of listeners) listener()
    })
  }
  const exit = once(child, 'close').then(([code]) => code as number | null)
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await exit
    await rm(folder, { recursive: true, force: true })
  })
  return {
    process: child,
    output: () => output,
    exit,
    says: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = pattern.exec(output)
          if (found) resolve(found)
        }
        listeners.add(look)
        look()
        void exit.then(() => reject(new Error(`expected ${pattern} before the end, got: ${output}`)))
      }),
  }
}

export const LISTENS = /Signalbox listens on (http:\/\/\S+) /
