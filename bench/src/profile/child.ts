/** Messages from end to end, one by one, for the profiler to watch. */
import { answerWith, given } from '../children.ts'
import { keepInFlight, perSecond } from '../in-flight.ts'
import { PAYLOAD } from '../payload.ts'
import { OURS } from '../queue/contenders/index.ts'

export interface ProfileInput {
  ms: number
}

const CONCURRENCY = 100

const { ms } = await given<ProfileInput>()
await answerWith(async (): Promise<number> => {
  const session = await OURS.open('')
  let handled = 0
  await session.process(() => handled++, CONCURRENCY)
  const { ms: took } = await keepInFlight(CONCURRENCY, { count: Number.POSITIVE_INFINITY, ms }, () =>
    session.enqueue(PAYLOAD),
  )
  const rate = perSecond({ count: handled, ms: took })
  await session.close()
  return rate
})
