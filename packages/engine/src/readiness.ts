/** Whether the engine takes what it is given, and what a caller is told when it does not. */
import { EngineError } from './errors.ts'

/** `not_accepting` while the disk is full, and for good after a failed commit: what it may have written is not known. */
export type EngineStatus = 'starting' | 'ok' | 'not_accepting' | 'stopping' | 'stopped'

export interface Readiness {
  readonly status: EngineStatus
  /** Why it takes nothing more, where that is for good; else null. */
  readonly problem: string | null
  /** It sends, whether or not it takes more. */
  readonly running: boolean
  /** Begins to send; nothing once a commit failed. */
  started(): void
  /** For good: a commit failed, others ended this node, or the engine is being stopped. */
  ended(as: 'not_accepting' | 'stopping' | 'stopped', problem?: string): void
  /** The disk is full, or has room again. */
  setWritable(is: boolean): void
  /** Throws `not_accepting`, or `queue_full` when so many more would wait than `maxBacklog`. */
  checkRoom(count: number, backlog: number, maxBacklog: number): void
}

/** What a caller is told to wait when nothing can be taken. */
const RETRY = { retryAfterMs: 1_000 }

export function createReadiness(): Readiness {
  let status: EngineStatus = 'starting'
  let problem: string | null = null
  let writable = true
  const current = (): EngineStatus => (writable || status !== 'ok' ? status : 'not_accepting')

  return {
    get status() {
      return current()
    },
    get problem() {
      return problem
    },
    get running() {
      return status === 'ok' || status === 'not_accepting'
    },
    started() {
      if (status === 'starting') status = 'ok'
    },
    ended(as, because) {
      status = as
      problem ??= because ?? null
    },
    setWritable(is) {
      writable = is
    },
    checkRoom(count, backlog, maxBacklog) {
      const now = current()
      if (now !== 'starting' && now !== 'ok') {
        const got = `status ${now}${problem === null ? '' : `: ${problem}`}`
        throw new EngineError('not_accepting', `expected the engine to take messages, got ${got}`, RETRY)
      }
      if (backlog + count <= maxBacklog) return
      const got = `${backlog} and ${count} more`
      throw new EngineError('queue_full', `expected at most ${maxBacklog} waiting messages, got ${got}`, RETRY)
    },
  }
}
