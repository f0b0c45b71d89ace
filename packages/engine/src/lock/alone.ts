/** What one of several engines on a store does at a time. */
import { EngineError } from '../errors.ts'
import type { Fence, Locks } from './lock.ts'

const LEASE_MS = 30_000

/**
 * Runs `duty` under the lock, or not at all while another engine is at it. `fence` goes to the store with every write: it
 * refuses them once the lock was lost and taken by somebody else.
 */
export async function alone(
  locks: Locks,
  key: string,
  duty: (fence: Fence, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  try {
    await locks.using(key, { ttl: LEASE_MS }, (signal, fence) => duty({ key, fence }, signal))
  } catch (error) {
    if (!(error instanceof EngineError && error.reason === 'conflict')) throw error
  }
}
