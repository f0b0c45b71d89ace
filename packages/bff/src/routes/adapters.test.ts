import { adapters } from '@signalbox/channels'
import { adapterSchema, type Adapter } from '@signalbox/contracts'
import { describe, expect, it } from 'vitest'
import { openServer } from '../../test/support/server.ts'

async function listed(): Promise<Adapter[]> {
  const server = await openServer()
  return (await server.call('/api/adapters')).body.data
}

describe('adapters', () => {
  it('are listed with the settings that a service of each has', async () => {
    const all = await listed()
    expect(all.map(({ key }) => key)).toEqual(adapters().map(({ key }) => key))
    for (const adapter of all) {
      expect(adapterSchema.safeParse(adapter).error).toBeUndefined()
      expect(adapter.zh.title).not.toBe('')
      expect(adapter.title).not.toBe(adapter.key)
      expect(adapter.settings_schema).toMatchObject({ type: 'object', additionalProperties: false })
    }
  })

  it('say how receipts come, who takes callbacks, and who can be asked afterwards', async () => {
    const all = new Map((await listed()).map((adapter) => [adapter.key, adapter]))
    expect(all.get('sms.aliyun')).toMatchObject({ receipts: 'push', callback: true, lookup: true, channels: ['sms'] })
    expect(all.get('feishu.bot')).toMatchObject({ receipts: 'none', callback: false, lookup: false, keeps_only: false })
    expect(all.get('sandbox')).toMatchObject({ receipts: 'push', callback: false, keeps_only: true })
  })

  it('give the fields of their settings in the order in which they are filled in, with defaults and bounds', async () => {
    const smtp = (await listed()).find(({ key }) => key === 'email.smtp')?.settings_schema
    expect(Object.keys(smtp?.properties ?? {}).slice(0, 2)).toEqual(['host', 'port'])
    expect(smtp?.required).toEqual(['host', 'from'])
    expect(smtp?.properties?.['connect_timeout_ms']).toMatchObject({ type: 'integer', default: 10_000, minimum: 100 })
  })
})
