/**
 * What happens inside the engine, typed. The gateway, the tracer's watchers and the tests all listen here; nobody polls.
 */
import type { AlertState, Channel, Purpose, QueueName } from '@signalbox/contracts'
import type { LinkState } from './driver.ts'
import type { InboxEntryRecord } from './inbox/store.ts'
import type { BulkJob } from './messages/bulk.ts'
import type { MessageRecord } from './messages/record.ts'
import type { SettingsProblem } from '@signalbox/contracts'
import type { ScalingDecision } from './workers/scaling.ts'

export interface EngineEvents {
  /** Any change of a message after it is on disk, also its acceptance. The record is as it stands now. */
  'message:changed': MessageRecord
  /** Narrow forms of the same, for waiting: the message reached this state. */
  'message:accepted': MessageRecord
  'message:sending': MessageRecord
  'message:sent': MessageRecord
  'message:delivered': MessageRecord
  'message:read': MessageRecord
  'message:failed': MessageRecord
  'message:unknown': MessageRecord
  'message:expired': MessageRecord
  'message:cancelled': MessageRecord
  /** A bulk action began, came further or ended. */
  'bulk:changed': BulkJob
  /** A saved view of the messages came, changed or went; null: some did elsewhere. */
  'views:changed': { name: string | null }
  /** On disk in the inbox of a user; per user in the order of `seq`. */
  'inbox:put': InboxEntryRecord
  'job:completed': { queue: QueueName; id: number }
  'job:failed': { queue: QueueName; id: number; error: string }
  'pool:scaled': ScalingDecision
  'settings:changed': { version: number }
  /** A version was read, and what of it is right is in force; told also when that is what was before. */
  'settings:applied': { version: number }
  'settings:refused': SettingsProblem
  /** Somebody came onto the list of who must not be written to, or went from it. Null: many did. */
  'suppressions:changed': { id: number | null }
  /** `purpose`: what its messages were for, null of a new one, and what they are for now; left out where it is to be read again. */
  'template:changed': { id: number; purpose?: { was: Purpose | null; is: Purpose } }
  'service:changed': { id: number; channel: Channel }
  /** Its provider ended the account (removed, gone): the engine disabled it. */
  'service:ended': { id: number; name: string; channel: Channel; because: string }
  /** An alarm moved, or was acknowledged, or that was taken back. */
  'alert:changed': { id: string; state: AlertState }
  /** A service that the store stands on went away or came back. */
  'link:changed': LinkState
  /** Others have ended this node: what it had is theirs, and it does nothing more. */
  'node:ended': { reason: string }
  /** A listener or a background duty failed; the engine goes on. */
  'engine:error': { where: string; error: unknown }
}

export type EventName = keyof EngineEvents
type Listener<K extends EventName> = (event: EngineEvents[K]) => void

export interface Events {
  /** Returns the function that unsubscribes. */
  on<K extends EventName>(name: K, listener: Listener<K>): () => void
  emit<K extends EventName>(name: K, event: EngineEvents[K]): void
  /** Number of listeners, for leak checks and to skip work that nobody waits for. */
  count(name?: EventName): number
}

export function createEvents(): Events {
  const listeners = new Map<EventName, Set<(event: never) => void>>()
  /** Of the listeners as they stand, until one comes or goes. */
  const copies = new Map<EventName, readonly ((event: never) => void)[]>()
  const events: Events = {
    on(name, listener) {
      const set = listeners.get(name) ?? new Set()
      listeners.set(name, set)
      set.add(listener)
      copies.delete(name)
      return () => {
        set.delete(listener)
        copies.delete(name)
      }
    },
    emit(name, event) {
      const set = listeners.get(name)
      if (!set) return
      let copy = copies.get(name)
      if (!copy) copies.set(name, (copy = [...set]))
      // A copy: who is put on by a listener hears the next one first.
      for (const listener of copy) {
        if (!set.has(listener)) continue
        try {
          ;(listener as (event: unknown) => void)(event)
        } catch (error) {
          if (name === 'engine:error') throw error
          events.emit('engine:error', { where: `listener of ${name}`, error })
        }
      }
    },
    count(name) {
      if (name) return listeners.get(name)?.size ?? 0
      let total = 0
      for (const set of listeners.values()) total += set.size
      return total
    },
  }
  return events
}

/** Resolves with the next event of that name that fits. `await once(engine.events, 'message:sent')`. */
export function once<K extends EventName>(
  events: Events,
  name: K,
  fits: (event: EngineEvents[K]) => boolean = () => true,
): Promise<EngineEvents[K]> {
  return new Promise((resolve) => {
    const off = events.on(name, (event) => {
      if (!fits(event)) return
      off()
      resolve(event)
    })
  })
}
