import type { ShallowRef } from 'vue'
import type { ApiError } from '../../api/http.ts'

/** What the last thing that was done to the template led to. One at a time: the next one takes its place. */
export type Outcome =
  | { kind: 'done'; text: string }
  | { kind: 'failed'; what: 'save' | 'remove' | 'rollback' | 'duplicate' | 'export'; error: ApiError }

export type OutcomeRef = ShallowRef<Outcome | null>
