/** MJML beside the main thread, and within a time. */
import { MJML_LIMITS } from '@signalbox/contracts'
import type { Clock } from '../clock.ts'
import { EngineError, issue } from '../errors.ts'
import { createThreads, TaskTimeoutError, type Threads } from '../workers/threads.ts'
import type { CompiledMjml } from './mjml.ts'

export type MjmlThreads = Threads<string, CompiledMjml>

/** Who types fast, and several at once. */
const CAPACITY = 32

export function openMjmlThreads(clock: Clock): MjmlThreads {
  return createThreads({
    name: 'mjml',
    entry: new URL('./mjml-thread.ts', import.meta.url),
    size: 1,
    capacity: CAPACITY,
    deadlineMs: MJML_LIMITS.compileMs,
    clock,
  })
}

/** Too long a time is a problem of the source like any other. Throws `queue_full`. */
export async function compileIn(threads: Pick<MjmlThreads, 'run'>, source: string): Promise<CompiledMjml> {
  try {
    return await threads.run(source)
  } catch (error) {
    if (!(error instanceof TaskTimeoutError)) throw error
    const message = `expected MJML that becomes HTML within ${MJML_LIMITS.compileMs} ms, got one that takes longer`
    return { html: '', problems: [{ line: null, message }] }
  }
}

/** The HTML; throws `invalid` with an issue per problem. */
export async function htmlOfMjml(threads: Pick<MjmlThreads, 'run'>, source: string): Promise<string> {
  const { html, problems } = await compileIn(threads, source)
  if (problems.length === 0) return html
  const issues = problems.map(({ line, message }) =>
    issue('content', line === null ? 'MJML' : `MJML without a mistake in line ${line}`, message),
  )
  throw new EngineError('invalid', issues.map((each) => each.message).join('; '), { issues })
}
