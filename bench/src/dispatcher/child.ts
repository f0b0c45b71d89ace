/** Messages from end to end through many accounts, from many senders. */
import { answerWith, given } from '../children.ts'
import { keepInFlight, perSecond } from '../in-flight.ts'
import { ourAdapter } from '../our-adapter.ts'
import { openOurEngine } from '../our-engine.ts'
import { PAYLOAD } from '../payload.ts'
import { removeFolder, temporaryFolder } from '../temporary-folder.ts'

export interface DispatcherInput {
  services: number
  flows: number
  warmUpMs: number
  ms: number
}
export interface Dispatched {
  perSecond: number
  /** Processor time of the thread that dispatches, per message. */
  microseconds: number
}

const CONCURRENCY = 100
/** Never used up: counted all the same. */
const QUOTA = 1_000_000_000

const { services, flows, warmUpMs, ms } = await given<DispatcherInput>()
await answerWith(async (): Promise<Dispatched> => {
  const folder = temporaryFolder()
  let sent = 0
  const { engine, templateId } = await openOurEngine(
    folder,
    ourAdapter(() => void sent++),
    CONCURRENCY,
  )
  const [first] = engine.services.list()
  if (!first) throw new Error('expected a service, got none')
  await engine.services.update(first.id, { dailyQuota: QUOTA })
  const { id: _, name: __, createdAt: ___, updatedAt: ____, ...like } = first
  for (let i = 1; i < services; i++) {
    await engine.services.create({ ...like, name: `bench ${i}`, weight: 1 + (i % 3), dailyQuota: QUOTA })
  }
  await engine.start()
  let next = 0
  const accept = () =>
    engine.messages.accept({
      templateId,
      recipient: 'user-1',
      variables: { body: PAYLOAD },
      flow: `sender-${next++ % flows}`,
    })
  await keepInFlight(CONCURRENCY, { count: Number.POSITIVE_INFINITY, ms: warmUpMs }, accept)
  const before = { sent, cpu: process.threadCpuUsage() }
  const { ms: took } = await keepInFlight(CONCURRENCY, { count: Number.POSITIVE_INFINITY, ms }, accept)
  const { user, system } = process.threadCpuUsage(before.cpu)
  const count = sent - before.sent
  await engine.stop()
  removeFolder(folder)
  return { perSecond: perSecond({ count, ms: took }), microseconds: (user + system) / count }
})
