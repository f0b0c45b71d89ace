/** What went wrong with a message, for the top of its trace. */
import type { Trace, TraceNode } from '@signalbox/contracts'

export interface Problem {
  /** `retrying`: an attempt failed and the message is still under way. */
  kind: 'failed' | 'unknown' | 'expired' | 'retrying'
  /** The attempt that failed last; 0 when nothing was ever attempted. */
  attempt: number
  code: string | null
  text: string | null
  service: string | null
  /** On the list of those who must not be written to, the entry that stopped it. */
  suppression: number | null
}

const UNDER_WAY = new Set(['scheduled', 'queued', 'sending'])

/** Null while all is well. The message's own error counts before that of its last failed step. */
export function problemOf({ message, trace_data: { nodes } }: Trace): Problem | null {
  const failed = nodes.findLast(({ status }) => status === 'failed' || status === 'unknown' || status === 'expired')
  const kind = kindOf(message.status, failed)
  if (!kind) return null
  const code = message.error_code ?? failed?.error_code ?? null
  const text = message.error_message ?? failed?.error ?? null
  return {
    ...{ kind, code, text, suppression: suppressionOf(code, text) },
    attempt: failed?.attempt ?? message.attempt,
    service: failed?.service ?? message.service,
  }
}

function kindOf(state: Trace['message']['status'], failed: TraceNode | undefined): Problem['kind'] | null {
  if (state === 'failed' || state === 'unknown' || state === 'expired') return state
  return failed && UNDER_WAY.has(state) ? 'retrying' : null
}

/** The server writes `… (suppression 42)`. */
function suppressionOf(code: string | null, text: string | null): number | null {
  const [, id] = (code === 'suppressed' && /\(suppression (\d+)\)$/.exec(text ?? '')) || []
  return id === undefined ? null : Number(id)
}
