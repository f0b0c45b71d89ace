import { describe, expect, it, onTestFinished } from 'vitest'
import { temporaryFolder } from '../../../test/support/engine.ts'
import { firstIdAt } from '../../ids.ts'
import { migrate, openDatabase, type Db } from './database.ts'
import { openPartitions } from './partitions.ts'

function open(): { db: Db } & ReturnType<typeof openPartitions> {
  const db = openDatabase(temporaryFolder(), 'write')
  onTestFinished(() => {
    db.close()
  })
  migrate(db)
  return { db, ...openPartitions(db) }
}

const JANUARY = Date.UTC(2026, 0)
const DAY = 86_400_000

describe('partitions', () => {
  it('begin and end with their month and day, by UTC', () => {
    const { months, days } = open()
    const month = months.writing((name) => name)
    const day = days.writing((name) => name)
    const february = Date.UTC(2026, 1)
    expect([month(firstIdAt(february) - 1), month(firstIdAt(february))]).toEqual(['202601', '202602'])
    expect([day(february - 1), day(february)]).toEqual(['20260131', '20260201'])
    expect(months.list().map(({ name }) => name)).toEqual(['202602', '202601'])
  })

  it('that were made in a transaction which is rolled back are made again by the next write', () => {
    const { db, months, clear } = open()
    const insert = months.writing((name) => db.prepare(`INSERT INTO recipients_${name} VALUES (1, 1, ?)`))
    const id = firstIdAt(JANUARY)
    db.exec('BEGIN')
    insert(id).run(id)
    db.exec('ROLLBACK')
    clear()
    expect(months.list()).toEqual([])
    insert(id).run(id)
    expect(db.prepare('SELECT count(*) FROM recipients_202601').pluck().get()).toBe(1)
    expect(db.prepare('SELECT count(*) FROM message_records').pluck().get()).toBe(0)
  })

  it('of traces take writes while they are removed: the clock was put back', () => {
    const { db, days } = open()
    const insert = days.writing((name) => db.prepare(`INSERT INTO traces_${name} VALUES (1, ?, '[0]')`))
    insert(JANUARY).run(1)
    days.retire('20260101')
    insert(JANUARY + DAY - 1).run(2)
    expect(days.retired()).toEqual([])
    expect(db.prepare('SELECT count(*) FROM traces_20260101').pluck().get()).toBe(2)
  })

  it('may be as many months as nobody keeps: operators still query the newest', () => {
    const { db, months } = open()
    const month = months.writing((name) => name)
    for (let i = 0; i < 130; i++) month(firstIdAt(Date.UTC(2026, i)))
    expect(db.prepare('SELECT count(*) FROM message_records').pluck().get()).toBe(0)
  })

  it('let operators count what failed, by cause, without reading what was sent', () => {
    const { db, months } = open()
    months.writing((name) => name)(firstIdAt(JANUARY))
    const plan = db
      .prepare<[], { detail: string }>(
        `EXPLAIN QUERY PLAN SELECT error_message, COUNT(*) FROM message_records WHERE status = 'failed' GROUP BY error_message`,
      )
      .all()
    const details = plan.map(({ detail }) => detail)
    expect(details).toContainEqual(expect.stringContaining('s USING INDEX states_202601_failed'))
    expect(details).not.toContain('SCAN s')
  })
})
