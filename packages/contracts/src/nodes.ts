/** Processes that share one store, each a node. */
import { z } from 'zod'

/** What a node does: takes requests and serves screens, sends, or both. */
export const NODE_ROLES = ['api', 'worker', 'all'] as const
export const nodeRoleSchema = z.enum(NODE_ROLES)
export type NodeRole = z.infer<typeof nodeRoleSchema>
