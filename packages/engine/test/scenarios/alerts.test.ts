import { describe, expect, it } from 'vitest'
import { once } from '../../src/index.ts'
import { openEngine } from '../support/engine.ts'
import { REJECTED } from '../support/provider.ts'

describe('an alarm', () => {
  it('fires on a running engine by the thresholds that are set, and outlives a restart with its acknowledgement', async () => {
    const bench = await openEngine()
    const { provider, clock, templateId } = bench
    await bench.engine.settings.set('alert.success_rate.min_sample', '1')
    await bench.engine.settings.set('alert.settle_ms', '0')
    provider.answerWith(REJECTED)
    const failed = once(bench.engine.events, 'message:failed')
    await bench.engine.messages.accept({ templateId, recipient: 'r', variables: { name: 'x' } })
    await failed

    const fired = once(bench.engine.events, 'alert:changed')
    clock.advance(1000)
    expect(await fired).toEqual({ id: 'success_rate', state: 'firing' })
    await bench.engine.alerts.acknowledge('success_rate', 'Ada', 3_600_000, null)

    const after = await bench.reopen()
    const alert = after.alerts.list().find(({ id }) => id === 'success_rate')
    expect(alert).toMatchObject({ state: 'firing', acknowledgement: { by: 'Ada' } })
  })
})
