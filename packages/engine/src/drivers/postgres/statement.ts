/** Statements with a name, so that a connection prepares each once, and the two ways to run them. */

export interface Statement<P extends readonly unknown[], R> {
  readonly name: string
  readonly text: string
  /** Of types alone: what it takes and gives. */
  readonly of?: (...values: P) => R
}

/** Epoch ms by the server's clock: those of nodes may differ. */
export const SERVER_NOW = 'floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint'

let count = 0

/** Once per text, at the top of a file: a name is prepared on a connection for as long as that lives. */
export function statement<P extends readonly unknown[] = [], R = never>(text: string): Statement<P, R> {
  count += 1
  return { name: `signalbox_${count}`, text }
}

export interface Db {
  all<P extends readonly unknown[], R>(of: Statement<P, R>, ...values: P): Promise<R[]>
  /** The first row; null without one. */
  one<P extends readonly unknown[], R>(of: Statement<P, R>, ...values: P): Promise<R | null>
  /** How many rows it changed. */
  run<P extends readonly unknown[]>(of: Statement<P, unknown>, ...values: P): Promise<number>
  /** Text that is put together anew each time: never prepared. */
  rows<R>(text: string, values?: readonly unknown[]): Promise<R[]>
}

interface Answer {
  rows: unknown[]
  rowCount: number | null
}
export type Ask = (query: { name?: string; text: string; values: unknown[] }) => Promise<Answer>

export function dbOf(ask: Ask): Db {
  const told = <P extends readonly unknown[]>({ name, text }: Statement<P, unknown>, values: P) =>
    ask({ name, text, values: values.map(storable) })
  return {
    async all<P extends readonly unknown[], R>(of: Statement<P, R>, ...values: P) {
      return (await told(of, values)).rows as R[]
    },
    async one<P extends readonly unknown[], R>(of: Statement<P, R>, ...values: P) {
      return ((await told(of, values)).rows[0] ?? null) as R | null
    },
    async run<P extends readonly unknown[]>(of: Statement<P, unknown>, ...values: P) {
      return (await told(of, values)).rowCount ?? 0
    },
    async rows<R>(text: string, values: readonly unknown[] = []) {
      return (await ask({ text, values: values.map(storable) })).rows as R[]
    },
  }
}

/** PostgreSQL's text holds every character but one; a provider's answer may have that too. */
function storable(value: unknown): unknown {
  return typeof value === 'string' ? withoutNul(value) : value
}

export const withoutNul = (text: string): string => (text.includes('\0') ? text.replaceAll('\0', '\uFFFD') : text)

/** `created_at` as `createdAt`, for each column of a list. */
export function camel(columns: string): string {
  return columns
    .split(',')
    .map((column) => column.trim())
    .map((column) => `${column} AS "${column.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())}"`)
    .join(', ')
}
