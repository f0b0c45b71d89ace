import { describe, expect, it } from 'vitest'
import { stats } from '../../../test/support/figures.ts'
import { noticesOf, type NoticeFacts } from './notices.ts'

const { queues } = stats()
const busy = { ...queues, 'message.send': { scheduled: 0, queued: 3, processing: 1 } }
const idle = { ...queues, 'message.send': { scheduled: 9, queued: 0, processing: 0 } }
const told = (given: Partial<NoticeFacts> = {}) =>
  noticesOf({
    ...{ link: 'connected', freshness: 'fresh', rewound: false, stalled: false, clockIsWrong: false, held: false },
    ...{ alarmed: false, degraded: false },
    ...{ queues: busy, ...given },
  })

describe('the line over the wall', () => {
  it('always says something: that messages move, or that none is to be sent', () => {
    expect(told()).toEqual(['moving'])
    expect(told({ queues: idle })).toEqual(['idle'])
    expect(told({ queues: undefined })).toEqual(['moving'])
  })

  it('tells a channel that somebody paused from a pipeline that stopped, and both together', () => {
    expect(told({ held: true })).toEqual(['held'])
    expect(told({ held: true, stalled: true })).toEqual(['stopped', 'held'])
  })

  it('never says that messages move while an alert fires that nobody has', () => {
    expect(told({ alarmed: true })).toEqual(['alarm'])
    expect(told({ alarmed: true, held: true, stalled: true })).toEqual(['stopped', 'alarm', 'held'])
  })

  it('says that a service is away or a node silent, after the alerts and before what somebody paused', () => {
    expect(told({ degraded: true })).toEqual(['degraded'])
    expect(told({ degraded: true, alarmed: true, held: true })).toEqual(['alarm', 'degraded', 'held'])
    expect(told({ degraded: true, freshness: 'late' })).toEqual(['quiet'])
  })

  it('says of figures that are old only that they are', () => {
    expect(told({ freshness: 'late', stalled: true, held: true, alarmed: true })).toEqual(['quiet'])
    expect(told({ link: 'disconnected', freshness: 'lost', held: true })).toEqual(['gone'])
  })

  it('names an earlier moment before all else, and what was held then', () => {
    expect(told({ rewound: true, link: 'disconnected', held: true, clockIsWrong: true })).toEqual(['past', 'held'])
  })

  it('keeps a wrong clock beside what weighs more', () => {
    expect(told({ clockIsWrong: true })).toEqual(['wrongClock'])
    expect(told({ clockIsWrong: true, held: true })).toEqual(['held', 'wrongClock'])
  })
})
