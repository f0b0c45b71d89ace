import { WATCHES_PER_SOCKET } from '@signalbox/contracts'

/** Who follows which message. Bounded per follower. */
export interface Watches<F> {
  /** False when the follower has as many as it may have. */
  add(follower: F, recordId: number): boolean
  remove(follower: F, recordId: number): void
  drop(follower: F): void
  followers(recordId: number): Iterable<F>
  /** The messages that somebody follows. */
  messages(): Iterable<number>
}

export function createWatches<F>(): Watches<F> {
  const byMessage = new Map<number, Set<F>>()
  const byFollower = new Map<F, Set<number>>()

  function remove(follower: F, recordId: number): void {
    byFollower.get(follower)?.delete(recordId)
    const followers = byMessage.get(recordId)
    followers?.delete(follower)
    if (followers?.size === 0) byMessage.delete(recordId)
  }

  return {
    add(follower, recordId) {
      const own = byFollower.get(follower) ?? new Set()
      if (!own.has(recordId) && own.size >= WATCHES_PER_SOCKET) return false
      byFollower.set(follower, own.add(recordId))
      byMessage.set(recordId, (byMessage.get(recordId) ?? new Set()).add(follower))
      return true
    },
    remove,
    drop(follower) {
      for (const recordId of [...(byFollower.get(follower) ?? [])]) remove(follower, recordId)
      byFollower.delete(follower)
    },
    followers: (recordId) => byMessage.get(recordId) ?? [],
    messages: () => byMessage.keys(),
  }
}
