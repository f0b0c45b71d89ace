import { describe, expect, it } from 'vitest'
import type { NewSuppression } from '../../src/suppressions/store.ts'
import { T0, useDriver, type OpenDriver } from './support.ts'

export function exerciseSuppressions(open: OpenDriver): void {
  describe('suppressions', () => {
    const driver = useDriver(open)
    const store = () => driver.store.suppressions
    const suppression = (recipient: string, changes: Partial<NewSuppression> = {}): NewSuppression => ({
      ...{ channel: 'sms', recipient, purpose: 'marketing', reason: 'unsubscribe' },
      ...{ detail: 'answered TD', recordId: 7, createdAt: T0 },
      ...changes,
    })
    const audited = async () =>
      (await driver.sql('SELECT at, action, record_id, detail FROM audit_log ORDER BY id DESC LIMIT 1'))[0]

    it('stand once per recipient, channel, purpose and reason, and are kept over a restart', async () => {
      const first = await store().add(suppression('a'))
      expect(first).toEqual({ added: true, record: { ...suppression('a'), id: first.record.id } })
      const again = await store().add(suppression('a', { detail: 'another', recordId: null, createdAt: T0 + 1 }))
      expect(again).toEqual({ added: false, record: first.record })
      const others = [{ channel: 'app' }, { purpose: 'all' }, { reason: 'complaint' }] as const
      for (const other of others) expect(await store().add(suppression('a', other))).toMatchObject({ added: true })
      const reopened = (await driver.reopen()).suppressions
      expect(await reopened.get(first.record.id)).toEqual(first.record)
      expect(await reopened.of('sms', 'a')).toMatchObject([
        { purpose: 'marketing', reason: 'unsubscribe' },
        { purpose: 'all', reason: 'unsubscribe' },
        { purpose: 'marketing', reason: 'complaint' },
      ])
      expect(await reopened.of('wechat', 'a')).toEqual([])
    })

    it('are written down in the audit log with the message that caused them, once, and without the recipient', async () => {
      const { record } = await store().add(suppression('somebody'))
      const detail = `suppression ${record.id}: sms, unsubscribe, stops marketing: answered TD`
      expect(await audited()).toEqual({ at: T0, action: 'suppress', record_id: 7, detail })
      await store().add(suppression('somebody', { recordId: 8 }))
      expect(await audited()).toMatchObject({ record_id: 7 })
      expect(await store().remove(record.id, T0 + 5)).toEqual(record)
      expect(await audited()).toMatchObject({ at: T0 + 5, action: 'lift suppression', record_id: 7 })
      expect(await store().remove(record.id, T0 + 6)).toBeNull()
      expect(await store().get(record.id)).toBeNull()
    })

    it('of some reasons are lifted together', async () => {
      await store().add(suppression('b'))
      await store().add(suppression('b', { purpose: 'all' }))
      await store().add(suppression('b', { reason: 'manual' }))
      await store().add(suppression('c'))
      const lift = { channel: 'sms', recipient: 'b', recordId: 9, detail: 'answered START', now: T0 + 9 } as const
      expect(await store().lift({ ...lift, reasons: ['unsubscribe', 'token_gone'] })).toHaveLength(2)
      expect(await audited()).toMatchObject({ at: T0 + 9, record_id: 9, action: 'lift suppression' })
      expect(await store().of('sms', 'b')).toMatchObject([{ reason: 'manual' }])
      expect(await store().of('sms', 'c')).toHaveLength(1)
      expect(await store().lift({ ...lift, reasons: ['unsubscribe'] })).toEqual([])
    })

    it('are listed newest first, page by page, of a channel, a recipient or a reason', async () => {
      const { id: before } = (await store().add(suppression('page'))).record
      const ids: number[] = []
      for (const n of [1, 2, 3, 4]) {
        const changes = { channel: n % 2 ? 'email' : 'wechat', reason: n > 2 ? 'complaint' : 'hard_bounce' } as const
        ids.push((await store().add(suppression(`p${n}`, changes))).record.id)
      }
      expect(ids).toEqual(ids.toSorted((a, b) => a - b))
      const listed = async (query: Partial<Parameters<ReturnType<typeof store>['list']>[0]>) =>
        (await store().list({ limit: 10, ...query })).filter(({ id }) => id > before).map(({ recipient }) => recipient)
      expect(await listed({})).toEqual(['p4', 'p3', 'p2', 'p1'])
      expect(await listed({ limit: 2 })).toEqual(['p4', 'p3'])
      expect(await listed({ before: ids[2] })).toEqual(['p2', 'p1'])
      expect(await listed({ channel: 'email' })).toEqual(['p3', 'p1'])
      expect(await listed({ reason: 'hard_bounce' })).toEqual(['p2', 'p1'])
      expect(await listed({ channel: 'email', reason: 'complaint' })).toEqual(['p3'])
      expect(await listed({ recipient: 'p2' })).toEqual(['p2'])
      const rest = await store().recipients(before, 3)
      expect(rest.map(({ recipient }) => recipient)).toEqual(['p1', 'p2', 'p3'])
      expect(await store().recipients(ids[2] as number, 3)).toEqual([
        { id: ids[3], channel: 'wechat', recipient: 'p4' },
      ])
    })
  })
}
