/**
 * The nodes that share a store. A node is known by its lease: what waits belongs to one, what is being sent was claimed under
 * one. A store that one process has to itself has one node, that never ends.
 */
import type { Channel, NodeRole, SettingsProblem } from '@signalbox/contracts'
import type { MessageRecord } from '../messages/record.ts'

export interface NodeIdentity {
  /** Told to people. A process that joins under a name that is there takes its place: it is the same one, started again. */
  name: string
  role: NodeRole
  version: string
}

export interface NodeRecord extends NodeIdentity {
  /** Never given out twice. */
  lease: number
  /** 0–31, part of the ids that it makes; given to others once its lease is over. */
  number: number
  /** Epoch ms. */
  joinedAt: number
  /** Goes up with every renewal. That it stands still is what others judge by: their clocks may differ. */
  beats: number
  /** The revision of the settings in force there, and when that was told (epoch ms, by the store's clock). */
  settingsRevision: number
  settingsAppliedAt: number
  /** Rows of it that were refused there. */
  settingsProblems: readonly SettingsProblem[]
}

/** The settings in force at a node. */
export interface SettingsThere {
  revision: number
  problems: readonly SettingsProblem[]
}

/** What became of what a node had when it ended. */
export interface EndedNode {
  /** Messages that were with a provider, as they stand now. */
  recovered: MessageRecord[]
  /** Entries that belong to nobody now. */
  freed: number
}

export interface NodeStore {
  readonly self: { readonly lease: number; readonly number: number }
  /** False when others have ended this node: it may write no more. A revision that is told for the first time was applied now. */
  renew(settings: SettingsThere): Promise<boolean>
  /** Every node that is there, by number. */
  list(): Promise<NodeRecord[]>
  /**
   * Ends another node: first it can write no more, then what it had belongs to nobody, and what it was sending is recovered by
   * the policies. Idempotent; one that is cut short is finished by the next call. Null when there is no such node.
   */
  end(lease: number, policies: Record<Channel, 'hold' | 'retry'>, now: number): Promise<EndedNode | null>
  /** Gives up all that waits here, and ends. Nothing is being sent any more. */
  leave(): Promise<void>
}
