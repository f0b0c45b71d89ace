/** A value that is fetched: its state is always one of four, and what was ready stays while it is fetched again. */
import { computed, getCurrentScope, onScopeDispose, shallowRef, type ComputedRef, type ShallowRef } from 'vue'
import { ApiError } from '../api/http.ts'

export type AsyncState = 'idle' | 'loading' | 'ready' | 'error'

export interface Resource<T> {
  /** `loading` and `error` only while there is nothing to show; see `stale` for the rest. */
  state: ComputedRef<AsyncState>
  data: Readonly<ShallowRef<T | undefined>>
  /** Of the last load, null once one succeeds. */
  error: Readonly<ShallowRef<ApiError | null>>
  /** There is data, but the last attempt to refresh it failed. */
  stale: ComputedRef<boolean>
  /** A load is under way, also behind data that is shown. */
  busy: Readonly<ShallowRef<boolean>>
  /** Loads (again). A load under way is aborted and its result ignored. Never rejects: see `error`. */
  load(): Promise<void>
  /** Puts a value in place, e.g. the reply of a save. */
  set(value: T): void
  /** Back to `idle`; a load under way is aborted. */
  clear(): void
}

/** Loads nothing by itself: call `load()`. Aborts with its scope. */
export function useAsync<T>(fetcher: (signal: AbortSignal) => Promise<T>): Resource<T> {
  const data = shallowRef<T>()
  const error = shallowRef<ApiError | null>(null)
  const busy = shallowRef(false)
  let current: AbortController | undefined

  function settle(): void {
    current?.abort()
    current = undefined
    busy.value = false
  }

  async function load(): Promise<void> {
    settle()
    const controller = new AbortController()
    current = controller
    busy.value = true
    try {
      const value = await fetcher(controller.signal)
      if (current !== controller) return
      data.value = value
      error.value = null
    } catch (cause) {
      if (current !== controller) return
      error.value = asApiError(cause)
    }
    settle()
  }

  if (getCurrentScope()) onScopeDispose(settle)
  return {
    state: computed(() => {
      if (data.value !== undefined) return 'ready'
      if (busy.value) return 'loading'
      return error.value ? 'error' : 'idle'
    }),
    data,
    error,
    stale: computed(() => data.value !== undefined && error.value !== null),
    busy,
    load,
    set(value) {
      settle()
      data.value = value
      error.value = null
    },
    clear() {
      settle()
      data.value = undefined
      error.value = null
    },
  }
}

export function asApiError(cause: unknown): ApiError {
  if (cause instanceof ApiError) return cause
  return new ApiError('bad_reply', cause instanceof Error ? cause.message : String(cause), { cause })
}
