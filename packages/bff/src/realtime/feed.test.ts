import { FEED_FAILURES, FEED_ROWS, type MessageState } from '@signalbox/contracts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { MessageRecord } from '@signalbox/engine'
import { presentMessage } from '../present/message.ts'
import { createFeed } from './feed.ts'

const view = {
  instant: (ms: number) => new Date(ms).toISOString(),
  names: { template: String, service: String, close: () => undefined },
}

function record(id: number, state: MessageState): MessageRecord {
  return {
    ...{ id, state, channel: 'sms', recipient: '+8613800138000', templateId: 1, templateVersion: 1, variables: {} },
    ...{ priority: 5, flow: 'api', taskId: null, attempt: 0, fence: 0, serviceId: null, providerId: null },
    ...{
      pendingReason: null,
      dueAt: 0,
      expiresAt: null,
      errorCode: null,
      errorMessage: null,
      acceptedAt: 0,
      firstDueAt: 0,
    },
    ...{ claimedAt: null, finishedAt: null, updatedAt: 0, settingsVersion: 1, traceparent: null, timeZone: null },
  }
}
const newFeed = () => createFeed((message: MessageRecord) => presentMessage(message, view))
const ids = (rows: { record_id: number }[]) => rows.map((row) => row.record_id)

describe('the feed', () => {
  it('holds the newest rows, newest first, each as it stands', () => {
    const feed = newFeed()
    for (let id = 1; id <= 80; id++) feed.note(record(id, 'queued'), false)
    feed.note(record(79, 'sent'), false)
    feed.note(record(3, 'sent'), false)
    expect(ids(feed.rows())).toEqual(Array.from({ length: FEED_ROWS }, (_, i) => 80 - i))
    expect(feed.rows()[1]).toMatchObject({ record_id: 79, status: 'sent' })
  })

  it('says how many moved, and sends one row for a message that moved often', () => {
    const feed = newFeed()
    for (const state of ['queued', 'sending', 'sent'] as const) feed.note(record(1, state), true)
    feed.note(record(2, 'queued'), true)
    expect(feed.flush()).toMatchObject({
      changed: 2,
      failures: 0,
      rows: [{ record_id: 2 }, { record_id: 1, status: 'sent' }],
    })
    expect(feed.flush()).toEqual({ changed: 0, failures: 0, rows: [] })
  })

  it('leaves out others before it leaves out a failure', () => {
    const feed = newFeed()
    for (let id = 1; id <= 60; id++) feed.note(record(id, 'failed'), true)
    for (let id = 61; id <= 200; id++) feed.note(record(id, 'sent'), true)
    const tick = feed.flush()
    expect(tick).toMatchObject({ changed: 200, failures: 60 })
    expect(tick.rows.filter((row) => row.status === 'failed')).toHaveLength(60)
  })

  it('takes a replayed message out of the failures', () => {
    const feed = newFeed()
    feed.note(record(1, 'failed'), true)
    feed.note(record(1, 'queued'), true)
    expect(feed.flush()).toMatchObject({ failures: 0, rows: [{ status: 'queued' }] })
  })

  it('stays within its bounds and loses no failure below them, whatever happens', () => {
    const moves = fc.array(
      fc.tuple(fc.integer({ min: 1, max: 400 }), fc.constantFrom<MessageState>('queued', 'sent', 'failed', 'unknown')),
      { maxLength: 1000 },
    )
    fc.assert(
      fc.property(moves, (all) => {
        const feed = newFeed()
        const last = new Map<number, MessageState>()
        for (const [id, state] of all) {
          feed.note(record(id, state), true)
          last.set(id, state)
        }
        const { rows, changed, failures } = feed.flush()
        const failed = [...last].filter(([, state]) => state === 'failed' || state === 'unknown')
        expect(changed).toBe(last.size)
        expect(failures).toBe(failed.length)
        expect(feed.rows().length).toBeLessThanOrEqual(FEED_ROWS)
        expect(rows.length).toBeLessThanOrEqual(Math.max(FEED_ROWS, Math.min(failed.length, FEED_FAILURES)))
        if (failed.length <= FEED_FAILURES) expect(ids(rows)).toEqual(expect.arrayContaining(failed.map(([id]) => id)))
        for (const row of rows) expect(row.status).toBe(last.get(row.record_id))
      }),
    )
  })
})
