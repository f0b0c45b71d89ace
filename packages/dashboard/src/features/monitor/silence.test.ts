import { describe, expect, it } from 'vitest'
import { stats } from '../../../test/support/figures.ts'
import { silenceAgainst } from './silence.ts'

const figures = stats()
const quiet = { ...figures, last_hour: { ...figures.last_hour, sent: [0, 0, 0] } }
const inSlot = (slot: number) => Date.parse(figures.usual.first_slot) + (slot + 0.5) * figures.usual.slot_ms

describe('an hour without a message', () => {
  it('is told against what is usual at that time', () => {
    expect(silenceAgainst(quiet, inSlot(1))).toEqual({ low: 50, high: 70, slotMs: 3_600_000 })
  })

  it('is nothing to tell where something was sent, where none is usual, or where nobody knows', () => {
    expect(silenceAgainst(figures, inSlot(1))).toBeNull()
    expect(silenceAgainst({ ...quiet, usual: { ...quiet.usual, low: [0, 0, 0] } }, inSlot(1))).toBeNull()
    expect(silenceAgainst({ ...quiet, usual: { ...quiet.usual, weeks: 0 } }, inSlot(1))).toBeNull()
    expect(silenceAgainst(quiet, inSlot(40))).toBeNull()
    expect(silenceAgainst({}, inSlot(1))).toBeNull()
  })
})
