/** An engine on a store, with a backlog in it or empty: how it starts, how soon what is urgent leaves, how fast it is. */
import { setTimeout } from 'node:timers/promises'
import { answerWith, given } from '../children.ts'
import { keepInFlight, perSecond } from '../in-flight.ts'
import { ourAdapter } from '../our-adapter.ts'
import { openOurEngine, type OurEngine } from '../our-engine.ts'
import { PAYLOAD } from '../payload.ts'

export interface RunInput {
  folder: string
  urgent: number
  /** How long messages are accepted while others leave. */
  ms: number
}
export interface Ran {
  /** From nothing to an engine that sends. */
  startUpMs: number
  /** From accepting a message of priority 10 to the call of the adapter. */
  urgentMs: number[]
  acceptedPerSecond: number
  sentPerSecond: number
  /** While nothing is accepted. */
  drainedPerSecond: number
  /** The most that the process ever had. */
  rssMiB: number
  /** Messages still waiting at the end. */
  left: number
}

const WORKERS = 100
const IN_FLIGHT = 100
const WARM_UP_MS = 500
const BETWEEN_URGENT_MS = 10
/** Accepted before draining is measured, so that an empty queue has something to drain; half of it counts. */
const DRAIN_BATCHES = 4
const BATCH = 10_000
const DRAINED = 20_000
const KIB_PER_MIB = 1024

const { folder, urgent, ms } = await given<RunInput>()
await answerWith(async (): Promise<Ran> => {
  let sent = 0
  let enough = Number.POSITIVE_INFINITY
  let tell: () => void = () => undefined
  const awaited = new Map<string, () => void>()
  const begunAt = performance.now()
  const adapter = ourAdapter((text) => {
    sent++
    awaited.get(text)?.()
    if (sent === enough) tell()
  })
  const { engine, templateId } = await openOurEngine(folder, adapter, WORKERS)
  await engine.start()
  const startUpMs = performance.now() - begunAt

  const accept = acceptOne({ engine, templateId })
  await keepInFlight(IN_FLIGHT, { count: Number.POSITIVE_INFINITY, ms: WARM_UP_MS }, () => accept(PAYLOAD))
  const urgentMs: number[] = []
  for (let i = 0; i < urgent; i++) {
    const text = `urgent ${i}`
    const acceptedAt = performance.now()
    const left = new Promise<void>((resolve) => awaited.set(text, resolve))
    await accept(text, 10)
    await left
    urgentMs.push(performance.now() - acceptedAt)
    await setTimeout(BETWEEN_URGENT_MS)
  }

  const sentBefore = sent
  const accepted = await keepInFlight(IN_FLIGHT, { count: Number.POSITIVE_INFINITY, ms }, () => accept(PAYLOAD))
  const sentPerSecond = perSecond({ count: sent - sentBefore, ms: accepted.ms })

  const batch = {
    templateId,
    recipients: Array.from({ length: BATCH }, (_, i) => `user-${i}`),
    variablesList: Array.from({ length: BATCH }, () => ({ body: PAYLOAD })),
  }
  for (let i = 0; i < DRAIN_BATCHES; i++) await engine.messages.acceptBatch(batch)
  const drainBegunAt = performance.now()
  enough = sent + DRAINED
  await new Promise<void>((resolve) => (tell = resolve))
  const drainedPerSecond = perSecond({ count: DRAINED, ms: performance.now() - drainBegunAt })
  const { queues } = await engine.stats.monitor()
  const rssMiB = process.resourceUsage().maxRSS / KIB_PER_MIB
  await engine.stop()
  return {
    startUpMs,
    urgentMs,
    acceptedPerSecond: perSecond(accepted),
    sentPerSecond,
    drainedPerSecond,
    rssMiB,
    left: queues['message.send'].queued,
  }
})

function acceptOne({ engine, templateId }: OurEngine): (body: string, priority?: number) => Promise<unknown> {
  return (body, priority) => engine.messages.accept({ templateId, recipient: 'user-1', variables: { body }, priority })
}
