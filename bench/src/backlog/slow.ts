/** A batch against a provider that takes its time: whether the pool is ever idle. */
import { setTimeout } from 'node:timers/promises'
import { answerWith, given } from '../children.ts'
import { ourAdapter } from '../our-adapter.ts'
import { openOurEngine } from '../our-engine.ts'
import { PAYLOAD } from '../payload.ts'

export interface SlowInput {
  folder: string
  messages: number
  /** Answers after which it has seen enough; a multiple of the workers. */
  counted: number
  latencyMs: number
  workers: number
}
export interface Slow {
  /** From the first batch handed over to the last answer that counts. */
  ms: number
  /** What the provider really took: a timer is never early, and often late. */
  meanLatencyMs: number
}

const BATCH = 10_000

const { folder, messages, counted, latencyMs, workers } = await given<SlowInput>()
await answerWith(async (): Promise<Slow> => {
  let answered = 0
  let latencySum = 0
  let tell: () => void = () => undefined
  const enough = new Promise<void>((resolve) => (tell = resolve))
  const adapter = ourAdapter(async () => {
    const askedAt = performance.now()
    await setTimeout(latencyMs)
    if (answered === counted) return
    latencySum += performance.now() - askedAt
    if (++answered === counted) tell()
  })
  const { engine, templateId } = await openOurEngine(folder, adapter, workers)
  await engine.start()
  const recipients = Array.from({ length: BATCH }, (_, i) => `user-${i}`)
  const variablesList = recipients.map(() => ({ body: PAYLOAD }))
  const begunAt = performance.now()
  for (let done = 0; done < messages; done += BATCH) {
    await engine.messages.acceptBatch({ templateId, recipients, variablesList })
  }
  await enough
  const ms = performance.now() - begunAt
  await engine.stop()
  return { ms, meanLatencyMs: latencySum / counted }
})
