import type { InboxEntryRecord } from '@signalbox/engine'
import { describe, expect, it } from 'vitest'
import { boundedPage } from './inbox.ts'

const entry = (seq: number, chars: number) => ({ seq, title: null, text: 'x'.repeat(chars) }) as InboxEntryRecord
const page = (...entries: InboxEntryRecord[]) => ({ entries, upTo: 9, lastSeq: 12 })

describe('a page of an inbox', () => {
  it('stays as it is while it is small enough', () => {
    const small = page(entry(1, 100), entry(2, 100))
    expect(boundedPage(small, 1_000)).toBe(small)
    expect(boundedPage(page())).toEqual(page())
  })

  it('ends before what is too much, and says so', () => {
    const bounded = boundedPage(page(entry(1, 300), entry(4, 300), entry(5, 300)), 1_300)
    expect(bounded).toMatchObject({ upTo: 4, lastSeq: 12, entries: [{ seq: 1 }, { seq: 4 }] })
  })

  it('has its first entry, however large', () => {
    expect(boundedPage(page(entry(3, 5_000), entry(4, 1)), 1_000)).toMatchObject({ upTo: 3, entries: [{ seq: 3 }] })
  })
})
