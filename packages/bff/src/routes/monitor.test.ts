import { conservationSchema } from '@signalbox/contracts'
import { describe, expect, it } from 'vitest'
import { openServer } from '../../test/support/server.ts'

describe('the conservation check', { timeout: 20_000 }, () => {
  it('names a message that stands in two places, and so does the wall from then on', async () => {
    const server = await openServer()
    const template_id = await server.template()
    const message = { template_id, recipient: '+8613800138000', variables: { code: '1' }, delay_ms: 3_600_000 }
    const twice = (await server.post('/api/messages/send', message)).body.data.record_id as number
    await server.post('/api/messages/send', message)
    const wall = async () => (await server.call('/api/monitor/snapshot')).body.data.stats.conservation as object
    server.sql(`INSERT INTO queue_entries VALUES ('message.send', 5, 'sms/api', ${twice})`)

    const { body } = await server.post('/api/monitor/conservation/check', {})
    expect(conservationSchema.safeParse(body.data).error).toBeUndefined()
    expect(body.data).toMatchObject({ balanced: false, offending_ids: [twice] })
    await server.engine.settings.set('monitor.tick_ms', '200')
    await expect.poll(wall).toMatchObject({ balanced: false, offending_ids: [twice] })
  })
})
