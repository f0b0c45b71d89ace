/** How far a measured rate may be trusted. */

/** Below this a rate is more chance than measurement. */
export const SMALL_SAMPLE = 30

export function isSmallSample(sample: number): boolean {
  return sample > 0 && sample < SMALL_SAMPLE
}

/** 95 % of a normal distribution lie within this many standard deviations. */
const Z = 1.96

/**
 * The interval that holds the true rate with 95 % confidence, in percent; null of nothing. Wilson's score interval: unlike
 * the textbook one it stays within 0 and 100 and is honest at 3 of 3, which is anything from 44 % up.
 * E. B. Wilson, Journal of the American Statistical Association 22 (1927), 209–212.
 */
export function wilsonInterval(successes: number, sample: number): { low: number; high: number } | null {
  if (sample === 0) return null
  const rate = successes / sample
  const spread = 1 + Z ** 2 / sample
  const centre = (rate + Z ** 2 / (2 * sample)) / spread
  const half = (Z / spread) * Math.sqrt((rate * (1 - rate)) / sample + Z ** 2 / (4 * sample ** 2))
  return { low: Math.max(0, centre - half) * 100, high: Math.min(1, centre + half) * 100 }
}
