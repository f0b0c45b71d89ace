/** Processes that share one store, each a node. */
import { z } from 'zod'
import { settingsProblemSchema } from './settings.ts'
import { instantSchema, prioritySchema } from './vocabulary.ts'

const count = z.int().nonnegative()

/** What a node does: takes requests and serves screens, sends, or both. */
export const NODE_ROLES = ['api', 'worker', 'all'] as const
export const nodeRoleSchema = z.enum(NODE_ROLES)
export type NodeRole = z.infer<typeof nodeRoleSchema>

const idsSchema = z.array(z.int().nonnegative()).nullable()

/** What changed in the store, as nodes tell each other. `ids` null: too many to name, so anything of this kind. */
export const storeChangeSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('all') }),
  z.object({ kind: z.literal('settings') }),
  z.object({ kind: z.literal('templates'), ids: idsSchema }),
  /** Or their secrets. */
  z.object({ kind: z.literal('services'), ids: idsSchema }),
  /** Also those that were lifted. */
  z.object({ kind: z.literal('suppressions'), ids: idsSchema }),
  z.object({ kind: z.literal('bulk'), ids: idsSchema }),
  z.object({ kind: z.literal('alerts') }),
  z.object({ kind: z.literal('views') }),
  /** Messages that waited in this lane. `node`: the number of the one that had them ready; null: none. */
  z.object({
    kind: z.literal('cancelled'),
    node: z.int().nonnegative().nullable(),
    priority: prioritySchema,
    lane: z.string(),
    ids: z.array(z.int().nonnegative()),
  }),
])
export type StoreChange = z.infer<typeof storeChangeSchema>

/** What a node says of itself; absent when it has not been heard. */
export const nodeLoadSchema = z.object({
  /** Share of the time in which its main thread was busy. */
  event_loop_percent: z.number().min(0).max(100),
  /** Per second, over the last 5 seconds. */
  accepted: z.number().nonnegative(),
  ended: z.number().nonnegative(),
  /** Workers of the pool that sends; null on a node that does not send. */
  workers: z.object({ active: count, size: count, max: count }).nullable(),
  /** Ready to leave, and this node's own. */
  queued: count,
  /** Operators' screens and users' devices that are connected to it. */
  sockets: count,
})
export type NodeLoad = z.infer<typeof nodeLoadSchema>

export const nodeSchema = z
  .object({
    /** 0–31; part of the ids that it makes. */
    number: count,
    name: z.string(),
    role: nodeRoleSchema,
    version: z.string(),
    since: instantSchema,
    /**
     * `silent`: its beats stand still; others take over what it had when that has lasted 10 s. `gone`: it ended or left within
     * the last 10 minutes.
     */
    state: z.enum(['ok', 'silent', 'gone']),
    /** Since its last beat, in whole seconds of the clock of the node that answers; 0 while beats come in time. */
    silent_ms: count,
    /** Null: its figures do not come (it is silent or gone, or what carries them is away). */
    load: nodeLoadSchema.nullable(),
    /** Does the work that one node does for all. */
    leads: z.boolean(),
    /** Of the settings in force there, and since when. */
    settings_revision: count,
    settings_applied_at: instantSchema,
    /** Rows of them that were refused there. */
    settings_problems: z.array(settingsProblemSchema),
    /** The one that answers. */
    self: z.boolean(),
  })
  .meta({ id: 'Node' })
export type Node = z.infer<typeof nodeSchema>

/** A service that the store stands on. */
export const linkSchema = z
  .object({
    name: z.string(),
    up: z.boolean(),
    /** What is wrong with it; null while it is up. */
    problem: z.string().nullable(),
  })
  .meta({ id: 'Link' })
export type Link = z.infer<typeof linkSchema>

export const clusterSchema = z
  .object({
    /** By number. */
    nodes: z.array(nodeSchema),
    /** None of a store in a file. */
    links: z.array(linkSchema),
  })
  .meta({ id: 'Cluster' })
export type Cluster = z.infer<typeof clusterSchema>

/** What alarms look at, as each node tells of itself. `pools`: only of one that works. */
export const levelsSchema = z.object({
  lease: count,
  /** Ready to leave, and its own. */
  queued: count,
  pools: z.record(z.string(), z.object({ active: count, max: count })),
})
export type Levels = z.infer<typeof levelsSchema>

/** What was measured over all nodes, by alarm, as the one that judges tells it. */
export const measuredSchema = z.object({
  lease: count,
  figures: z.record(z.string(), z.object({ figure: z.number().nullable(), sample: z.number().nullable() })),
})
