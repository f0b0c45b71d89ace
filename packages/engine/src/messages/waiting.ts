/** Why a message waits, and until when. */
import type { Clock } from '../clock.ts'
import type { Queues } from '../queue/queues.ts'
import type { Trace } from '../tracer/trace.ts'
import type { MessageRecord } from './record.ts'

/** Only for a message that waits. */
export function waitingFor(record: MessageRecord, queues: Queues, clock: Clock): NonNullable<Trace['waiting']> {
  if (record.dueAt > clock.now()) {
    if (record.state === 'scheduled') return { reason: 'delay', until: record.dueAt, detail: 'scheduled' }
    const detail = `attempt ${record.attempt} failed: ${record.errorMessage ?? record.errorCode ?? ''}`
    return { reason: 'retry', until: record.dueAt, detail }
  }
  const gate = queues.gates.why(record.channel)
  if (gate) return gate
  const { activeCount, poolSize, queueSize } = queues.pool('message.send').figures()
  const detail = `${activeCount} of ${poolSize} workers are busy, ${queueSize} messages wait`
  return { reason: 'no_worker', until: null, detail }
}
