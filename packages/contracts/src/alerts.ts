/** The alarms of the wall: four rules, evaluated by the server once per tick. */
import { z } from 'zod'
import { instantSchema } from './vocabulary.ts'

export const ALERT_RULES = ['success_rate', 'mean_response', 'pool_usage', 'backlog'] as const
export const alertRuleSchema = z.enum(ALERT_RULES)
export type AlertRule = z.infer<typeof alertRuleSchema>

/**
 * `ok → pending → firing → resolved → ok`. `pending`: beyond the threshold, but not yet for long enough. `resolved`: fine
 * again, still shown for a while.
 */
export const ALERT_STATES = ['ok', 'pending', 'firing', 'resolved'] as const
export const alertStateSchema = z.enum(ALERT_STATES)
export type AlertState = z.infer<typeof alertStateSchema>

export const acknowledgementSchema = z.object({
  by: z.string(),
  note: z.string().nullable(),
  at: instantSchema,
  /** It lapses then, or when the alert is resolved, whichever comes first. */
  until: instantSchema,
})
export type Acknowledgement = z.infer<typeof acknowledgementSchema>

const UNITS = ['percent', 'ms', 'messages'] as const

export const alertSchema = z
  .object({
    /** The rule, and for a pool its name: `success_rate`, `pool_usage.message_sender`. */
    id: z.string(),
    rule: alertRuleSchema,
    /** The pool that `pool_usage` is about, else null. */
    subject: z.string().nullable(),
    state: alertStateSchema,
    /** Of `pending` and `firing` when the figure went beyond the threshold, of the others when they began. */
    since: instantSchema,
    /** As measured at this tick. Null: nothing to measure, or fewer than `min_sample`; such a figure never alarms. */
    figure: z.number().nullable(),
    /** The worst since it went beyond the threshold; null while `ok`. */
    worst: z.number().nullable(),
    threshold: z.number(),
    /** Which side of the threshold is bad. */
    bad: z.enum(['below', 'above']),
    unit: z.enum(UNITS),
    /** The figure is over so many ms, or for a level (pool, backlog) must hold for so many. */
    window_ms: z.int(),
    /** Messages that the figure rests on; null for a level. */
    sample: z.int().nonnegative().nullable(),
    min_sample: z.int().nonnegative(),
    acknowledgement: acknowledgementSchema.nullable(),
  })
  .meta({ id: 'Alert' })
export type Alert = z.infer<typeof alertSchema>

/** The longest that an acknowledgement may stand. */
export const ACKNOWLEDGE_MS_MAX = 7 * 24 * 3_600_000

export const acknowledgeSchema = z
  .strictObject({
    by: z.string().trim().min(1).max(80),
    /** Milliseconds from now until it lapses. */
    for_ms: z.int().min(60_000).max(ACKNOWLEDGE_MS_MAX),
    note: z.string().trim().max(500).optional(),
  })
  .meta({ id: 'Acknowledge' })
export type Acknowledge = z.infer<typeof acknowledgeSchema>

export const unacknowledgeSchema = z
  .strictObject({ by: z.string().trim().min(1).max(80) })
  .meta({ id: 'Unacknowledge' })
export type Unacknowledge = z.infer<typeof unacknowledgeSchema>

export const ALERT_EVENTS = ['firing', 'resolved', 'acknowledged', 'unacknowledged', 'lapsed'] as const
export const alertTransitionSchema = z
  .object({
    alert: z.string(),
    event: z.enum(ALERT_EVENTS),
    at: instantSchema,
    figure: z.number().nullable(),
    threshold: z.number(),
    /** Who acknowledged or took that back; null for what the server did. */
    by: z.string().nullable(),
    note: z.string().nullable(),
  })
  .meta({ id: 'AlertTransition' })
export type AlertTransition = z.infer<typeof alertTransitionSchema>

export const alertHistoryQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
})
