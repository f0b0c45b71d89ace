import type { MessageRow, MessageState } from '@signalbox/contracts'
import { describe, expect, it } from 'vitest'
import { localBus } from '../../../test/support/local-bus.ts'
import { createFeed, type FeedMoves } from '../feed.ts'
import { hearMoves, MOVES_TOPIC, tellMoves, type HeardRow } from './moves.ts'

const AT = '2026-01-15T08:00:00.000+00:00'
const messageRow = (id: number, status: MessageState): MessageRow => ({
  ...{ record_id: id, trace_id: 'msg_0000000000A', channel: 'sms', recipient: '+86138****8000', status, priority: 5 },
  ...{ template_id: 1, template_name: 'Login code', template_version: 1, attempt: 1, service: null, task_id: null },
  ...{ pending_reason: null, due_at: null, error_code: null, error_message: null },
  ...{ created_at: AT, updated_at: AT, finished_at: null, duration_ms: null },
})
const item = (id: number, state: MessageState, fence: number, updatedAt = 1_000): HeardRow => ({
  ...{ id, state, fence, updatedAt },
  row: messageRow(id, state),
})
const moves = (...rows: HeardRow[]): FeedMoves<HeardRow> => ({ rows, changed: rows.length, failures: 0 })

describe('what moved at another node', () => {
  it('arrives as it was told, but for rows of a kind that is not known here', () => {
    const bus = localBus()
    const heard: FeedMoves<HeardRow>[] = []
    hearMoves(bus, 1, (each) => heard.push(each))
    tellMoves(bus, 1, moves(item(1, 'sent', 1)))
    tellMoves(bus, 2, { rows: [], changed: 0, failures: 0 })
    expect(heard).toEqual([])
    tellMoves(bus, 2, { ...moves(item(2, 'sent', 1)), changed: 900, failures: 3 })
    const { row } = item(3, 'sent', 1)
    const newer = { row: { ...row, status: 'teleported' }, fence: 1, updatedAt: 1 }
    bus.publish(MOVES_TOPIC, { lease: 2, rows: [newer, { row, fence: 1, updatedAt: 5 }], changed: 2, failures: 0 })
    bus.publish(MOVES_TOPIC, 'nonsense')
    expect(heard).toEqual([
      { rows: [item(2, 'sent', 1)], changed: 900, failures: 3 },
      { rows: [item(3, 'sent', 1, 5)], changed: 2, failures: 0 },
    ])
  })

  it.each([
    ['accepted here, sent there', item(1, 'queued', 0, 50), item(1, 'sent', 1, 20)],
    ['sending, then sent, of clocks that differ', item(1, 'sending', 1, 50), item(1, 'sent', 1, 20)],
    ['waiting again, then another attempt', item(1, 'queued', 1, 50), item(1, 'sending', 2, 20)],
    ['sent, then delivered', item(1, 'sent', 1, 20), item(1, 'delivered', 1, 50)],
  ])('stands as it is now, in whichever order it is heard: %s', (_story, earlier, later) => {
    for (const order of [
      [earlier, later],
      [later, earlier],
      [later, earlier, later],
    ]) {
      const feed = createFeed<HeardRow>(({ row }) => row)
      for (const each of order) feed.noteLater(each, true)
      expect(feed.rows().map(({ status }) => status)).toEqual([later.state])
      expect(feed.flush().rows.map(({ status }) => status)).toEqual([later.state])
    }
  })

  it('counts with what moved here, and one that moved at both once', () => {
    const feed = createFeed<HeardRow>(({ row }) => row)
    feed.note(item(1, 'queued', 0), true)
    feed.noteLater(item(1, 'failed', 1), true)
    feed.noteLater(item(2, 'sent', 1), true)
    feed.count({ changed: 40, failures: 2 })
    expect(feed.flush()).toMatchObject({ changed: 42, failures: 3 })
    expect(feed.flush()).toMatchObject({ changed: 0, failures: 0 })
  })
})
