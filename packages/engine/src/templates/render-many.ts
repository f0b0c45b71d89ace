/** "Render the last real payloads before publishing": in threads, since ten thousand long ones take seconds. */
import { RENDERED_AT_MOST } from '@signalbox/contracts'
import type { Clock } from '../clock.ts'
import { EngineError, issue } from '../errors.ts'
import { createThreads, TaskTimeoutError, type Threads } from '../workers/threads.ts'
import { addReport, emptyReport, type Payload, type RenderBatch, type RenderReport } from './render-batch.ts'

export type RenderThreads = Threads<RenderBatch, RenderReport>

/** Payloads in one task: what crosses to a thread is copied on the main one. */
const BATCH = 500
const THREADS = 2
/** Tasks that wait: a few calls at once. */
const CAPACITY = 64
const DEADLINE_MS = 10_000

export function openRenderThreads(clock: Clock): RenderThreads {
  return createThreads({
    name: 'render',
    entry: new URL('./render-thread.ts', import.meta.url),
    size: THREADS,
    capacity: CAPACITY,
    deadlineMs: DEADLINE_MS,
    clock,
  })
}

/** Batch after batch, so that others' calls take their turns in between. */
export async function renderMany(
  threads: RenderThreads,
  bodies: Omit<RenderBatch, 'payloads'>,
  payloads: readonly Payload[],
  signal?: AbortSignal,
): Promise<RenderReport> {
  if (payloads.length > RENDERED_AT_MOST) {
    throw invalid(issue('payloads', `at most ${RENDERED_AT_MOST}`, payloads.length))
  }
  let report = emptyReport()
  for (let from = 0; from < payloads.length; from += BATCH) {
    const batch = { ...bodies, payloads: payloads.slice(from, from + BATCH) }
    try {
      report = addReport(report, await threads.run(batch, { signal }))
    } catch (error) {
      if (!(error instanceof TaskTimeoutError)) throw error
      const found = issue('payloads', `${BATCH} that render within ${DEADLINE_MS} ms`, 'some that take longer')
      throw new EngineError('invalid', found.message, { issues: [found], cause: error })
    }
  }
  return report
}

function invalid(found: ReturnType<typeof issue>): EngineError {
  return new EngineError('invalid', found.message, { issues: [found] })
}
