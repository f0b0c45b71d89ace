import type { MessageRow } from '@signalbox/contracts'
import { describe, expect, it } from 'vitest'
import { applyChange, followed, liveListOf } from './live-list.ts'

const row = (id: number, status: MessageRow['status'] = 'failed') => ({ record_id: id, status }) as MessageRow
const page = (ids: number[], next: number | null) => ({
  messages: ids.map((id) => row(id)),
  next_before: next,
  looked_back_to: null,
})

describe('a list that is kept up to date', () => {
  it('has its rows changed where they stand, and none put in or taken out', () => {
    const list = applyChange(liveListOf(page([3, 2, 1], null)), {
      rows: [row(2, 'queued'), row(9, 'queued')],
      ...{ gone: [2], fresh: 4, more: false },
    })
    expect(list.rows.map(({ record_id: id, status }) => [id, status])).toEqual([
      [3, 'failed'],
      [2, 'queued'],
      [1, 'failed'],
    ])
    expect(list).toMatchObject({ gone: new Set([2]), fresh: 4, more: false })
  })

  it('knows which rows the filter lost, until they fit again', () => {
    const nothing = { rows: [], gone: [], fresh: 0, more: false }
    const lost = applyChange(liveListOf(page([3, 2, 1], null)), { ...nothing, rows: [row(2, 'queued')], gone: [2] })
    expect(applyChange(lost, { ...nothing, rows: [row(1)] }).gone).toEqual(new Set([2]))
    expect(applyChange(lost, { ...nothing, rows: [row(2)] }).gone).toEqual(new Set())
  })

  it('counts as new what fits above where it was looked through, on the first page alone', () => {
    const filter = { status: 'failed' }
    expect(followed(filter, page([9, 8], 8), true)).toEqual({ filter, ids: [9, 8], after: 7 })
    expect(followed(filter, page([9], 5), true)).toMatchObject({ after: 4 })
    expect(followed(filter, page([9], null), true)).toMatchObject({ after: 0 })
    expect(followed(filter, page([9, 8], 8), false)).toMatchObject({ after: null })
  })
})
