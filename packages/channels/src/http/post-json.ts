import type { AdapterContext, Delivery } from '../adapter.ts'
import { callProvider, type ProviderAnswer } from './call.ts'

export interface JsonPost {
  url: URL
  body: unknown
  headers?: Readonly<Record<string, string>>
  /** Never shown; see `ProviderRequest`. */
  secrets: readonly string[]
}

/** One POST of JSON on behalf of a delivery: its deadline, its signal. Never rejects. */
export function postJson(
  { url, body, headers = {}, secrets }: JsonPost,
  delivery: Pick<Delivery<unknown, unknown>, 'deadline' | 'signal'>,
  ctx: Pick<AdapterContext, 'now'>,
): Promise<ProviderAnswer> {
  const { deadline, signal } = delivery
  return callProvider(
    {
      method: 'POST',
      url,
      headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
      body: JSON.stringify(body),
      secrets,
      deadline,
      signal,
    },
    ctx.now,
  )
}
