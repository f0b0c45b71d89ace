/** What an error of PostgreSQL means for a write. */

interface NotNow {
  why: string
  /** It is so for every write; else perhaps for this one alone. */
  everywhere: boolean
}

const everywhere = (why: string): NotNow => ({ why: `expected ${why}`, everywhere: true })
const here = (why: string): NotNow => ({ why: `expected ${why}`, everywhere: false })

/**
 * Another node was in the way: a serialization failure, a deadlock, a partition that it made or dropped since it was looked for. The
 * same at once again finds it as it is now.
 */
const CONFLICTS: readonly string[] = ['40001', '40P01', '42P07', '23514']

/** Certainly not written, and the same may succeed later. */
const NOT_NOW: Readonly<Record<string, NotNow>> = {
  '53100': everywhere('room on the disk of PostgreSQL, got none'),
  '53200': everywhere('memory at PostgreSQL, got none'),
  '25006': everywhere('PostgreSQL to take writes, got a server that only reads'),
  '55P03': here('the tables of PostgreSQL, got a lock that somebody else holds'),
  '57014': here('PostgreSQL to answer in time, got a statement that took too long'),
  ...Object.fromEntries(
    CONFLICTS.map((code) => [code, here('PostgreSQL to take a write, got a conflict with another')]),
  ),
}
/** The statement failed because another one of its transaction did. */
const AFTER_A_FAILURE = '25P02'

function codeOf(error: unknown): string {
  const { code } = error as { code?: unknown }
  return typeof code === 'string' ? code : ''
}

export const notNow = (error: unknown): NotNow | null => NOT_NOW[codeOf(error)] ?? null

export const isConflict = (error: unknown): boolean => CONFLICTS.includes(codeOf(error))

/** The server ends the connection with these, a moment after it said so. */
export function endsConnection(error: unknown): boolean {
  const code = codeOf(error)
  return /^(57P0[1-5]|25P03|08...|53300)$/.test(code) || /^E[A-Z]+$/.test(code)
}

/** Of what failed in one transaction, what made the rest fail. */
export function cause(errors: readonly unknown[]): unknown {
  return errors.find((error) => codeOf(error) !== AFTER_A_FAILURE) ?? errors[0]
}
