/** Rows as one array per column, for `unnest`: a statement takes any number of them at once. */
import { withoutNul } from './statement.ts'

type Value = number | string | boolean | null | undefined

/** An array literal. */
function literal(values: readonly Value[]): string {
  return `{${values.map(element).join(',')}}`
}

function element(value: Value): string {
  if (value === null || value === undefined) return 'NULL'
  if (typeof value !== 'string') return String(value)
  // Most need nothing, and looking is cheaper than replacing.
  if (isPlain(value)) return `"${value}"`
  return `"${withoutNul(value).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}

const isPlain = (text: string): boolean => !text.includes('"') && !text.includes('\\') && !text.includes('\0')

/** The columns of rows, in the order of `unnest`'s arguments. */
export function columnsOf<T>(rows: readonly T[], ...columns: readonly ((row: T) => Value)[]): string[] {
  return columns.map((column) => literal(rows.map(column)))
}

/** `unnest($1::bigint[], $2::text[]) AS w (id, state)` from `{ id: 'bigint', state: 'text' }`. */
export function unnest(columns: Readonly<Record<string, string>>, alias = 'w', from = 1): string {
  const types = Object.values(columns).map((type, i) => `$${i + from}::${type}[]`)
  return `unnest(${types.join(', ')}) AS ${alias} (${Object.keys(columns).join(', ')})`
}
