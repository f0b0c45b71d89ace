/** Whether a transaction whose commit nobody confirmed was made: the server remembers. */
import type { Session } from './connect.ts'
import { statement } from './statement.ts'

export type Verdict = 'committed' | 'aborted' | 'unknown'

const AGAIN_MS = 50
const status = statement<[string], { status: string | null }>('SELECT pg_xact_status($1::xid8) AS status')
/**
 * @param before the session in which it was tried
 * @param now one after it
 */
export async function decide(before: Session, transaction: string, now: Session): Promise<Verdict> {
  // Another server, or one that went back to an earlier state, knows other transactions by the same numbers.
  if (before.origin !== now.origin || transaction === '') return 'unknown'
  for (;;) {
    const told = (await now.db.one(status, transaction))?.status
    if (told === 'committed' || told === 'aborted') return told
    if (told !== 'in progress') return 'unknown'
    // Its connection is being ended.
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))
  }
}
