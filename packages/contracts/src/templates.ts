import { z } from 'zod'
import { recipientSchema, variablesSchema } from './messages.ts'
import { channelSchema, instantSchema, percentSchema, purposeSchema } from './vocabulary.ts'

export const TEMPLATE_LIMITS = { contentChars: 100_000, subjectChars: 998, nameChars: 100, variables: 100 } as const

export const MJML_LIMITS = {
  /** What it may become: half of what one rendered text may be, so that values have room. */
  htmlChars: 500_000,
  /** It is given up after so long. */
  compileMs: 10_000,
  /** Problems told, and the length of each. */
  problems: 20,
  messageChars: 300,
} as const

/** A variable's name as it stands between `{{` and `}}`. */
export const variableNameSchema = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/, 'expected a letter or _ followed by letters, digits or _, at most 64 in all')

/**
 * In marketing by e-mail it is no variable of the caller's: each recipient's own link to unsubscribe takes its place. Elsewhere
 * it is a name like any other.
 */
export const UNSUBSCRIBE_VARIABLE = 'unsubscribe_url'

export const templateStatusSchema = z.enum(['draft', 'active', 'archived'])
export type TemplateStatus = z.infer<typeof templateStatusSchema>

/**
 * `html` and `mjml` are for e-mail only: variables are escaped, and a text part is derived. MJML becomes HTML when it is
 * published.
 */
export const templateFormatSchema = z.enum(['text', 'html', 'mjml'])
export type TemplateFormat = z.infer<typeof templateFormatSchema>

const content = z.string().min(1).max(TEMPLATE_LIMITS.contentChars)
const subject = z.string().max(TEMPLATE_LIMITS.subjectChars).nullable()
const name = z.string().trim().min(1).max(TEMPLATE_LIMITS.nameChars)
const variables = z.array(variableNameSchema).max(TEMPLATE_LIMITS.variables)
/** Who did it, as they call themselves. */
const author = z.string().trim().min(1).max(80)
const note = z.string().max(500)

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
    /** In force at once, for what waits too: it belongs to the template, not to a version. */
    purpose: purposeSchema,
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
    /** From 1. Negative: a text that was sent as a test and never published. */
    version: z.int(),
    format: templateFormatSchema,
    subject: z.string().nullable(),
    content: z.string(),
    variables: z.array(z.string()),
    note: z.string().nullable(),
    author: z.string().nullable(),
    created_at: instantSchema,
  })
  .meta({ id: 'TemplateVersion' })
export type TemplateVersion = z.infer<typeof templateVersionSchema>

/** How much each template is used and how that goes, from rollups. */
export const templateUseSchema = z
  .object({
    /** The counts are of whole hours from then: seven days. */
    since: instantSchema,
    templates: z.array(
      z.object({
        template_id: z.int().positive(),
        /** To the minute; null when no message of it was accepted. */
        last_used_at: instantSchema.nullable(),
        /** Sent, delivered or read. */
        success: z.int().nonnegative(),
        failed: z.int().nonnegative(),
        expired: z.int().nonnegative(),
        unknown: z.int().nonnegative(),
        success_rate: percentSchema,
      }),
    ),
  })
  .meta({ id: 'TemplateUse' })
export type TemplateUse = z.infer<typeof templateUseSchema>

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
    /** `notice` when left out. */
    purpose: purposeSchema.optional(),
    note: note.optional(),
    author: author.optional(),
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
    purpose: purposeSchema.optional(),
    publish: z.boolean().optional(),
    note: note.optional(),
    author: author.optional(),
    revision: z.int().positive().optional(),
  })
  .meta({ id: 'UpdateTemplate' })
export type UpdateTemplate = z.infer<typeof updateTemplateSchema>

export const publishTemplateSchema = z
  .strictObject({ note: note.optional(), author: author.optional() })
  .meta({ id: 'PublishTemplate' })
export const rollbackTemplateSchema = z
  .strictObject({ version: z.int().positive(), note: note.optional(), author: author.optional() })
  .meta({ id: 'RollbackTemplate' })

/** A template that messages refer to is archived, so that their traces still name it. */
export const templateRemovalSchema = z
  .object({ outcome: z.enum(['removed', 'archived']) })
  .meta({ id: 'TemplateRemoval' })
export type TemplateRemoval = z.infer<typeof templateRemovalSchema>

/** As an edit: what is left out stays as it stands. */
const edit = {
  format: templateFormatSchema.optional(),
  subject: subject.optional(),
  content: content.optional(),
}

export const RENDERED_AT_MOST = 10_000

/** What publishing this edit would do to the template's last messages. Changes nothing. */
export const renderTemplateSchema = z
  .strictObject({ ...edit, last: z.int().min(1).max(RENDERED_AT_MOST).default(1_000) })
  .meta({ id: 'RenderTemplate' })
export type RenderTemplate = z.input<typeof renderTemplateSchema>

const message = { record_id: z.int(), trace_id: z.string() }

export const renderReportSchema = z
  .object({
    /** Messages there were, at most `last`. */
    total: z.int().nonnegative(),
    /** Would be refused, or could not be rendered. */
    failed: z.int().nonnegative(),
    changed: z.int().nonnegative(),
    unchanged: z.int().nonnegative(),
    /** The first of each. */
    failures: z.array(z.object({ ...message, message: z.string() })),
    /** From some characters before the first one that differs; null: there is none. */
    differences: z.array(
      z.object({
        ...message,
        field: z.enum(['subject', 'content']),
        at: z.int().nonnegative(),
        before: z.string().nullable(),
        after: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: 'RenderReport' })
export type RenderReport = z.infer<typeof renderReportSchema>

export const templatePayloadsQuerySchema = z.strictObject({ limit: z.coerce.number().int().min(1).max(50).default(20) })
/** The variables of one of the template's messages. */
export const templatePayloadSchema = z
  .object({ ...message, variables: z.record(z.string(), z.string()) })
  .meta({ id: 'TemplatePayload' })
export type TemplatePayload = z.infer<typeof templatePayloadSchema>

/** Renders the edit and keeps it in the sandbox; nothing leaves. */
export const testTemplateSchema = z.strictObject({ ...edit, variables: variablesSchema }).meta({ id: 'TestTemplate' })
export type TestTemplate = z.infer<typeof testTemplateSchema>
export const testedTemplateSchema = z
  .object({ subject: z.string().nullable(), text: z.string(), html: z.string().nullable() })
  .meta({ id: 'TestedTemplate' })
export type TestedTemplate = z.infer<typeof testedTemplateSchema>

/** Sends the edit to one real recipient, as a message like any other. It is not published by that. */
export const sendTestSchema = z
  .strictObject({
    ...edit,
    variables: variablesSchema.default({}),
    recipient: recipientSchema,
    author: author.optional(),
  })
  .meta({ id: 'SendTest' })
export type SendTest = z.input<typeof sendTestSchema>

export const compileMjmlSchema = z.strictObject({ content }).meta({ id: 'CompileMjml' })
export const compiledMjmlSchema = z
  .object({
    html: z.string(),
    /** `line` counts from 1. */
    problems: z.array(z.object({ line: z.int().positive().nullable(), message: z.string() })),
  })
  .meta({ id: 'CompiledMjml' })
export type CompiledMjml = z.infer<typeof compiledMjmlSchema>

export const duplicateTemplateSchema = z.strictObject({ name: name.optional() }).meta({ id: 'DuplicateTemplate' })

/** A file of templates, as it leaves one system and enters another: texts only, without ids, versions or messages. */
export const templateFileSchema = z
  .strictObject({
    format: z.literal('signalbox.templates'),
    version: z.literal(1),
    templates: z
      .array(
        z.strictObject({
          name,
          channel: channelSchema,
          format: templateFormatSchema,
          subject,
          content,
          variables: variables.optional(),
          purpose: purposeSchema.optional(),
        }),
      )
      .min(1)
      .max(500),
  })
  .meta({ id: 'TemplateFile' })
export type TemplateFile = z.infer<typeof templateFileSchema>

export const exportTemplatesQuerySchema = z.strictObject({
  /** Separated by commas; all that are not archived when left out. */
  ids: z
    .string()
    .regex(/^[1-9]\d{0,15}(,[1-9]\d{0,15}){0,499}$/, 'expected template ids, separated by commas')
    .optional(),
})

export const startExperimentSchema = z
  .strictObject({
    /** The version to try against the one in force. */
    version: z.int().positive(),
    /** Percent of recipients that get it. */
    share_percent: z.int().min(1).max(99).default(50),
    /** Ended messages per version at which the result is read, chosen beforehand. */
    planned_per_version: z.int().min(50).max(10_000_000).default(1_000),
    by: author.optional(),
  })
  .meta({ id: 'StartExperiment' })
export type StartExperiment = z.input<typeof startExperimentSchema>
export const endExperimentSchema = z.strictObject({ by: author.optional() }).meta({ id: 'EndExperiment' })
export const promoteExperimentSchema = z
  .strictObject({ version: z.int().positive(), by: author.optional() })
  .meta({ id: 'PromoteExperiment' })

const count = z.int().nonnegative()
const armThen = z.object({ version: z.int().positive(), failed: count, ended: count })
const by = z.string().nullable()

/** Why an experiment no longer runs. */
export const experimentStopSchema = z
  .discriminatedUnion('kind', [
    /** By itself: this version clearly failed more often than the other one. Figures of that moment. */
    z.object({ kind: z.literal('failing'), bad: armThen, good: armThen }),
    z.object({ kind: z.literal('ended'), by }),
    z.object({ kind: z.literal('promoted'), version: z.int().positive(), by }),
    /** Another version came into force for everybody. */
    z.object({ kind: z.literal('published'), version: z.int().positive(), by }),
    z.object({ kind: z.literal('archived') }),
  ])
  .meta({ id: 'ExperimentStop' })
export type ExperimentStop = z.infer<typeof experimentStopSchema>

const arm = z.object({
  version: z.int().positive(),
  accepted: z.int().nonnegative(),
  /** Sent, delivered, read, failed or expired. */
  ended: z.int().nonnegative(),
  succeeded: z.int().nonnegative(),
  /** Or expired. */
  failed: z.int().nonnegative(),
  read: z.int().nonnegative(),
})

export const experimentSchema = z
  .object({
    template_id: z.int().positive(),
    /** `stopped` by itself: everybody gets the version that fails less, until it is `ended`. */
    state: z.enum(['running', 'stopped', 'ended']),
    /** In force when it began. */
    a: arm,
    b: arm,
    /** Of recipients that get B now. */
    share_percent: z.int().min(0).max(100),
    planned_per_version: z.int().positive(),
    /** Nothing is claimed before both have the size that was planned. */
    finding: z.enum(['collecting', 'too_few_failures', 'no_difference', 'a_fails_less', 'b_fails_less']),
    /** Of a two-proportion z-test on the failures, two-sided. */
    p: z.number().nullable(),
    started_at: instantSchema,
    started_by: z.string().nullable(),
    stopped_at: instantSchema.nullable(),
    /** Null while it runs. */
    stop: experimentStopSchema.nullable(),
  })
  .meta({ id: 'Experiment' })
export type Experiment = z.infer<typeof experimentSchema>
