import type { ErrorName, Issue } from '@signalbox/contracts'

/**
 * The one error class that callers branch on, by `reason`. Its text says what, expected and got; `issues` names
 * each wrong field. Anything else that is thrown is a defect.
 */
export class EngineError extends Error {
  override readonly name = 'EngineError'
  readonly reason: ErrorName
  readonly issues: readonly Issue[]
  /** Milliseconds after which a refused call may succeed; only on `rate_limited`, `queue_full` and `not_accepting`. */
  readonly retryAfterMs: number | undefined

  constructor(
    reason: ErrorName,
    message: string,
    options: { issues?: readonly Issue[]; retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.reason = reason
    this.issues = options.issues ?? []
    this.retryAfterMs = options.retryAfterMs
  }
}

/** `expected X to be Y, got Z`, the one shape in which a refused value is told. */
export function issue(path: string, expected: string, got: unknown): Issue {
  const shown = describe(got)
  return { path, expected, got: shown, message: `expected ${path} to be ${expected}, got ${shown}` }
}

/** A value as an error text shows it: short, on one line, never a whole body. */
export function describe(value: unknown): string {
  if (value === undefined) return 'nothing'
  const text = typeof value === 'string' ? JSON.stringify(value) : String(JSON.stringify(value))
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}
