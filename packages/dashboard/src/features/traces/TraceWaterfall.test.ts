import type { Trace, TraceNode } from '@signalbox/contracts'
import { mount } from '@vue/test-utils'
import { describe, expect, it } from 'vitest'
import { i18n } from '../../i18n/index.ts'
import TraceWaterfall from './TraceWaterfall.vue'

const T0 = Date.UTC(2026, 0, 5, 9)
const at = (ms: number) => new Date(T0 + ms).toISOString()
const none = { worker: null, service: null, error_code: null, error: null, receipt: null, percentile: null }
const NODES: TraceNode[] = [
  { ...none, name: 'queue', attempt: 1, start_time: at(0), finish_time: at(20), duration_ms: 20, status: 'succeeded' },
  { ...none, name: 'send', attempt: 1, start_time: at(20), finish_time: at(400), duration_ms: 380, status: 'failed' },
  {
    ...none,
    name: 'send',
    attempt: 2,
    start_time: at(500),
    finish_time: at(900),
    duration_ms: 400,
    status: 'succeeded',
  },
  {
    ...none,
    name: 'callback',
    attempt: 2,
    start_time: at(900),
    finish_time: null,
    duration_ms: null,
    status: 'pending',
  },
]

function lanes(now: number, usual?: Trace['usual'], nodes = NODES) {
  const statistics = { total_duration_ms: 900, node_count: NODES.length, success_rate: 66.67 }
  const props = { nodes, statistics, now: T0 + now, usual }
  const wrapper = mount(TraceWaterfall, { props, global: { plugins: [i18n] } })
  return Object.fromEntries(wrapper.findAll('.lane').map((lane) => [lane.get('h3').text(), lane]))
}

describe('TraceWaterfall', () => {
  it('tells each step in words, retries beside each other', () => {
    const { Queue, Send, Process } = lanes(1000)
    expect(Queue?.findAll('li').map((step) => step.text())).toEqual(['✓ 20 ms · succeeded'])
    expect(Send?.findAll('li').map((step) => step.text())).toEqual([
      '✕ 380 ms · failed',
      expect.stringContaining('✓ 400 ms · succeeded'),
    ])
    expect(Send?.findAll('li')[1]?.text()).toContain('Attempt 2')
    expect(Process?.text()).toContain('Not reached')
  })

  it('lets the wait for a receipt grow with the clock', () => {
    expect(lanes(5900).Callback?.text()).toContain('Callback pending for 5 s')
    expect(lanes(64_900).Callback?.text()).toContain('Callback pending for 1 min 4 s')
  })

  it('says what a callback usually takes on this channel, or that none was measured', () => {
    const of = (p50_ms: number | null, p95_ms: number | null) => ({
      since: at(-3_600_000),
      stages: [{ name: 'callback' as const, count: p50_ms === null ? 0 : 40, p50_ms, p95_ms }],
    })
    expect(lanes(1000, of(3200, 41_000)).Callback?.text()).toContain('usually 3.2 s (p50) / 41 s (p95) on this channel')
    expect(lanes(1000, of(null, null)).Callback?.text()).toContain('no callback of this channel was measured')
    expect(lanes(1000).Callback?.text()).toContain('no callback of this channel was measured')
  })

  it('tells a receipt in its own words, and which device it is of', () => {
    const step = { ...none, name: 'callback' as const, attempt: 2, start_time: at(900), status: 'succeeded' as const }
    const of = (receipt: TraceNode['receipt'], ms: number) => ({
      ...{ ...step, receipt, finish_time: at(900 + ms), duration_ms: ms },
    })
    const delivered = of({ state: 'delivered', detail: 'phone-1' }, 5)
    const read = of({ state: 'read', detail: null }, 70)
    const { Callback } = lanes(1000, undefined, [...NODES.slice(0, 3), delivered, read])
    expect(Callback?.findAll('li').map((each) => each.text())).toEqual([
      expect.stringContaining('✓ 5 ms · delivered · phone-1'),
      expect.stringContaining('✓ 70 ms · read'),
    ])
  })

  it('ranks a finished stage against the last hour, and says nothing where too few were measured', () => {
    const ranked = NODES.map((node) => (node.name === 'queue' ? { ...node, percentile: 83 } : node))
    const { Queue, Send } = lanes(1000, undefined, ranked)
    expect(Queue?.text()).toContain('took longer than 83% of the last hour')
    expect(Send?.text()).not.toContain('took longer')
  })
})
