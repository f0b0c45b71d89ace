import { effectScope } from 'vue'
import { describe, expect, it } from 'vitest'
import { ApiError } from '../api/http.ts'
import { useAsync } from './async.ts'

const refusal = new ApiError('internal', 'expected luck, got none')

/** A fetcher whose calls the test answers, in any order. */
function controlled() {
  const calls: { signal: AbortSignal; answer: (value: string) => void; refuse: (error: unknown) => void }[] = []
  const fetcher = (signal: AbortSignal) =>
    new Promise<string>((answer, refuse) => calls.push({ signal, answer, refuse }))
  return { calls, fetcher }
}

describe('a resource', () => {
  it('is idle, loading, then ready', async () => {
    const { calls, fetcher } = controlled()
    const resource = useAsync(fetcher)
    expect(resource.state.value).toBe('idle')
    const loaded = resource.load()
    expect(resource.state.value).toBe('loading')
    calls[0]?.answer('one')
    await loaded
    expect([resource.state.value, resource.data.value]).toEqual(['ready', 'one'])
  })

  it('is an error while there is nothing to show', async () => {
    const resource = useAsync(() => Promise.reject(refusal))
    await resource.load()
    expect([resource.state.value, resource.error.value]).toEqual(['error', refusal])
  })

  it('keeps what it has when a refresh fails, and says that it is stale', async () => {
    const { calls, fetcher } = controlled()
    const resource = useAsync(fetcher)
    const first = resource.load()
    calls[0]?.answer('one')
    await first
    const second = resource.load()
    calls[1]?.refuse(refusal)
    await second
    expect([resource.state.value, resource.data.value, resource.stale.value]).toEqual(['ready', 'one', true])
  })

  it('ignores an answer that a later load has overtaken', async () => {
    const { calls, fetcher } = controlled()
    const resource = useAsync(fetcher)
    const loads = [resource.load(), resource.load()]
    calls[1]?.answer('new')
    calls[0]?.answer('old')
    await Promise.all(loads)
    expect(resource.data.value).toBe('new')
    expect(calls[0]?.signal.aborted).toBe(true)
  })

  it('is aborted with its scope', () => {
    const { calls, fetcher } = controlled()
    const scope = effectScope()
    void scope.run(() => useAsync(fetcher).load())
    scope.stop()
    expect(calls[0]?.signal.aborted).toBe(true)
  })

  it('takes a value that came another way and drops the load under way', async () => {
    const { calls, fetcher } = controlled()
    const resource = useAsync(fetcher)
    const load = resource.load()
    resource.set('saved')
    calls[0]?.answer('old')
    await load
    expect([resource.data.value, resource.busy.value]).toEqual(['saved', false])
  })
})
