export interface Limit {
  /** Tasks at most. */
  count: number
  /** No task is begun later. */
  ms: number
}

export interface Done {
  count: number
  /** From the first begun to the last settled. */
  ms: number
}

/** Keeps so many tasks under way at a time until the limit is reached. */
export async function keepInFlight(width: number, limit: Limit, task: () => Promise<unknown>): Promise<Done> {
  const begunAt = performance.now()
  let count = 0
  async function oneAfterTheOther(): Promise<void> {
    while (count < limit.count && performance.now() - begunAt < limit.ms) {
      count++
      await task()
    }
  }
  await Promise.all(Array.from({ length: width }, oneAfterTheOther))
  return { count, ms: performance.now() - begunAt }
}

export function perSecond({ count, ms }: Done): number {
  return (count / ms) * 1000
}
