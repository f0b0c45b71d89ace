import { describe, expect, it } from 'vitest'
import { ownPart, pool, queues } from '../../../test/support/parts.ts'
import { mergeFigures } from './merge.ts'

const scaled = (at: number) => ({
  ...{ pool: 'message_sender', at, from: 20, to: 30, cause: 'queue_above' as const, reason: 'more' },
})

describe('the figures of several nodes as one', () => {
  it('add up, and count what belongs to nobody once', () => {
    const rates = { accepted: 10, ended: 8, failed: 1 }
    const depths = queues({ 'message.send': { queued: 5, processing: 2 }, delayed: { scheduled: 40 } })
    const one = ownPart({ rates, queues: depths })
    const merged = mergeFigures([one, one, one], 100)
    expect(merged.rates).toEqual({ accepted: 30, ended: 24, failed: 3 })
    expect(merged.queues['message.send']).toEqual({ scheduled: 0, queued: 115, processing: 6 })
    // All of them know of the same ones.
    expect(merged.queues.delayed.scheduled).toBe(40)
  })

  it('have pools of those that send, with the mean over all tasks', () => {
    const one = pool({ activeCount: 10, queueSize: 100, completedTasks: 30, avgTaskDurationMs: 100 })
    const two = pool({ activeCount: 20, queueSize: 300, completedTasks: 10, avgTaskDurationMs: 500 })
    const merged = mergeFigures(
      [
        ownPart({ pools: { message_sender: one }, scaling: [scaled(1), scaled(3)] }),
        ownPart({ pools: { message_sender: two }, scaling: [scaled(2)] }),
        ownPart({ works: false, scaling: [scaled(9)] }),
      ],
      0,
    )
    expect(merged.pools['message_sender']).toEqual({
      ...{ activeCount: 30, poolSize: 40, corePoolSize: 40, maxPoolSize: 200, queueSize: 400, queueCapacity: 2_000 },
      ...{ queueUsagePercent: 20, completedTasks: 40, avgTaskDurationMs: 200 },
    })
    expect(merged.scaling.map(({ at }) => at)).toEqual([3, 2, 1])
  })

  it('of one node are that node’s', () => {
    const own = ownPart({ pools: { message_sender: pool({ queueSize: 214, queueUsagePercent: 21.4 }) } })
    const { pools, queues: depths, rates, scaling } = own
    expect(mergeFigures([own], 0)).toEqual({ pools, queues: depths, rates, scaling })
  })
})
