import type { Explanation } from '@signalbox/contracts'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope, ref, type EffectScope } from 'vue'
import { useExplanation } from './useExplanation.ts'

let asked: string[]
let scope: EffectScope

const explanation = (ahead: number): Explanation => ({
  record_id: 1,
  trace_id: 'msg_00000000001',
  status: 'queued',
  phase: 'waiting',
  detail: '',
  reasons: [],
  rank: { ahead, exact: true, higher: 0, turns: 0, lane: ahead, held: 0 },
  estimated_wait_ms: null,
  ended: null,
  lookup: null,
  computed_at: '2026-01-05T09:00:00.000+08:00',
})

function show(state: 'visible' | 'hidden'): void {
  Object.defineProperty(document, 'visibilityState', { value: state, configurable: true })
  document.dispatchEvent(new Event('visibilitychange'))
}

beforeEach(() => {
  vi.useFakeTimers()
  asked = []
  scope = effectScope()
  // One fewer is before it each time.
  vi.stubGlobal('fetch', async (path: string) => {
    asked.push(path)
    return Response.json({ code: 0, message: 'ok', data: explanation(10 - asked.length) })
  })
})
afterEach(() => {
  scope.stop()
  show('visible')
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

function open(waits = ref(true), id = ref('1')) {
  const found = scope.run(() => useExplanation(id, waits))
  if (!found) throw new Error('expected the scope to be open, got a stopped one')
  return { found, waits, id }
}

describe('useExplanation', () => {
  it('asks at once and then each second, so that the rank counts down', async () => {
    const { found } = open()
    await vi.advanceTimersByTimeAsync(0)
    expect(found.data.value?.rank?.ahead).toBe(9)
    await vi.advanceTimersByTimeAsync(3_000)
    expect(found.data.value?.rank?.ahead).toBe(6)
    expect(new Set(asked)).toEqual(new Set(['/api/messages/1/explain']))
  })

  it('asks nothing of a message that does not wait, and forgets the answer once it waits no more', async () => {
    const { found, waits } = open(ref(false))
    await vi.advanceTimersByTimeAsync(3_000)
    expect(asked).toEqual([])
    waits.value = true
    await vi.advanceTimersByTimeAsync(0)
    expect(found.data.value).toBeDefined()
    waits.value = false
    await vi.advanceTimersByTimeAsync(3_000)
    expect([found.data.value, asked.length]).toEqual([undefined, 1])
  })

  it('rests while the tab is hidden, and asks at once when it is back', async () => {
    const { found } = open()
    await vi.advanceTimersByTimeAsync(0)
    show('hidden')
    await vi.advanceTimersByTimeAsync(5_000)
    expect(asked).toHaveLength(1)
    show('visible')
    await vi.advanceTimersByTimeAsync(0)
    expect([asked.length, found.data.value?.rank?.ahead]).toEqual([2, 8])
  })

  it('waits for a slow answer instead of asking again', async () => {
    vi.stubGlobal('fetch', (path: string) => {
      asked.push(path)
      return new Promise(() => undefined)
    })
    open()
    await vi.advanceTimersByTimeAsync(5_000)
    expect(asked).toHaveLength(1)
  })

  it('leaves no timer behind', async () => {
    open()
    await vi.advanceTimersByTimeAsync(0)
    scope.stop()
    expect(vi.getTimerCount()).toBe(0)
  })
})
