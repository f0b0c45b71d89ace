import { inboxTokenRequestSchema, inboxTokenSchema } from '@signalbox/contracts'
import type { Deps } from '../deps.ts'
import { route, type Route } from '../http/route.ts'

export function inboxRoutes({ inbox, view }: Pick<Deps, 'inbox' | 'view'>): Route[] {
  return [
    route({
      method: 'post',
      path: '/api/inbox/tokens',
      operation: 'createInboxToken',
      tag: 'inbox',
      summary:
        'A token with which a device of this user connects to /inbox; for the server of your application to ask for',
      body: inboxTokenRequestSchema,
      data: inboxTokenSchema,
      status: 201,
      errors: [],
      example: { body: { user: 'user-10042', ttl_ms: 3_600_000 } },
      handle({ body: { user, ttl_ms } }) {
        const { token, expiresAt } = inbox.issueToken(user, ttl_ms)
        return { token, user, expires_at: view.instant(expiresAt) }
      },
    }),
  ]
}
