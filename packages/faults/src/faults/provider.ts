/** F10: everything a provider does wrong, and what must become of the message then. */
import type { Fault, Size } from '../fault.ts'
import type { ProviderLine } from '../rig/lines.ts'
import { END_OF, modeOf, type Mode } from '../rig/mode.ts'
import { RETRY_AFTER_SECONDS } from '../rig/retry-after.ts'
import { withRig } from '../rig/with-rig.ts'

/** Of each of the six. */
const MESSAGES: Record<Size, number> = { test: 12, short: 100, full: 1_000 }
/** Two per fault; of the 5xx one turns the message away and one may have taken it. */
const TURNS: readonly Mode[] = [
  ...(['busy', 'broken', 'limited', 'limited', 'timeout', 'timeout'] as const),
  ...(['reset', 'reset', 'garbage', 'garbage', 'late', 'late'] as const),
]
const FAULTS = TURNS.length / 2
const TIMEOUT_MS = 400
const LATE_MS = 900

export const provider: Fault = {
  name: 'F10',
  title: 'the provider: 5xx, 429 + Retry-After, timeout, reset after the whole body, 200 with garbage, late answer',
  run({ seed, size }) {
    const system = {
      'delivery.provider_timeout_ms': String(TIMEOUT_MS),
      'delivery.retry_base_ms': '50',
      'delivery.lease_ms': '1000',
      // Five of seven answers are failures: no breaker would let the rest through in time.
      'service.breaker_failures': '10000',
    }
    return withRig({ seed, server: { system }, provider: { lateMs: LATE_MS } }, async (rig) => {
      await rig.start()
      const client = await rig.client({ modes: TURNS, count: MESSAGES[size] * FAULTS })
      await client.done
      const asked = rig.clientLines().filter((line) => line.kind === 'request')
      const unknown = asked.filter(({ token }) => END_OF[modeOf(token)] === 'unknown').length
      await rig.settled(unknown)
      const { tally, violations } = await rig.verdict({ kills: 0 })
      const early = earlyRetries(rig.providerLines())
      if (early.length > 0) {
        violations.push(
          `expected no retry within the Retry-After of a 429, got ${early.length}: ${early.slice(0, 5).join(', ')}`,
        )
      }
      return { tally, violations, notes: [`${MESSAGES[size]} of each, ${unknown} of them may have been sent`] }
    })
  },
}

/** Tokens that came back before they were to. */
function earlyRetries(lines: readonly ProviderLine[]): string[] {
  const limited = lines.filter(({ token }) => modeOf(token) === 'limited')
  const calls = Map.groupBy(limited, ({ token }) => token)
  return [...calls].flatMap(([token, [first, second]]) =>
    first && second && second.at - first.at < RETRY_AFTER_SECONDS * 1000 ? [token] : [],
  )
}
