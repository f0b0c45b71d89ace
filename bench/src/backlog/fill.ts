/** Fills a store with a backlog, nothing being sent meanwhile. */
import { answerWith, given } from '../children.ts'
import { ourAdapter } from '../our-adapter.ts'
import { openOurEngine } from '../our-engine.ts'
import { PAYLOAD } from '../payload.ts'

export interface FillInput {
  folder: string
  messages: number
}
export interface Filled {
  ms: number
  rssMiB: number
}

/** The most that one batch may have. */
const BATCH = 10_000
const WORKERS = 100
const MIB = 2 ** 20

const { folder, messages } = await given<FillInput>()
await answerWith(async (): Promise<Filled> => {
  const adapter = ourAdapter(() => undefined)
  const { engine, templateId } = await openOurEngine(folder, adapter, WORKERS)
  const recipients = Array.from({ length: BATCH }, (_, i) => `user-${i}`)
  const variablesList = recipients.map(() => ({ body: PAYLOAD }))
  const begunAt = performance.now()
  for (let done = 0; done < messages; done += BATCH) {
    await engine.messages.acceptBatch({ templateId, recipients, variablesList })
  }
  const ms = performance.now() - begunAt
  const rssMiB = process.memoryUsage.rss() / MIB
  await engine.stop()
  return { ms, rssMiB }
})
