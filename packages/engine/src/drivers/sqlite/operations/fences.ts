/** Writes under a lock: made only while nobody was given the key after the writer, in the same transaction as that check. */
import type { Fence } from '../../../lock/lock.ts'
import type { Db } from '../database.ts'

export function fenceOperations<O extends Record<string, (...args: never[]) => unknown>>(db: Db, operations: O) {
  const highest = db.prepare<[string], number>('SELECT fence FROM locks WHERE key = ?').pluck()
  return {
    /** What the operation gives, or null, and nothing was written, when the fence is stale. */
    run(fence: Fence, name: keyof O & string, args: unknown[]): unknown {
      if (highest.get(fence.key) !== fence.fence) return null
      return (operations[name] as (...given: unknown[]) => unknown)(...args)
    },
  }
}
