/** F8: the broker is killed, its connections are reset, its confirms do not come, and it is not there for a long time. */
import { seededRandom } from '@signalbox/channels'
import { connect } from 'amqplib'
import type { Fault, FaultResult, FaultRun, Size } from '../fault.ts'
import { clusterMissing, withCluster, type Cluster } from '../rig/cluster.ts'
import { pause, until } from '../rig/wait.ts'
import { APART } from './nodes.ts'

const KILLS: Record<Size, number> = { test: 1, short: 3, full: 50 }
const RESETS: Record<Size, number> = { test: 4, short: 20, full: 200 }
const WITHHELD_MS: Record<Size, number> = { test: 3_000, short: 12_000, full: 60_000 }
const AWAY_MS: Record<Size, number> = { test: 2_000, short: 10_000, full: 60_000 }
const LIVES_MS = { min: 300, max: 1_500 }
const RESET_EVERY_MS = { min: 50, max: 400 }
/** No call waits longer for a broker. */
const ANSWER_WITHIN_MS = 10_000
const SENT_WITHIN_MS = 30_000
const SAID_WITHIN_MS = 30_000

export const broker: Fault = {
  name: 'F8',
  title: 'RabbitMQ killed, reset, without confirms, without queues, away at the start and for long',
  missing: () => clusterMissing('distributed'),
  run: (run) =>
    withCluster({ seed: run.seed, ...APART }, async (cluster): Promise<FaultResult> => {
      const rabbit = cluster.services.get('RabbitMQ')
      const broken: string[] = []
      // It is not there when they start.
      await rabbit?.kill()
      await cluster.start()
      const client = await cluster.client({ pauseMs: 20 })
      await takesAndSends(cluster, 'without a broker at the start', broken)
      await saysAway(cluster, ['RabbitMQ'], broken)
      await pause(AWAY_MS[run.size])
      await rabbit?.start()
      await takesAndSends(cluster, 'with the broker that came later', broken)
      await saysAway(cluster, [], broken)
      await killAndReset(run, cluster, broken)
      for (const link of linksTo(cluster)) await link.breakIt('no-confirms')
      await pause(WITHHELD_MS[run.size])
      await takesAndSends(cluster, 'without confirms', broken)
      for (const link of linksTo(cluster)) await link.mend()
      await takesAndSends(cluster, 'with confirms again', broken)
      await deleteQueues(rabbit?.url ?? '')
      await takesAndSends(cluster, 'without queues at the broker', broken)
      await saysAway(cluster, [], broken)
      const { slowestMs } = await client.stop()
      if (slowestMs > ANSWER_WITHIN_MS) broken.push(`expected answers within ${ANSWER_WITHIN_MS} ms, got ${slowestMs}`)
      const { tally, violations } = await cluster.verdict({ kills: 0 })
      const notes = [
        `${KILLS[run.size]} kills and ${RESETS[run.size]} resets of RabbitMQ, no confirms for ${WITHHELD_MS[run.size]} ms, ` +
          `none at the start for ${AWAY_MS[run.size]} ms; slowest 202 after ${slowestMs} ms`,
      ]
      return { tally, violations: [...broken, ...violations], notes }
    }),
}

const linksTo = (cluster: Cluster) =>
  cluster.nodes.map((node) => node.links.get('RabbitMQ')).filter((link) => link !== undefined)

async function killAndReset({ seed, size }: FaultRun, cluster: Cluster, broken: string[]): Promise<void> {
  const random = seededRandom(seed)
  const between = ({ min, max }: { min: number; max: number }) => min + random() * (max - min)
  const rabbit = cluster.services.get('RabbitMQ')
  for (let kill = 0; kill < KILLS[size]; kill++) {
    await pause(between(LIVES_MS))
    await rabbit?.kill()
    await takesAndSends(cluster, 'while the broker is killed', broken)
    await rabbit?.start()
  }
  for (let reset = 0; reset < RESETS[size]; reset++) {
    await pause(between(RESET_EVERY_MS))
    const links = linksTo(cluster)
    links[Math.floor(random() * links.length)]?.resetAll()
  }
  await takesAndSends(cluster, 'after resets', broken)
}

/** Every node tells people so. */
async function saysAway(cluster: Cluster, expected: string[], broken: string[]): Promise<void> {
  for (const { name, api } of cluster.nodes) {
    const asExpected = async () => (await api.away()).join() === expected.join()
    await until('', SAID_WITHIN_MS, asExpected).catch(async () => {
      broken.push(`expected ${name} to say that [${expected.join()}] is away, got [${(await api.away()).join()}]`)
    })
  }
}

/** What is published then can go nowhere. */
async function deleteQueues(url: string): Promise<void> {
  const model = await connect(url)
  const channel = await model.createChannel()
  for (let priority = 0; priority <= 10; priority++) await channel.deleteQueue(`signalbox.message.send.${priority}`)
  await model.close()
}

/** Messages are taken, and reach the provider, whatever the broker does. */
async function takesAndSends(cluster: Cluster, when: string, broken: string[]): Promise<void> {
  const [taken, sent] = [cluster.acknowledged(), cluster.sent()]
  const goesOn = () => cluster.acknowledged() > taken && cluster.sent() > sent
  await until('', SENT_WITHIN_MS, goesOn).catch(() => {
    const got = `${cluster.acknowledged() - taken} taken, ${cluster.sent() - sent} sent`
    broken.push(`expected messages to be taken and sent within ${SENT_WITHIN_MS} ms ${when}, got ${got}`)
  })
}
