import type { MessageState } from '@signalbox/contracts'
import { describe, expect, it, onTestFinished } from 'vitest'
import { temporaryFolder } from '../../../../test/support/engine.ts'
import { firstIdAt } from '../../../ids.ts'
import type { MessageQuery } from '../../../messages/requests.ts'
import { migrate, openDatabase } from '../database.ts'
import { openPartitions } from '../partitions.ts'
import { createRecentMemory } from '../recent-recipients.ts'
import { searchReads } from './search.ts'

const AT = Date.UTC(2026, 0, 15)

/** Every statement that a search prepares, with its plan. */
function plansOf(query: Partial<MessageQuery>): { statement: string; plan: string[] }[] {
  const db = openDatabase(temporaryFolder(), 'write')
  onTestFinished(() => void db.close())
  migrate(db)
  const partitions = openPartitions(db)
  const insert = partitions.months.writing((month) =>
    db.prepare(
      `INSERT INTO messages_${month} VALUES (?, 'sms', 'r', 1, 1, '{}', 5, 'api', NULL, 0, 0, NULL, 1, NULL, NULL)`,
    ),
  )
  insert(firstIdAt(AT)).run(firstIdAt(AT))
  for (const state of ['sent', 'failed', 'queued', 'scheduled']) {
    db.prepare("INSERT INTO state_counts (month, channel, state, count) VALUES ('202601', 'sms', ?, 1)").run(state)
  }
  db.prepare("INSERT INTO stats_hours VALUES (?, 'sms', 0, 1, 'accepted', 1, 0, 0, 0, '')").run(AT)
  const statements: string[] = []
  const watched = new Proxy(db, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target)
      if (key === 'prepare') {
        return (sql: string) => {
          statements.push(sql)
          return db.prepare(sql)
        }
      }
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  const { search } = searchReads(watched, partitions, createRecentMemory(8))
  statements.length = 0
  search({ ...query, limit: 50 })
  return statements.map((statement) => {
    const rows = db.prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${statement}`)
    const parameters = {
      ...{ low: 0, high: 1, left: 50, id: 1, channel: null, recipient: null, templateId: null, taskId: null },
      ...{ serviceId: null, error: null },
    }
    const named = statement.includes('@')
    const count = statement.split('?').length - 1
    const plan = named ? rows.all(parameters) : rows.all(...Array.from({ length: count }, () => 0))
    return { statement, plan: plan.map(({ detail }) => detail) }
  })
}

const queries: Record<string, Partial<MessageQuery>> = {
  'no filter': {},
  'a state that most end in': { status: 'sent' },
  'an exception': { status: 'failed' },
  'several exceptions': { status: ['failed', 'expired', 'unknown', 'cancelled'] satisfies MessageState[] },
  'a channel': { channel: 'sms' },
  'a template': { templateId: 1 },
  'a task': { taskId: 7 },
  'a service': { serviceId: 1 },
  'an error': { error: '550' },
  'a time': { from: AT, to: AT + 1 },
  'a recipient': { recipient: 'r' },
  'a state, a channel and a service': { status: 'sent', channel: 'sms', serviceId: 1 },
  'an exception of a template': { status: 'failed', templateId: 1, error: '550' },
}

describe('the plans of a search', () => {
  it.each(Object.entries(queries))('go through messages in the order of their ids alone: %s', (_, query) => {
    // A small backlog is sorted on purpose: `SORTED_BACKLOG` bounds it.
    const plans = plansOf(query).filter(({ statement }) => !/\) q CROSS JOIN/.test(statement))
    expect(plans.length).toBeGreaterThan(0)
    for (const { statement, plan } of plans) {
      // A whole table, or a page that is sorted, would cost as much as there is.
      const bad = plan.filter((step) => /^SCAN [ms]\b(?!.*INDEX)|TEMP B-TREE|AUTOMATIC/.test(step))
      expect(bad, `${statement}\n${plan.join('\n')}`).toEqual([])
    }
  })

  it('read what is resident from its mark on, not from the first message', () => {
    const waiting = plansOf({ status: 'queued' }).filter(({ statement }) => /\) q CROSS JOIN/.test(statement))
    expect(waiting).toHaveLength(1)
    const ranges = waiting.flatMap(({ plan }) => plan.filter((step) => /^SEARCH m .*rowid>/.test(step)))
    expect(ranges).toEqual(['SEARCH m USING INTEGER PRIMARY KEY (rowid>?)'])
  })
})
