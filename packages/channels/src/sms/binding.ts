/**
 * Providers that keep the text themselves: which of their templates stands for which of ours, and what may go into its
 * variables. Our template has the same text, so that the screen shows what is read on the phone.
 */
import { z } from 'zod'
import type { FieldError, RenderedContent } from '../adapter.ts'

/** `otp`: one-time codes; the carriers' rules differ by purpose. */
const purposeSchema = z.enum(['otp', 'notice', 'marketing'])

const variableSchema = z.strictObject({
  name: z.string().min(1).max(64).describe('Name of the variable in our template'),
  param: z.string().min(1).max(64).optional().describe("The provider's name for it; left out: the same"),
  max_length: z
    .int()
    .min(1)
    .max(500)
    .optional()
    .describe('Characters it may have at most; left out: what the provider allows'),
})

/** `code`: what the provider's ids of templates look like. */
export function bindingsSchema(code: RegExp, example: string) {
  const binding = z.strictObject({
    template_id: z.int().min(1).describe('Our template'),
    code: z
      .string()
      .regex(code, `expected the provider's id of the template, such as ${example}`)
      .describe("The provider's template"),
    sign_name: z
      .string()
      .min(1)
      .max(20)
      .optional()
      .describe('Signature of this template, if it is not that of the account'),
    purpose: purposeSchema.default('notice').describe('What the provider approved the template for'),
    variables: z.array(variableSchema).max(20).default([]).describe("The provider's variables, in its order"),
  })
  return z
    .array(binding)
    .max(1000)
    .refine((all) => new Set(all.map((each) => each.template_id)).size === all.length, {
      error: 'expected each of our templates once',
    })
    .default([])
    .describe('Which template at the provider stands for which of ours')
}

export type Binding = z.output<ReturnType<typeof bindingsSchema>>[number]

export interface Limits {
  /** Characters of one value. */
  valueChars: number
  textChars: number
  /** Of a code in a template for one-time codes. */
  otp: RegExp
  otpWords: string
  /** Where 拒收请回复R has to stand: at the end of marketing and nowhere else, or anywhere in marketing. */
  wayOut: 'ends marketing' | 'in marketing'
}

export type Bound =
  { ok: true; binding: Binding; values: { param: string; value: string }[] } | { ok: false; errors: FieldError[] }

/** Fills the provider's variables from ours and checks what the provider would refuse. */
export function bind(
  content: RenderedContent,
  variables: Record<string, string>,
  bindings: readonly Binding[],
  limits: Limits,
): Bound {
  const binding = bindings.find(({ template_id: id }) => id === content.templateId)
  if (!binding) {
    const message = `expected a binding of template ${content.templateId} in the settings of the service, got none`
    return { ok: false, errors: [{ field: 'templates', message }] }
  }
  const values = binding.variables.map(({ name, param }) => ({
    name,
    param: param ?? name,
    value: Object.hasOwn(variables, name) ? (variables[name] ?? '') : '',
  }))
  const errors = [
    ...values.flatMap(({ name, value }, at) => {
      const most = Math.min(binding.variables[at]?.max_length ?? Infinity, limits.valueChars)
      const problem = problemOf(value, binding, most, limits)
      return problem ? [{ field: `variables.${name}`, message: problem }] : []
    }),
    ...textProblems(content.text, binding, limits).map((message) => ({ field: 'text', message })),
  ]
  return errors.length > 0 ? { ok: false, errors } : { ok: true, binding, values }
}

function problemOf(value: string, { purpose }: Binding, most: number, limits: Limits): string | null {
  const length = [...value].length
  if (purpose === 'otp' && !limits.otp.test(value)) return `expected ${limits.otpWords}, got ${length} characters`
  if (length < 1 || length > most) return `expected 1 to ${most} characters, got ${length}`
  if (/[【】]/.test(value)) return 'expected no 【 or 】: they mark the signature'
  if (/https?:\/\/|www\./i.test(value)) return 'expected no link: links stand in the approved template'
  return null
}

/** 拒收请回复R: the way out that carriers demand in marketing, and forbid in notices. */
const WAY_OUT = '拒收请回复R'

function textProblems(text: string, { purpose }: Binding, { textChars, wayOut }: Limits): string[] {
  const length = [...text].length
  const problems: string[] = []
  if (length < 1 || length > textChars) problems.push(`expected 1 to ${textChars} characters, got ${length}`)
  const atEnd = wayOut === 'ends marketing'
  if (purpose === 'marketing' && !(atEnd ? text.endsWith(WAY_OUT) : text.includes(WAY_OUT))) {
    problems.push(`expected marketing to ${atEnd ? 'end in' : 'hold'} ${WAY_OUT}`)
  }
  if (purpose === 'notice' && atEnd && text.includes(WAY_OUT)) problems.push(`expected a notice without ${WAY_OUT}`)
  return problems
}
