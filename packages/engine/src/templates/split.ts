/** Which of two versions a recipient gets, and what the results say. Pure. */

/** 0 to 99, the same for the same experiment and recipient on every machine: FNV-1a with murmur's last mix. */
export function bucketOf(experiment: string, recipient: string): number {
  let hash = 0x811c9dc5
  for (const text of [experiment, '\n', recipient]) {
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) % 100
}

/** Of messages that have ended. */
export interface ArmResult {
  ended: number
  failed: number
}

/**
 * Both tails of the pooled two-proportion z-test (Newcombe and Altman, Statistics with Confidence, 2000). Null where it
 * does not hold: fewer than five failures or five successes expected in an arm.
 */
export function compareRates(a: ArmResult, b: ArmResult): { z: number; p: number } | null {
  if (a.ended === 0 || b.ended === 0) return null
  const pooled = (a.failed + b.failed) / (a.ended + b.ended)
  const fewest = Math.min(a.ended, b.ended) * Math.min(pooled, 1 - pooled)
  if (fewest < 5) return null
  const z = (b.failed / b.ended - a.failed / a.ended) / Math.sqrt(pooled * (1 - pooled) * (1 / a.ended + 1 / b.ended))
  return { z, p: 2 * upperTail(Math.abs(z)) }
}

/** P(Z > z) for z ≥ 0; Abramowitz and Stegun 26.2.17, wrong by less than 7.5e-8. */
function upperTail(z: number): number {
  const t = 1 / (1 + 0.2316419 * z)
  const poly = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * poly
}

/** Of ended messages, in each arm, before an experiment can stop itself. */
const STOP_AT_LEAST = 100
/** Points by which an arm must fail more often: a difference that matters, not only one that is certain. */
const STOP_POINTS = 0.02
/**
 * Standard errors. It is looked at again and again, so the usual 2 would stop half of all harmless experiments; 4 stops
 * less than one in a hundred over any length that occurs.
 */
const STOP_Z = 4

/** The arm that clearly fails more often. */
export function failingArm(a: ArmResult, b: ArmResult): 'a' | 'b' | null {
  if (a.ended < STOP_AT_LEAST || b.ended < STOP_AT_LEAST) return null
  const compared = compareRates(a, b)
  if (!compared || Math.abs(compared.z) < STOP_Z) return null
  if (Math.abs(b.failed / b.ended - a.failed / a.ended) < STOP_POINTS) return null
  return compared.z > 0 ? 'b' : 'a'
}

export type Finding = 'collecting' | 'too_few_failures' | 'no_difference' | 'a_fails_less' | 'b_fails_less'

/**
 * What may be said: nothing before both arms have the size that was planned, since a test that is read while it runs
 * finds differences where there are none. `p` is given with the last three.
 */
export function findingOf(a: ArmResult, b: ArmResult, planned: number): { finding: Finding; p: number | null } {
  if (a.ended < planned || b.ended < planned) return { finding: 'collecting', p: null }
  const compared = compareRates(a, b)
  if (!compared) return { finding: 'too_few_failures', p: null }
  if (compared.p >= 0.05) return { finding: 'no_difference', p: compared.p }
  return { finding: compared.z > 0 ? 'a_fails_less' : 'b_fails_less', p: compared.p }
}
