import { describe, expect, it } from 'vitest'
import { useDriver, type OpenDriver } from './support.ts'

export function exerciseViews(open: OpenDriver): void {
  describe('saved views', () => {
    const driver = useDriver(open)
    const view = (key: string, query = 'status=failed') => ({ key, name: key.toUpperCase(), query })
    const put = (each: ReturnType<typeof view>, replace = false, atMost = 3) =>
      driver.store.views.put(each, { replace, atMost })

    it('stand once under a key, are replaced only on purpose and no more than so many, also after a restart', async () => {
      expect(await put(view('b'))).toBe('saved')
      expect(await put(view('a“ä'))).toBe('saved')
      expect(await put(view('b', 'channel=sms'))).toBe('exists')
      expect(await driver.store.views.list()).toEqual([view('a“ä'), view('b')])
      expect(await put(view('b', 'channel=sms'), true)).toBe('saved')
      expect(await put(view('c'))).toBe('saved')
      expect(await put(view('d'), true)).toBe('full')
      expect(await put(view('c', 'channel=app'), true)).toBe('saved')
      const kept = [view('a“ä'), view('b', 'channel=sms'), view('c', 'channel=app')]
      expect(await (await driver.reopen()).views.list()).toEqual(kept)
    })

    it('are handed back as they are removed, and removed once', async () => {
      await put(view('gone'), false, 50)
      expect(await driver.store.views.remove('gone')).toEqual(view('gone'))
      expect(await driver.store.views.remove('gone')).toBeNull()
    })

    it('of many who save at once, only so many are kept', async () => {
      const { length } = await driver.store.views.list()
      const all = await Promise.all(['p', 'q', 'r', 's'].map((key) => put(view(key), false, length + 2)))
      expect(all.toSorted()).toEqual(['full', 'full', 'saved', 'saved'])
    })
  })
}
