import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../test/support/manual-clock.ts'
import { memoryBus } from '../../test/support/memory-bus.ts'
import { createOverNodes } from './over-nodes.ts'

function three() {
  const bus = memoryBus()
  const clock = new ManualClock()
  const node = (lease: number) => createOverNodes({ bus, lease, clock })
  return { bus, clock, judge: node(1), other: node(2), third: node(3) }
}

const levels = (queued: number, active?: number) => ({
  queued,
  pools: active === undefined ? {} : { sender: { active, max: 100 } },
})

describe('what alarms look at over several nodes', () => {
  it('is what all of them told: what is ready in all, and each pool as one', () => {
    const { judge, other, third } = three()
    other.tell(levels(20, 90))
    // It does not work.
    third.tell(levels(5))
    expect(judge.sum(levels(1, 30))).toEqual({ queued: 26, pools: { sender: { active: 120, max: 200 } } })
  })

  it('is counted once, whoever tells how often', () => {
    const { judge, other } = three()
    for (const queued of [20, 30]) other.tell(levels(queued))
    judge.tell(levels(1))
    expect(judge.sum(levels(1)).queued).toBe(31)
  })

  it('forgets who has told nothing for five seconds', () => {
    const { clock, judge, other } = three()
    other.tell(levels(20))
    clock.advance(4_999)
    expect(judge.sum(levels(1)).queued).toBe(21)
    clock.advance(1)
    expect(judge.sum(levels(1)).queued).toBe(1)
  })

  it('is shown by the others as the one that judges measured it, and not once that is old', () => {
    const { bus, clock, judge, other } = three()
    judge.tellMeasured({ backlog: { figure: 7, sample: null } })
    expect(other.measured('backlog')).toEqual({ figure: 7, sample: null })
    expect([other.measured('success_rate'), judge.measured('backlog')]).toEqual([null, null])
    bus.isAway = true
    judge.tellMeasured({ backlog: { figure: 8, sample: null } })
    clock.advance(5_000)
    expect(other.measured('backlog')).toBeNull()
  })

  it('is its own again for one that judges from now on', () => {
    const { judge, other } = three()
    judge.tellMeasured({ backlog: { figure: 7, sample: null } })
    other.tellMeasured({ backlog: { figure: 9, sample: null } })
    expect(other.measured('backlog')).toBeNull()
    expect(judge.measured('backlog')).toEqual({ figure: 9, sample: null })
  })

  it('takes nothing that it cannot read', () => {
    const { bus, judge } = three()
    bus.publish('alerts.levels', { lease: 2, queued: 'many' })
    bus.publish('alerts.measured', 'robots')
    expect(judge.sum(levels(1)).queued).toBe(1)
  })
})
