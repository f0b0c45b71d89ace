import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { onTestFinished } from 'vitest'

export interface Killable {
  readonly url: string
  /** kill -9, and another on the same folder and port. Resolves when that one listens. */
  killAndRestart(): Promise<void>
}

/** The server as a process of its own; ended and removed when the test ends. */
export async function startKillable(): Promise<Killable> {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-kill-'))
  let server = await start(folder, '0')
  onTestFinished(async () => {
    await server.kill()
    await rm(folder, { recursive: true, force: true })
  })
  const { url } = server
  return {
    url,
    async killAndRestart() {
      await server.kill()
      server = await start(folder, new URL(url).port)
    },
  }
}

async function start(folder: string, port: string) {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'inbox-child.ts'), folder, port], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exit = once(child, 'exit')
  const [url] = (await Promise.race([
    once(createInterface(child.stdout), 'line'),
    exit.then(() => Promise.reject(new Error('expected the server to listen, got its end'))),
  ])) as [string]
  return {
    url,
    async kill() {
      child.kill('SIGKILL')
      await exit
    },
  }
}
