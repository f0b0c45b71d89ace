import type { AdapterContext } from './adapter.ts'
import type { Failed } from './provider-codes.ts'

/** The secret of that name, or the failure of a service whose environment lacks it. */
export function secretOf(
  ctx: Pick<AdapterContext, 'secret'>,
  name: string,
): { ok: true; value: string } | { ok: false; outcome: Failed } {
  const value = ctx.secret(name)
  if (value !== undefined && value !== '') return { ok: true, value }
  const detail = `expected a secret named ${name}, got none`
  return { ok: false, outcome: { status: 'failed', category: 'auth', scope: 'account', code: 'no_secret', detail } }
}
