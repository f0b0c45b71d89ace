import { describe, expect, it } from 'vitest'
import { createTurnedDown } from './turned-down.ts'

describe('who turned a message down', () => {
  it('is the last that did, until it is forgotten', () => {
    const down = createTurnedDown()
    expect(down.last(1)).toBeNull()
    down.by(1, 7)
    down.by(1, 8)
    expect([down.last(1), down.last(2)]).toEqual([8, null])
    down.forget(1)
    expect(down.last(1)).toBeNull()
  })

  it('is known of a bounded number of messages, the newest', () => {
    const down = createTurnedDown(2)
    for (let id = 1; id <= 3; id++) down.by(id, 7)
    expect([1, 2, 3].map((id) => down.last(id))).toEqual([null, 7, 7])
  })
})
