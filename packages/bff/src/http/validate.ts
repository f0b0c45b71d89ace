import { issuesOf, summary } from '@signalbox/contracts'
import type { z } from 'zod'
import { ApiError } from './errors.ts'

/** Parses by the shared schema or throws `invalid` with every issue. `root` names the input as a whole. */
export function check<T extends z.ZodType>(schema: T, input: unknown, root: string): z.output<T> {
  const result = schema.safeParse(input)
  if (result.success) return result.data
  const issues = issuesOf(result.error, input, root)
  throw new ApiError('invalid', summary(issues), { issues })
}

/** The query of a URL as the schemas take it: text, or a list of texts where a parameter is repeated. */
export function queryOf(url: string): Record<string, string | string[]> {
  const start = url.indexOf('?')
  if (start === -1) return {}
  const parameters = new URLSearchParams(url.slice(start + 1))
  return Object.fromEntries(
    [...new Set(parameters.keys())].map((name) => {
      const values = parameters.getAll(name)
      return [name, values.length === 1 ? (values[0] as string) : values]
    }),
  )
}
