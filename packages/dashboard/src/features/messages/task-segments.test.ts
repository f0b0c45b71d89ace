import { MESSAGE_STATES, type MessageState } from '@signalbox/contracts'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { segmentsOf } from './task-segments.ts'

it('the segments of a task add up to its messages, whatever states they are in', () => {
  const count = fc.integer({ min: 0, max: 10_000 })
  const counts = fc.record(
    Object.fromEntries(MESSAGE_STATES.map((state) => [state, count])) as Record<MessageState, typeof count>,
    { requiredKeys: [] },
  )
  const sum = (values: number[]) => values.reduce((total, each) => total + each, 0)
  fc.assert(
    fc.property(counts, (given) => {
      expect(sum(Object.values(segmentsOf(given)))).toBe(sum(Object.values(given)))
    }),
  )
})
