import { z } from 'zod'
import { channelSchema } from './vocabulary.ts'

/** Words of the schema in Chinese. Its own `title` and `description` are the English ones. */
const zhSchema = z.object({ title: z.string().optional(), description: z.string().optional() })

/**
 * A part of the settings of a service, as JSON Schema (draft 2020-12) with two keywords of our own: `zh` and `secret`. A form can
 * be made of it: properties stand in the order in which they are to be filled in.
 *
 * A `secret` is written as text, which is kept encrypted, or as `{env: "SECRET_…"}`, the variable that holds it. It is read as
 * `{stored: true}` or `{env}`, never as text; `{stored: true}` sent back keeps what is stored. `{stored: false}` is read where
 * it was stored and cannot be opened any more: the service sends nothing until the secret is entered anew.
 */
export const settingsNodeSchema = z
  .looseObject({
    type: z.enum(['object', 'array', 'string', 'integer', 'number', 'boolean']).optional(),
    title: z.string().optional(),
    description: z.string().optional(),
    zh: zhSchema.optional(),
    secret: z.literal(true).optional(),
    /** Taken when the field is left out. */
    default: z.unknown().optional(),
    examples: z.array(z.unknown()).optional(),
    enum: z.array(z.string()).optional(),
    const: z.unknown().optional(),
    minimum: z.number().optional(),
    maximum: z.number().optional(),
    exclusiveMinimum: z.number().optional(),
    minLength: z.int().optional(),
    maxLength: z.int().optional(),
    pattern: z.string().optional(),
    minItems: z.int().optional(),
    maxItems: z.int().optional(),
    required: z.array(z.string()).optional(),
    /** By the name of a field: those that must be there with it. */
    dependentRequired: z.record(z.string(), z.array(z.string())).optional(),
    get properties() {
      return z.record(z.string(), settingsNodeSchema).optional()
    },
    get items() {
      return settingsNodeSchema.optional()
    },
    /** One of these. */
    get anyOf() {
      return z.array(settingsNodeSchema).optional()
    },
    /** Exactly one of these; of an object each says which fields are then there. */
    get oneOf() {
      return z.array(settingsNodeSchema).optional()
    },
  })
  .meta({ id: 'SettingsNode' })
export type SettingsNode = z.infer<typeof settingsNodeSchema>

export const adapterSchema = z
  .object({
    /** `sms.aliyun`: what a service names. */
    key: z.string(),
    title: z.string(),
    zh: z.object({ title: z.string() }),
    channels: z.array(channelSchema),
    /** True for the sandbox: it keeps messages and sends none. */
    keeps_only: z.boolean(),
    /** How receipts come at best; the settings of a service may leave them out. */
    receipts: z.enum(['push', 'poll', 'ack', 'none']),
    /** Takes what the provider posts to `/callbacks/<service id>`. */
    callback: z.boolean(),
    /** The provider can be asked afterwards what became of a message. */
    lookup: z.boolean(),
    settings_schema: settingsNodeSchema,
  })
  .meta({ id: 'Adapter' })
export type Adapter = z.infer<typeof adapterSchema>
