import { z } from 'zod'
import { channelSchema, instantSchema } from './vocabulary.ts'

export const TEMPLATE_LIMITS = { contentChars: 100_000, subjectChars: 998, nameChars: 100, variables: 100 } as const

/** A variable's name as it stands between `{{` and `}}`. */
export const variableNameSchema = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/, 'expected a letter or _ followed by letters, digits or _, at most 64 in all')

export const templateStatusSchema = z.enum(['draft', 'active', 'archived'])
export type TemplateStatus = z.infer<typeof templateStatusSchema>

/** `html` is for e-mail only: variables are escaped, and a text part is derived. */
export const templateFormatSchema = z.enum(['text', 'html'])
export type TemplateFormat = z.infer<typeof templateFormatSchema>

const content = z.string().min(1).max(TEMPLATE_LIMITS.contentChars)
const subject = z.string().max(TEMPLATE_LIMITS.subjectChars).nullable()
const name = z.string().trim().min(1).max(TEMPLATE_LIMITS.nameChars)
const variables = z.array(variableNameSchema).max(TEMPLATE_LIMITS.variables)

export const templateSchema = z
  .object({
    id: z.int().positive(),
    name: z.string(),
    channel: channelSchema,
    format: templateFormatSchema,
    subject: z.string().nullable(),
    content: z.string(),
    variables: z.array(z.string()),
    status: templateStatusSchema,
    /** The published version in force; 0 while there is none. */
    version: z.int().nonnegative(),
    /** True when what is shown above differs from the published version. */
    has_draft: z.boolean(),
    /** Goes up with every change; send it back with PUT and a lost update becomes a 409. */
    revision: z.int().positive(),
    created_at: instantSchema,
    updated_at: instantSchema,
  })
  .meta({ id: 'Template' })
export type Template = z.infer<typeof templateSchema>

export const templateVersionSchema = z
  .object({
    template_id: z.int().positive(),
    version: z.int().positive(),
    format: templateFormatSchema,
    subject: z.string().nullable(),
    content: z.string(),
    variables: z.array(z.string()),
    note: z.string().nullable(),
    created_at: instantSchema,
  })
  .meta({ id: 'TemplateVersion' })
export type TemplateVersion = z.infer<typeof templateVersionSchema>

export const templateListQuerySchema = z.strictObject({
  channel: channelSchema.optional(),
  status: templateStatusSchema.optional(),
})
export type TemplateListQuery = z.infer<typeof templateListQuerySchema>

export const createTemplateSchema = z
  .strictObject({
    name,
    channel: channelSchema,
    format: templateFormatSchema.optional(),
    subject: subject.optional(),
    content,
    /** Names used in subject and content, each exactly once in this list, in any order. Taken from them when left out. */
    variables: variables.optional(),
    status: z.enum(['draft', 'active']).optional(),
  })
  .meta({ id: 'CreateTemplate' })
export type CreateTemplate = z.infer<typeof createTemplateSchema>

/** Saves; an active template is published as a new version at once unless `publish: false` keeps it as a draft. */
export const updateTemplateSchema = z
  .strictObject({
    name: name.optional(),
    format: templateFormatSchema.optional(),
    subject: subject.optional(),
    content: content.optional(),
    variables: variables.optional(),
    publish: z.boolean().optional(),
    note: z.string().max(500).optional(),
    revision: z.int().positive().optional(),
  })
  .meta({ id: 'UpdateTemplate' })
export type UpdateTemplate = z.infer<typeof updateTemplateSchema>

export const publishTemplateSchema = z
  .strictObject({ note: z.string().max(500).optional() })
  .meta({ id: 'PublishTemplate' })
export const rollbackTemplateSchema = z
  .strictObject({ version: z.int().positive(), note: z.string().max(500).optional() })
  .meta({ id: 'RollbackTemplate' })

/** A template that messages refer to is archived, so that their traces still name it. */
export const templateRemovalSchema = z
  .object({ outcome: z.enum(['removed', 'archived']) })
  .meta({ id: 'TemplateRemoval' })
export type TemplateRemoval = z.infer<typeof templateRemovalSchema>
