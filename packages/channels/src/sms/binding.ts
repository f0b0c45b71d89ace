/**
 * Providers that keep the text themselves: which of their templates stands for which of ours, and what may go into its
 * variables. Our template has the same text, so that the screen shows what is read on the phone.
 */
import { z } from 'zod'
import type { FieldError, RenderedContent } from '../adapter.ts'
import { words, type Words } from '../form.ts'

/** `otp`: one-time codes; the carriers' rules differ by purpose. */
const purposeSchema = z.enum(['otp', 'notice', 'marketing'])

const variableSchema = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(64)
    .meta(words({ en: ['Variable', 'Its name in our template'], zh: ['变量', '在我们的模板中的名称'] })),
  param: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .meta(
      words({
        en: ["Provider's name", "The provider's name for it. Left out: the same"],
        zh: ['服务商变量名', '在服务商模板中的名称。留空则相同'],
      }),
    ),
  max_length: z
    .int()
    .min(1)
    .max(500)
    .optional()
    .meta(
      words({
        en: ['Longest value', 'In characters. Left out: what the provider allows'],
        zh: ['最大长度', '单位字符。留空则以服务商的限制为准'],
      }),
    ),
})

export const signNameSchema = (of: Words) => z.string().min(1).max(20).meta(words(of))

/** `code`: what the provider's ids of templates look like. */
export function bindingsSchema(code: RegExp, example: string) {
  const binding = z.strictObject({
    template_id: z
      .int()
      .min(1)
      .meta(words({ en: ['Template', 'Id of our template'], zh: ['模板', '我们的模板编号'] })),
    code: z
      .string()
      .regex(code, `expected the provider's id of the template, such as ${example}`)
      .meta(
        words(
          { en: ["Provider's template", 'Its id at the provider'], zh: ['服务商模板', '服务商处的模板编号'] },
          { examples: [example] },
        ),
      ),
    sign_name: signNameSchema({
      en: ['Signature', 'Of this template, if it is not that of the account'],
      zh: ['短信签名', '此模板的签名，与账号签名不同时填写'],
    }).optional(),
    purpose: purposeSchema.default('notice').meta(
      words({
        en: ['Purpose', 'What the provider approved the template for'],
        zh: ['用途', '服务商审核时的用途：验证码、通知或营销'],
      }),
    ),
    variables: z
      .array(variableSchema)
      .max(20)
      .default([])
      .meta(
        words({
          en: ['Variables', "The provider's variables, in its order"],
          zh: ['变量', '服务商模板的变量，按其顺序'],
        }),
      ),
  })
  return z
    .array(binding)
    .max(1000)
    .refine((all) => new Set(all.map((each) => each.template_id)).size === all.length, {
      error: 'expected each of our templates once',
    })
    .default([])
    .meta(
      words({
        en: ['Templates', 'Which template at the provider stands for which of ours'],
        zh: ['模板对应', '服务商的哪个模板对应我们的哪个模板'],
      }),
    )
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
