/**
 * `/unsubscribe/:token`: how a recipient gets off marketing, by the mail program's own button (RFC 8058: a POST with
 * `List-Unsubscribe=One-Click`, without cookies) or by the one on our page. GET changes nothing: programs that look through
 * mails follow every link. It comes from outside, so the loopback rule does not hold here; the seal of the token does.
 */
import type { Engine } from '@signalbox/engine'
import { Router, type RequestHandler, type Response } from 'express'
import { maskRecipient } from '../present/mask.ts'
import { readBytes } from './body.ts'
import { rateLimit } from './rate-limit.ts'
import { named, sendText } from './reply.ts'
import { unsubscribePage, type PageKind } from './unsubscribe-page.ts'

/** The name in logs, metrics and limits: never the URL, which is the recipient's own. */
const ROUTE = '/unsubscribe/:token'
const BODY_LIMIT_BYTES = 4 * 1024

const HEADERS = {
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-robots-tag': 'noindex',
}

export function unsubscribe({ unsubscribe: links, limiter }: Pick<Engine, 'unsubscribe' | 'limiter'>): Router {
  const router = Router({ caseSensitive: true, strict: true })
  const limit = rateLimit(limiter, 'api:/unsubscribe')

  const show: RequestHandler<{ token: string }> = async (request, response) => {
    await limit(response)
    const known = links.read(request.params.token)
    page(response, request.headers['accept-language'], known ? 'ask' : 'unknown', known)
  }

  const take: RequestHandler<{ token: string }> = async (request, response) => {
    await limit(response)
    const language = request.headers['accept-language']
    const body = (await readBytes(request, BODY_LIMIT_BYTES)).toString('latin1')
    const { token } = request.params
    const known = links.read(token)
    if (!known) return page(response, language, 'unknown', null)
    // As a form of either kind that RFC 8058 knows; anything else is no wish to unsubscribe.
    if (!/List-Unsubscribe\b[\s\S]{1,200}?One-Click/.test(body)) return page(response, language, 'ask', known, 400)
    await links.take(token)
    return page(response, language, 'done', known)
  }

  router.get(ROUTE, named(ROUTE), show)
  router.post(ROUTE, named(ROUTE), take)
  return router
}

const STATUS: Record<PageKind, number> = { ask: 200, done: 200, unknown: 404 }

function page(
  response: Response,
  language: string | undefined,
  kind: PageKind,
  who: ReturnType<Engine['unsubscribe']['read']>,
  status = STATUS[kind],
): void {
  for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value)
  const text = unsubscribePage(kind, language, who ? maskRecipient(who.channel, who.recipient) : '')
  sendText(response, status, 'text/html; charset=utf-8', text)
}
