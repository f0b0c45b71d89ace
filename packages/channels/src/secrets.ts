/** Fields that hold a secret: written by the operator, never read back, looked up by their name while sending. */
import { z } from 'zod'
import type { AdapterContext } from './adapter.ts'
import { words, type Words } from './form.ts'
import { SHORTEST_TOKEN } from './http/token.ts'
import type { Failed } from './provider-codes.ts'

const plainSchema = z
  .string()
  .min(1, 'expected a secret, got an empty text')
  .max(4096, 'expected a secret of at most 4096 characters')
  .regex(/^[^\p{Cc}]*$/u, 'expected a secret on one line')

const environmentSchema = z.strictObject({
  env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, 'expected a name of letters, digits and _'),
})
const storedSchema = z.strictObject({ stored: z.literal(true) })

/**
 * As text it is kept encrypted; `{env}` names the variable that holds it; `{stored: true}` stands for the one that is kept. An
 * adapter learns from its settings only that there is one, and asks `ctx.secret` for it by the name of the field.
 */
export function secretSchema(of: Words, plain: z.ZodType<string> = plainSchema) {
  const error = 'expected the secret as text, or {"env": "SECRET_…"}, or {"stored": true} for the one that is kept'
  return z.union([plain, environmentSchema, storedSchema], { error }).meta(words(of, { secret: true }))
}

/** It is the only thing that keeps strangers from reporting: `opensWith` takes none that is shorter. */
const tokenSchema = plainSchema
  .min(SHORTEST_TOKEN, `expected at least ${SHORTEST_TOKEN} characters: fewer could be guessed`)
  .regex(/^[\w.~-]*$/, 'expected letters, digits and - . _ ~, as they stand in an address')

const TOKEN_WORDS: Words = {
  en: [
    'Receipt token',
    'End of the receipt address, at least 24 characters: /callbacks/<service id>/<token>. Left out: receipts are refused',
  ],
  zh: ['回执令牌', '回执地址的结尾，至少 24 个字符：/callbacks/<服务编号>/<令牌>。留空则拒收回执'],
}

/** The end of the address that receipts come to. */
export function receiptTokenSchema(of: Words = TOKEN_WORDS) {
  return secretSchema(of, tokenSchema).optional()
}

/** The secret of that field, or the failure of a service that has none. */
export function secretOf(
  ctx: Pick<AdapterContext, 'secret'>,
  field: string,
): { ok: true; value: string } | { ok: false; outcome: Failed } {
  const value = ctx.secret(field)
  if (value !== undefined && value !== '') return { ok: true, value }
  const detail = `expected the secret ${field}, got none: enter it, or set the variable that it names`
  return { ok: false, outcome: { status: 'failed', category: 'auth', scope: 'account', code: 'no_secret', detail } }
}
