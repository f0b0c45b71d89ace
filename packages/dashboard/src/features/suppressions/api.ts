import {
  revealedSuppressionSchema,
  suppressionPageSchema,
  suppressionSchema,
  type CreateSuppression,
} from '@signalbox/contracts'
import { request } from '../../api/http.ts'
import type { SuppressionFilters } from './filters.ts'

const PATH = '/api/suppressions'
const PAGE = 50

export const suppressionsApi = {
  list: ({ id, ...filters }: SuppressionFilters, before: string | undefined, signal: AbortSignal) =>
    id === undefined
      ? request(suppressionPageSchema, PATH, { query: { ...filters, before, limit: PAGE }, signal })
      : suppressionsApi.one(Number(id), signal),
  /** A page with this one alone, or with none. */
  async one(id: number, signal: AbortSignal) {
    const page = await request(suppressionPageSchema, PATH, { query: { before: id + 1, limit: 1 }, signal })
    return { suppressions: page.suppressions.filter((each) => each.id === id), next_before: null }
  },
  add: (body: CreateSuppression) => request(suppressionSchema, PATH, { method: 'POST', body }),
  reveal: (id: number) => request(revealedSuppressionSchema, `${PATH}/${id}/reveal`, { method: 'POST', body: {} }),
  lift: (id: number) => request(suppressionSchema, `${PATH}/${id}`, { method: 'DELETE' }),
}
