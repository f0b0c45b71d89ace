import type { Outcome } from './adapter.ts'

/** One call per recipient, the next after the one before: outcomes in their order. */
export async function inTurn<To>(to: readonly To[], send: (to: To) => Promise<Outcome>): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  for (const each of to) outcomes.push(await send(each))
  return outcomes
}
