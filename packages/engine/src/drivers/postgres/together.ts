import { cause } from './problems.ts'

/**
 * Waits for all of them, also when one fails: once a transaction is undone, nothing of it may still be about to ask, since that
 * would be written by itself.
 */
export async function together<T extends readonly unknown[] | []>(
  all: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  const settled = (await Promise.allSettled(all)) as PromiseSettledResult<unknown>[]
  const failed = settled.filter((each) => each.status === 'rejected').map(({ reason }) => reason as unknown)
  if (failed.length > 0) throw cause(failed)
  return settled.map((each) => (each as PromiseFulfilledResult<unknown>).value) as {
    -readonly [K in keyof T]: Awaited<T[K]>
  }
}
