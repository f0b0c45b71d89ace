/**
 * A port below those that systems take for outgoing connections: a server that is killed has its own back when it starts
 * again, and whoever knocks meanwhile never reaches himself.
 */
import { createServer } from 'node:net'

const FROM = 10_000
const COUNT = 9_000
const TRIES = 100

export async function freePort(): Promise<number> {
  for (let i = 0; i < TRIES; i++) {
    const port = FROM + Math.floor(Math.random() * COUNT)
    if (await isFree(port)) return port
  }
  throw new Error(`expected a free port from ${FROM} to ${FROM + COUNT}, got none in ${TRIES} tries`)
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}
