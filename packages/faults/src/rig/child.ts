/** A process of the rig: what it prints goes to a file, what it says over the channel is waited for. */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { openSync, closeSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export interface Exit {
  code: number | null
  signal: NodeJS.Signals | null
}

export interface Child {
  readonly pid: number
  readonly ended: boolean
  /** The first message of that kind. Rejects when the process ends without one. */
  heard<T extends { kind: string }>(kind: T['kind']): Promise<T>
  tell(message: object): void
  kill(signal: NodeJS.Signals): void
  readonly exit: Promise<Exit>
}

/** @param file beside `src/processes`; `process.execPath` is the Node itself, so a signal reaches it and no shell */
export function startChild(file: string, options: object, output: string, execArgv: readonly string[] = []): Child {
  const out = openSync(output, 'a')
  const path = fileURLToPath(new URL(`../processes/${file}`, import.meta.url))
  const child: ChildProcess = fork(path, [JSON.stringify(options)], {
    execPath: process.execPath,
    execArgv: [...execArgv],
    stdio: ['ignore', out, out, 'ipc'],
    env: { ...process.env, NODE_OPTIONS: '' },
  })
  closeSync(out)
  const messages = new Map<string, { kind: string }>()
  const listeners = new Map<string, (message: { kind: string }) => void>()
  child.on('message', (message: { kind: string }) => {
    messages.set(message.kind, message)
    listeners.get(message.kind)?.(message)
  })
  // Telling a process that has just ended is no defect.
  child.on('error', () => undefined)
  let ended = false
  const exit = once(child, 'exit').then(([code, signal]): Exit => {
    ended = true
    return { code: code as number | null, signal: signal as NodeJS.Signals | null }
  })
  return {
    pid: child.pid ?? 0,
    get ended() {
      return ended
    },
    heard<T extends { kind: string }>(kind: T['kind']) {
      const early = messages.get(kind)
      if (early) return Promise.resolve(early as T)
      return new Promise<T>((resolve, reject) => {
        listeners.set(kind, (message) => resolve(message as T))
        void exit.then(({ code, signal }) =>
          reject(new Error(`expected ${file} to say ${kind}, got its end (${code ?? signal}); see ${output}`)),
        )
      })
    },
    tell(message) {
      if (child.connected) child.send(message, () => undefined)
    },
    kill: (signal) => void child.kill(signal),
    exit,
  }
}
