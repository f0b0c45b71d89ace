/**
 * Carries what belongs to no node to one that has room. It decides nothing: what it loses stands in the store, where nodes look
 * for it, and what it carries twice is taken once.
 */
import type { Entry } from './store.ts'

export interface Broker {
  readonly isUp: boolean
  /** Resolves once the broker has them on disk; rejects when it does not say so within its deadline, or had nowhere to put them. */
  publish(entries: readonly Entry[]): Promise<void>
  /**
   * Begins to bring entries. `room` is how many more of a queue and priority this node would take now; `take` settles when they
   * are its own in the store, or somebody's: until then the broker keeps them for another node.
   */
  consume(options: {
    room(of: Pick<Entry, 'queue' | 'priority'>): number
    take(entries: readonly Entry[]): Promise<void>
  }): Promise<void>
  /** There is room again: what waits here may be taken. */
  hasRoom(): void
  /** Brings nothing more; what was not taken goes to others. */
  stop(): Promise<void>
}
