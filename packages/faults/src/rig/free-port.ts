/**
 * A port below the range from which systems take the ports of outgoing connections: a client that knocks at a server that
 * has gone would otherwise, now and then, reach itself.
 */
import { seededRandom } from '@signalbox/channels'
import { once } from 'node:events'
import { createServer } from 'node:net'

const FROM = 20_000
const COUNT = 10_000
const TRIES = 50

export async function freePort(seed: number): Promise<number> {
  const random = seededRandom(seed ^ process.pid)
  for (let i = 0; i < TRIES; i++) {
    const port = FROM + Math.floor(random() * COUNT)
    if (await isFree(port)) return port
  }
  throw new Error(`expected a free port from ${FROM} to ${FROM + COUNT}, got none in ${TRIES} tries`)
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
