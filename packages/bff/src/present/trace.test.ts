import type { Trace, UsualDurations } from '@signalbox/engine'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openServer } from '../../test/support/server.ts'
import { presentTrace } from './trace.ts'
import { createView } from './view.ts'

const T0 = Date.UTC(2026, 0, 5, 9)

/** A real message's trace, presented with other durations of the last hour. */
async function presentedWith(
  stages: Partial<UsualDurations['stages']>,
  nodes: readonly Partial<Trace['nodes'][number]>[],
) {
  const { engine, template, post } = await openServer()
  const view = await createView(engine)
  onTestFinished(() => view.names.close())
  const id = await template({ name: 'x', channel: 'sms', content: 'x' })
  const sent = await post('/api/messages/send', { template_id: id, recipient: '+8613800138000' })
  const trace = await engine.traces.get(sent.body.data.record_id)
  if (!trace) throw new Error('expected the trace of a message that was sent')
  const none = { queue: [], process: [], send: [], callback: [] }
  const [first] = trace.nodes
  if (!first) throw new Error('expected a node')
  const usual = { since: T0, stages: { ...none, ...stages } }
  return presentTrace(
    { ...trace, nodes: nodes.map((node) => ({ ...first, ...node })) },
    usual,
    trace.message.settingsVersion + 2,
    view,
    T0 + 1000,
  )
}

describe('a trace', () => {
  it('ranks each finished stage against the last hour of its channel, from twenty on', async () => {
    const hundred = Array.from({ length: 100 }, (_, i) => i + 1)
    const stage = { startedAt: T0, finishedAt: T0 + 84, status: 'succeeded' } as const
    const { trace_data: data } = await presentedWith(
      { send: hundred, process: hundred.slice(0, 19), queue: hundred.slice(0, 20) },
      [
        { ...stage, name: 'send' },
        { ...stage, name: 'process' },
        { ...stage, name: 'queue' },
        { ...stage, name: 'send', attempt: 2, finishedAt: null, status: 'running' },
      ],
    )
    expect(data.nodes.map(({ percentile }) => percentile)).toEqual([83, null, 100, null])
  })

  it('names the settings in force when it was accepted beside those of now', async () => {
    const { settings_version: then, settings_version_now: now } = await presentedWith({}, [])
    expect(now).toBe(then + 2)
  })

  it('tells what each stage usually takes, and null where nothing was measured', async () => {
    const { usual } = await presentedWith({ callback: Array.from({ length: 40 }, (_, i) => i + 1) }, [])
    expect(usual.stages).toEqual([
      { name: 'queue', count: 0, p50_ms: null, p95_ms: null },
      { name: 'process', count: 0, p50_ms: null, p95_ms: null },
      { name: 'send', count: 0, p50_ms: null, p95_ms: null },
      { name: 'callback', count: 40, p50_ms: 20, p95_ms: 38 },
    ])
  })
})
