/** Processes that share one store, each a node. */
import { z } from 'zod'
import { prioritySchema } from './vocabulary.ts'

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
  /** Messages that waited in this lane. `owner`: the lease of the node that had them ready, 0 for none. */
  z.object({
    kind: z.literal('cancelled'),
    owner: z.int().nonnegative(),
    priority: prioritySchema,
    lane: z.string(),
    ids: z.array(z.int().nonnegative()),
  }),
])
export type StoreChange = z.infer<typeof storeChangeSchema>
