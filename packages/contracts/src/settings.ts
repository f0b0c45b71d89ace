/** The three tables that operators change while the product runs, by UI, API or plain SQL. */
import { z } from 'zod'
import { instantSchema, limitTypeSchema } from './vocabulary.ts'

export const threadPoolConfigSchema = z
  .object({
    pool_name: z.string().min(1).max(64),
    core_pool_size: z.int().min(1).max(1000),
    max_pool_size: z.int().min(1).max(1000),
    /** Percent of queue usage above which the pool grows by 10. */
    scale_up_threshold: z.number().min(1).max(100),
    /** Percent of queue usage below which the pool shrinks by 5. */
    scale_down_threshold: z.number().min(0).max(99),
    /** Messages in the queue that count as 100 % usage. */
    queue_capacity: z.int().min(1).max(10_000_000),
  })
  .refine((row) => row.core_pool_size <= row.max_pool_size, {
    error: 'expected core_pool_size to be at most max_pool_size',
    path: ['core_pool_size'],
  })
  .refine((row) => row.scale_down_threshold < row.scale_up_threshold, {
    error: 'expected scale_down_threshold to be below scale_up_threshold',
    path: ['scale_down_threshold'],
  })
export type ThreadPoolConfig = z.infer<typeof threadPoolConfigSchema>

export const rateLimitConfigSchema = z.object({
  /** `api:<route>`, `channel:<channel>`, `service:<id>` or `recipient:<channel>`. */
  resource: z.string().min(1).max(200),
  limit_type: limitTypeSchema,
  /** Per window for qps and sliding_window; at the same time for concurrent. */
  max_value: z.int().min(1).max(10_000_000),
  window_seconds: z.number().min(0.1).max(86_400),
  enabled: z.union([z.boolean(), z.literal(0), z.literal(1)]).transform(Boolean),
})
export type RateLimitConfig = z.infer<typeof rateLimitConfigSchema>

export const systemConfigSchema = z.object({
  key: z.string().min(1).max(100),
  value: z.string(),
  category: z.string(),
  description: z.string(),
  value_type: z.enum(['string', 'int', 'number', 'boolean', 'json']),
  /** JSON: `{ "min", "max" }` for numbers, `{ "one_of": [...] }` for strings; null for none. */
  constraints: z.string().nullable(),
})
export type SystemConfig = z.infer<typeof systemConfigSchema>

/** A row that was refused, and what stays in force instead. */
export const settingsProblemSchema = z
  .object({ table: z.string(), row: z.string(), message: z.string() })
  .meta({ id: 'SettingsProblem' })
export type SettingsProblem = z.infer<typeof settingsProblemSchema>

export const SETTINGS_TABLES = ['thread_pool_configs', 'rate_limit_configs', 'system_config'] as const
export type SettingsTable = (typeof SETTINGS_TABLES)[number]

/** Unchecked: SQL may have written anything, also what was refused. */
const settingsFieldsSchema = z.record(z.string(), z.union([z.string(), z.number(), z.null()]))
export type SettingsFields = z.infer<typeof settingsFieldsSchema>

export const settingsRowSchema = z
  .object({
    table: z.enum(SETTINGS_TABLES),
    /** `message_sender`, `api:/messages/send qps`, `delivery.max_retries`. */
    name: z.string(),
    /** Null: there was no such row. */
    was: settingsFieldsSchema.nullable(),
    /** Null: there is no such row any more. */
    now: settingsFieldsSchema.nullable(),
    changed: z.boolean(),
  })
  .meta({ id: 'SettingsRow' })
export type SettingsRow = z.infer<typeof settingsRowSchema>

/** Where the newest settings are in force. */
export const settingsAppliedSchema = z
  .object({
    version: z.int().nonnegative(),
    /** When it was written; null when nobody knows any more. */
    since: instantSchema.nullable(),
    nodes: z.array(
      z.object({
        number: z.int().nonnegative(),
        name: z.string(),
        /** In force there. */
        version: z.int().nonnegative(),
        /** Null while it is not the newest. */
        applied_at: instantSchema.nullable(),
        /** Milliseconds from its being written; null also of a node that came later. */
        after_ms: z.int().nonnegative().nullable(),
        /** Rows that were refused there: the last good values stay in force. */
        problems: z.array(settingsProblemSchema),
      }),
    ),
  })
  .meta({ id: 'SettingsApplied' })
export type SettingsApplied = z.infer<typeof settingsAppliedSchema>

/** The three tables as they stood at a version, beside what stands there now. */
export const settingsVersionSchema = z
  .object({
    version: z.int().nonnegative(),
    /** When the version came into force; null when nobody knows any more. */
    since: instantSchema.nullable(),
    current_version: z.int().nonnegative(),
    rows: z.array(settingsRowSchema),
  })
  .meta({ id: 'SettingsVersion' })
export type SettingsVersion = z.infer<typeof settingsVersionSchema>
