/** F9: Redis is killed and comes back empty, or forgets everything at a word. What it held decides nothing. */
import { seededRandom } from '@signalbox/channels'
import type { OwnServer } from '@signalbox/engine/test-services'
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Fault, Size } from '../fault.ts'
import { clusterMissing, withCluster } from '../rig/cluster.ts'
import { pause, until } from '../rig/wait.ts'
import { APART } from './nodes.ts'

const KILLS: Record<Size, number> = { test: 1, short: 4, full: 20 }
const FLUSHES: Record<Size, number> = { test: 1, short: 4, full: 20 }
const LIVES_MS = { min: 200, max: 1_500 }
const AWAY_MS = { min: 0, max: 5_000 }
const GOES_ON_WITHIN_MS = 10_000

export const redis: Fault = {
  name: 'F9-redis',
  title: 'kill -9 and FLUSHALL of Redis under load',
  missing: () => clusterMissing('distributed'),
  run({ seed, size }) {
    const random = seededRandom(seed)
    const between = ({ min, max }: { min: number; max: number }) => min + random() * (max - min)
    return withCluster({ seed, ...APART }, async (cluster) => {
      await cluster.start()
      const client = await cluster.client({ pauseMs: 20 })
      const server = cluster.services.get('Redis')
      if (!server) throw new Error('expected a Redis, got none')
      let slowest = 0
      const goesOn = async () => {
        const [taken, sent] = [cluster.acknowledged(), cluster.sent()]
        const both = () => cluster.acknowledged() > taken && cluster.sent() > sent
        slowest = Math.max(slowest, await until('messages to be taken and sent', GOES_ON_WITHIN_MS, both))
      }
      for (let kill = 0; kill < KILLS[size]; kill++) {
        await pause(between(LIVES_MS))
        await server.kill()
        await goesOn()
        await pause(between(AWAY_MS))
        await server.start()
        await goesOn()
      }
      for (let flush = 0; flush < FLUSHES[size]; flush++) {
        await pause(between(LIVES_MS))
        await flushAll(server)
        await goesOn()
      }
      await client.stop()
      const { tally, violations } = await cluster.verdict({ kills: 0 })
      const notes = [
        `${KILLS[size]} kills, ${FLUSHES[size]} times FLUSHALL, gone on after at most ${Math.round(slowest)} ms`,
      ]
      return { tally, violations, notes }
    })
  },
}

async function flushAll({ port }: OwnServer): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  socket.write('FLUSHALL\r\n')
  await once(socket, 'data')
  socket.destroy()
}
