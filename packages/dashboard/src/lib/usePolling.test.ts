import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope, nextTick, ref, type EffectScope } from 'vue'
import { usePolling } from './usePolling.ts'

let scope: EffectScope
let visibility: DocumentVisibilityState

function show(state: DocumentVisibilityState): void {
  visibility = state
  document.dispatchEvent(new Event('visibilitychange'))
}

describe('polling', () => {
  beforeEach(() => {
    vi.useFakeTimers()
    visibility = 'visible'
    vi.spyOn(document, 'visibilityState', 'get').mockImplementation(() => visibility)
    scope = effectScope()
  })
  afterEach(() => {
    scope.stop()
    vi.useRealTimers()
    vi.restoreAllMocks()
  })

  it('loads at once, then again so long after each load has ended', async () => {
    let end = () => {}
    const load = vi.fn<() => Promise<void>>(() => new Promise<void>((resolve) => (end = resolve)))
    scope.run(() => usePolling(load, 5_000))
    await vi.advanceTimersByTimeAsync(20_000)
    expect(load).toHaveBeenCalledTimes(1)
    end()
    await vi.advanceTimersByTimeAsync(4_999)
    expect(load).toHaveBeenCalledTimes(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(load).toHaveBeenCalledTimes(2)
  })

  it('rests while the tab is hidden, and loads when it comes back', async () => {
    const load = vi.fn<() => Promise<void>>(() => Promise.resolve())
    scope.run(() => usePolling(load, 5_000))
    await vi.advanceTimersByTimeAsync(0)
    show('hidden')
    await vi.advanceTimersByTimeAsync(60_000)
    expect(load).toHaveBeenCalledTimes(1)
    show('visible')
    await vi.advanceTimersByTimeAsync(0)
    expect(load).toHaveBeenCalledTimes(2)
    await vi.advanceTimersByTimeAsync(5_000)
    expect(load).toHaveBeenCalledTimes(3)
  })

  it('keeps to another pace at once, and ends with its scope', async () => {
    const load = vi.fn<() => Promise<void>>(() => Promise.resolve())
    const every = ref(60_000)
    scope.run(() => usePolling(load, every))
    await vi.advanceTimersByTimeAsync(0)
    every.value = 1_000
    await nextTick()
    await vi.advanceTimersByTimeAsync(1_000)
    expect(load).toHaveBeenCalledTimes(2)
    scope.stop()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(load).toHaveBeenCalledTimes(2)
  })
})
