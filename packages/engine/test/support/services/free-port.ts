/**
 * A port below those that systems take for outgoing connections: a server that is killed has its own back when it starts
 * again, and whoever knocks meanwhile never reaches himself.
 */
import { once } from 'node:events'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'

const FROM = 10_000
const COUNT = 20_000
const TRIES = 100
const given: number[] = []

/** No other process on this machine is given it for as long as this one lives, also while nobody listens there. */
export async function freePort(random: () => number = Math.random): Promise<number> {
  for (let i = 0; i < TRIES; i++) {
    const port = FROM + Math.floor(random() * COUNT)
    if (isGiven(port)) continue
    if (await isFree(port)) return port
    giveBack(port)
  }
  throw new Error(`expected a free port from ${FROM} to ${FROM + COUNT}, got none in ${TRIES} tries`)
}

/** In it a file for each says whose it is. */
const MARKS = join(tmpdir(), `signalbox-ports-${userInfo().username}`)
const markOf = (port: number) => join(MARKS, String(port))

/** False from now on: it is this process' own. */
function isGiven(port: number): boolean {
  const mark = markOf(port)
  mkdirSync(MARKS, { recursive: true })
  try {
    // Left behind by one that was killed.
    if (!isThere(Number(readFileSync(mark, 'utf8')))) rmSync(mark, { force: true })
  } catch {
    // Nobody has it.
  }
  try {
    writeFileSync(mark, String(process.pid), { flag: 'wx' })
  } catch {
    return true
  }
  if (given.push(port) === 1) process.once('exit', () => given.forEach(giveBack))
  return false
}

function giveBack(port: number): void {
  rmSync(markOf(port), { force: true })
}

function isThere(pid: number): boolean {
  try {
    // Written a moment ago, and empty yet, is somebody's.
    return pid === 0 || process.kill(pid, 0)
  } catch (error) {
    return (error as { code: string }).code === 'EPERM'
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  try {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return true
  } catch {
    return false
  } finally {
    server.close()
  }
}
