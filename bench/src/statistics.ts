/** What a handful of noisy rounds has to say. Pure. */

/** The middle of the sorted values, of an even number the mean of the two middle ones. Of nothing: NaN. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

/** Half of the distance from the lowest to the highest value, in percent of the median: the n of `± n %`. */
export function spreadPercent(values: readonly number[]): number {
  if (values.length < 2) return 0
  return ((Math.max(...values) - Math.min(...values)) / 2 / median(values)) * 100
}

/** Values of one thing, by round; null where that round has none. */
export type Rounds = readonly (number | null)[]

/**
 * Quotients of values from the same round. What slows a shared machine slows both sides of a round, so these say more
 * than the quotient of two medians. Rounds in which either side is missing are left out.
 */
export function pairedRatios(ours: Rounds, theirs: Rounds): number[] {
  return ours.flatMap((value, round) => {
    const other = theirs[round]
    return value === null || other === null || other === undefined || other === 0 ? [] : [value / other]
  })
}

export function present(rounds: Rounds): number[] {
  return rounds.filter((value) => value !== null)
}

/** The same list, begun one further in each round, so that nobody is always first or always after the same neighbour. */
export function rotated<T>(list: readonly T[], round: number): T[] {
  if (list.length === 0) return []
  const first = round % list.length
  return [...list.slice(first), ...list.slice(0, first)]
}

/** The smallest value that at least `share` (0-1) of all values do not exceed. Of nothing: NaN. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}
