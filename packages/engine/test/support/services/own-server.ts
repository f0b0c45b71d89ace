/** A server that belongs to a test: it may be killed and started again on the same folder and port, and nobody else feels it. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'

export interface OwnServer {
  readonly url: string
  readonly port: number
  readonly folder: string
  /** Of the process that runs now. */
  readonly pid: number
  /** Starts it again as it was; resolves when it answers. */
  start(): Promise<void>
  /** As a crash does: SIGKILL for it and its children. Resolves when they are gone. */
  kill(): Promise<void>
  /** As its administrator does. Resolves when it is gone. */
  stop(): Promise<void>
  /** Ends it and removes its folder. Idempotent. */
  remove(): Promise<void>
}

/** Who a server runs as; nothing of it: as whoever runs the tests. */
export interface Owner {
  uid?: number
  gid?: number
}

export interface Program {
  url: string
  port: number
  folder: string
  owner: Owner
  command: string
  args: readonly string[]
  env?: Record<string, string>
  /** What ends it in order. */
  signal: NodeJS.Signals
  answers(): Promise<boolean>
  /** Before the folder goes. */
  afterwards?(): void
}

const STARTED_WITHIN_MS = 60_000
const STOPPED_WITHIN_MS = 20_000
const LOOK_EVERY_MS = 25
const SHOWN = 2_000

/** Servers that refuse to run as root run as the user that their package made. */
export function ownerNamed(user: string): Owner {
  if (userInfo().uid !== 0) return {}
  const idOf = (flag: string) => Number(execFileSync('id', [flag, user], { encoding: 'utf8' }))
  return { uid: idOf('-u'), gid: idOf('-g') }
}

export function temporaryFolderOf({ uid, gid }: Owner, name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `signalbox-${name}-`))
  if (uid !== undefined && gid !== undefined) chownSync(folder, uid, gid)
  return folder
}

/** Starts it for the first time; resolves when it answers. */
export async function ownServer(program: Program): Promise<OwnServer> {
  const { url, port, folder, owner, command, args, env, signal, answers, afterwards } = program
  let child: ChildProcess | null = null
  // A run that is broken off leaves nothing behind it.
  const clear = () => {
    if (child?.pid !== undefined) killAll([child.pid, ...descendantsOf(child.pid)])
    afterwards?.()
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  }
  process.once('exit', clear)

  async function start(): Promise<void> {
    const started = spawn(command, args, {
      ...owner,
      cwd: folder,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child = started
    let said = ''
    const hear = (text: Buffer) => (said = `${said}${text.toString()}`.slice(-SHOWN))
    started.stdout.on('data', hear)
    started.stderr.on('data', hear)
    await once(started, 'spawn')
    const over = () => started.exitCode !== null || started.signalCode !== null
    await until(`${command} to answer at port ${port}`, STARTED_WITHIN_MS, async () => {
      if (over()) throw new Error(`expected ${command} to start, got its end: ${said}`)
      return answers()
    })
  }

  async function end(how: NodeJS.Signals): Promise<void> {
    const ended = child
    if (ended?.pid === undefined) return
    child = null
    const pids = [ended.pid, ...descendantsOf(ended.pid)]
    if (how === 'SIGKILL') killAll(pids)
    else ended.kill(how)
    // Its memory and its port are free for the next one when all are gone.
    await until(`${command} to end after ${how}`, STOPPED_WITHIN_MS, () => !pids.some(isThere)).catch(() =>
      killAll(pids),
    )
  }

  const server: OwnServer = {
    ...{ url, port, folder, start },
    get pid() {
      return child?.pid ?? 0
    },
    kill: () => end('SIGKILL'),
    stop: () => end(signal),
    async remove() {
      process.off('exit', clear)
      await end(signal)
      clear()
    },
  }
  try {
    await start()
  } catch (error) {
    await server.remove()
    throw error
  }
  return server
}

export async function until(what: string, deadlineMs: number, holds: () => boolean | Promise<boolean>): Promise<void> {
  const ends = performance.now() + deadlineMs
  while (!(await holds())) {
    if (performance.now() > ends) throw new Error(`expected ${what}, got nothing within ${deadlineMs} ms`)
    await lookAgain()
  }
}

/** Another process tells nobody when it is there or gone. */
function lookAgain(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  setTimeout(resolve, LOOK_EVERY_MS)
  return promise
}

/** Parents first: one that lived on would start others. */
function descendantsOf(pid: number): number[] {
  const children = childrenOf(pid)
  return [...children, ...children.flatMap(descendantsOf)]
}

function childrenOf(pid: number): number[] {
  try {
    const found = execFileSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' })
    return found.split('\n').filter(Boolean).map(Number)
  } catch {
    return []
  }
}

function killAll(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
  }
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
