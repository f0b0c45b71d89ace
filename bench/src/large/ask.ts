/** An engine on a store that holds much: how it starts, how long what people ask takes, and how fast it is meanwhile. */
import { answerWith, given } from '../children.ts'
import { keepInFlight, perSecond } from '../in-flight.ts'
import { ourAdapter } from '../our-adapter.ts'
import { openOurEngine } from '../our-engine.ts'
import { PAYLOAD } from '../payload.ts'
import { timeLists, type ListFacts, type ListTimes } from './lists.ts'
import { RECIPIENTS } from './recipients.ts'

export interface AskInput {
  folder: string
  /** Looked up by turns; empty: nothing is asked, only the throughput is taken. */
  ids: number[]
  /** Of the lists; null: they are not asked. */
  facts: ListFacts | null
  repeats: number
  ms: number
}
export interface Asked {
  startUpMs: number
  /** Milliseconds of each question, the first beside the others: it finds nothing prepared. */
  questions: Record<string, number[]>
  lists: ListTimes | null
  acceptedPerSecond: number
  /** From accepting to the adapter, all of them. */
  sentPerSecond: number
  rssMiB: number
}

const WORKERS = 100
const IN_FLIGHT = 100
const WARM_UP_MS = 1_000
const PAGE = 50
const KIB_PER_MIB = 1024

const { folder, ids, facts, repeats, ms } = await given<AskInput>()
await answerWith(async (): Promise<Asked> => {
  let sent = 0
  const begunAt = performance.now()
  const adapter = ourAdapter(() => void sent++)
  const { engine, templateId } = await openOurEngine(folder, adapter, WORKERS)
  await engine.start()
  const startUpMs = performance.now() - begunAt

  const { messages, traces, stats } = engine
  const asks: Record<string, (i: number) => Promise<unknown>> = {
    'trace of one message': (i) => traces.get(ids[i % ids.length] as number),
    'one message': (i) => messages.get(ids[(i * 7) % ids.length] as number),
    'overview of today': () => stats.overview(),
    'monitor, all of it': () => stats.monitor(),
    'newest 50': () => messages.search({ limit: PAGE }),
    'newest 50 that failed': () => messages.search({ status: 'failed', limit: PAGE }),
    'newest 50 that were sent': () => messages.search({ status: 'sent', limit: PAGE }),
    'what is queued': () => messages.search({ status: 'queued', limit: PAGE }),
    'to a recipient with 4': () => messages.search({ recipient: RECIPIENTS.few, limit: PAGE }),
    'to a recipient with every 50th': () => messages.search({ recipient: RECIPIENTS.many, limit: PAGE }),
    'to a recipient with none': () => messages.search({ recipient: RECIPIENTS.none, limit: PAGE }),
  }
  const questions: Record<string, number[]> = {}
  for (const [name, ask] of Object.entries(ids.length > 0 ? asks : {})) {
    questions[name] = []
    for (let i = 0; i < repeats; i++) {
      const askedAt = performance.now()
      await ask(i)
      questions[name].push(performance.now() - askedAt)
    }
  }

  const lists = facts ? await timeLists(engine, facts, repeats) : null

  // Nobody who is looked for: the next round asks again.
  const accept = () => messages.accept({ templateId, recipient: 'somebody', variables: { body: PAYLOAD } })
  await keepInFlight(IN_FLIGHT, { count: Number.POSITIVE_INFINITY, ms: WARM_UP_MS }, accept)
  const sentBefore = sent
  const accepted = await keepInFlight(IN_FLIGHT, { count: Number.POSITIVE_INFINITY, ms }, accept)
  const sentPerSecond = perSecond({ count: sent - sentBefore, ms: accepted.ms })
  const rssMiB = process.resourceUsage().maxRSS / KIB_PER_MIB
  await engine.stop()
  return { startUpMs, questions, lists, acceptedPerSecond: perSecond(accepted), sentPerSecond, rssMiB }
})
