/** How the fake provider treats a message. It stands in the recipient, `reset.t17`, so that all processes agree. */
export const MODES = ['ok', 'busy', 'broken', 'limited', 'timeout', 'reset', 'garbage', 'late'] as const
export type Mode = (typeof MODES)[number]

/** What must have become of a message in the end. */
export const END_OF: Record<Mode, 'sent' | 'unknown'> = {
  ok: 'sent',
  /** 503 twice, then taken. */
  busy: 'sent',
  /** Takes it and answers 500. */
  broken: 'unknown',
  /** 429 with Retry-After once, then taken. */
  limited: 'sent',
  /** Takes it and never answers. */
  timeout: 'unknown',
  /** Takes the whole request and resets the connection. */
  reset: 'unknown',
  /** Takes it and answers 200 with something that is no answer. */
  garbage: 'unknown',
  /** Takes it and answers after the caller has given up: the late answer resolves it. */
  late: 'sent',
}

export function modeOf(token: string): Mode {
  const mode = MODES.find((each) => token.startsWith(`${each}.`))
  if (!mode) throw new Error(`expected a token to begin with one of ${MODES.join(', ')}, got ${token}`)
  return mode
}
