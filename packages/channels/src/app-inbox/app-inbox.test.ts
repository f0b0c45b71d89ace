import { describe, expect, it } from 'vitest'
import { content, recordingContext } from '../../test/support/context.ts'
import type { NewInboxEntry } from '../adapter.ts'
import { appInbox } from './app-inbox.ts'
import type { InboxSettings } from './settings.ts'

const NOW = Date.UTC(2026, 0, 15, 8)
const adapter = appInbox()

function settings(raw: unknown = {}): InboxSettings {
  const checked = adapter.settings(raw)
  if (!checked.ok) throw new Error(JSON.stringify(checked.errors))
  return checked.value
}

/** An inbox as the engine's is one: a record has one place. */
function context(put?: (entry: NewInboxEntry) => Promise<{ seq: number }>) {
  const entries: NewInboxEntry[] = []
  const placeOf = (recordId: number) => entries.findIndex((entry) => entry.recordId === recordId) + 1
  const ctx = recordingContext('app', { now: () => NOW })
  ctx.inbox = {
    put:
      put ??
      (async (entry) => {
        if (placeOf(entry.recordId) === 0) entries.push(entry)
        return { seq: placeOf(entry.recordId) }
      }),
    find: async (recordId) => (placeOf(recordId) === 0 ? null : { seq: placeOf(recordId) }),
  }
  return { ctx, entries }
}

const send = (ctx: ReturnType<typeof context>['ctx'], recordId = 7, cfg = settings()) =>
  adapter.send(
    {
      ...{ recordId, traceId: 'msg_1', to: ['user-1'], payload: { title: 'Hi', text: 'Hello' }, purpose: 'notice' },
      ...{ unsubscribeUrl: null, idempotencyKey: 'msg_1', deadline: NOW + 1_000, signal: new AbortController().signal },
    },
    cfg,
    ctx,
  )
const attempt = { recordId: 7, recipient: 'user-1', providerId: null, idempotencyKey: 'msg_1', at: NOW }

describe('app.inbox', () => {
  it('puts a message into the inbox of its user, with its time and place, and takes that for sent', async () => {
    const { ctx, entries } = context()
    const cfg = settings({ ttl_ms: 60_000, keep_messages: 5, ack_timeout_ms: 2_000 })
    expect(await send(ctx, 7, cfg)).toEqual([{ status: 'accepted', providerId: 'user-1:1', final: false }])
    expect(entries).toEqual([
      {
        ...{ recordId: 7, user: 'user-1', title: 'Hi', text: 'Hello' },
        ...{ expiresAt: NOW + 60_000, ackTimeoutMs: 2_000, keepAtMost: 5 },
      },
    ])
  })

  it('gives a message that is sent again the place it has', async () => {
    const { ctx } = context()
    await send(ctx, 6)
    expect(await send(ctx)).toMatchObject([{ providerId: 'user-1:2' }])
    expect(await send(ctx)).toMatchObject([{ providerId: 'user-1:2' }])
  })

  it('says of an attempt whose end is not known whether it got there', async () => {
    const { ctx } = context()
    expect(await adapter.reconcile?.(attempt, settings(), ctx)).toBe('not_found')
    await send(ctx)
    expect(await adapter.reconcile?.(attempt, settings(), ctx)).toMatchObject({ providerId: 'user-1:1' })
  })

  it('does not say sent when the store does not', async () => {
    const { ctx } = context(() => Promise.reject(new Error('no room')))
    await expect(send(ctx)).rejects.toThrow('no room')
  })

  it('keeps 100 messages for 7 days unless told otherwise', () => {
    expect(settings()).toEqual({ ttl_ms: 7 * 86_400_000, keep_messages: 100, ack_timeout_ms: 10_000 })
    expect(adapter.capabilities(settings())).toMatchObject({ receipt: 'ack', lookup: true, ttl: true })
  })

  it.each([
    [{ ttl_ms: 59_999 }, 'ttl_ms'],
    [{ keep_messages: 0 }, 'keep_messages'],
    [{ ack_timeout_ms: 60_001 }, 'ack_timeout_ms'],
    [{ other: 1 }, 'other'],
  ])('refuses the settings %j', (raw, field) => {
    expect(adapter.settings(raw)).toMatchObject({ ok: false, errors: [{ field }] })
  })

  it.each(['user-1', '用户_7', 'a', 'x'.repeat(128), 'tenant:ann@example.com'])('knows the user %s', (raw) => {
    expect(adapter.validateRecipient(raw, 'app', settings())).toEqual({ ok: true, to: raw, canonical: raw })
  })

  it.each(['', 'x'.repeat(129), 'a b', 'a/b', '<b>', 'a\n', 7, null])('knows no user %j', (raw) => {
    expect(adapter.validateRecipient(raw, 'app', settings())).toMatchObject({ ok: false })
  })

  it.each([
    ['a title', { subject: ' Title ' }, { title: 'Title', text: 'hello' }],
    ['no title', { subject: ' ' }, { title: null, text: 'hello' }],
    ['markup, which stays text', { text: '<b>1 < 2</b>' }, { title: null, text: '<b>1 < 2</b>' }],
    ['characters of two units as one each', { text: '😀'.repeat(3_900) }, { title: null, text: '😀'.repeat(3_900) }],
  ])('takes %s', (_what, fields, payload) => {
    expect(adapter.prepare(content(fields), {}, 'app', settings())).toEqual({ ok: true, payload })
  })

  it.each([
    ['no text', { text: ' \n' }, 'text'],
    ['HTML', { html: '<p>hello</p>' }, 'html'],
    ['a title of 201 characters', { subject: 'x'.repeat(201) }, 'title'],
    ['4,001 characters', { text: 'x'.repeat(4_001) }, 'text'],
    ['more than 16 KiB', { text: '\u0001'.repeat(2_700) }, 'text'],
  ])('refuses %s', (_what, fields, field) => {
    expect(adapter.prepare(content(fields), {}, 'app', settings())).toMatchObject({ ok: false, errors: [{ field }] })
  })
})
