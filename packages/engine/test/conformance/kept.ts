import { describe, expect, it } from 'vitest'
import { nextId, T0, useDriver, type OpenDriver } from './support.ts'

export function exerciseKept(open: OpenDriver): void {
  describe('what the sandbox kept', () => {
    const driver = useDriver(open)

    it('is listed newest first, by channel when asked, at most so many, also after a restart', async () => {
      const kept = (['sms', 'email', 'sms', 'wechat'] as const).map((channel, i) => ({
        recordId: nextId(),
        channel,
        serviceId: 7,
        recipient: 'ada@example.com',
        subject: channel === 'email' ? 'Hello' : null,
        text: 'Hello “Ada”',
        html: channel === 'email' ? '<p>Hello</p>' : null,
        fields: channel === 'wechat' ? { thing1: 'A “parcel”' } : null,
        keptAt: T0 + i,
      }))
      for (const each of kept) await driver.store.kept.keep(each)
      const store = await driver.reopen()
      expect(await store.kept.list({ limit: 10 })).toEqual(kept.toReversed())
      expect(await store.kept.list({ channel: 'sms', limit: 10 })).toEqual([kept[2], kept[0]])
      expect(await store.kept.list({ channel: undefined, limit: 1 })).toEqual([kept[3]])
      expect(await store.kept.list({ channel: 'app', limit: 10 })).toEqual([])
    })
  })
}
