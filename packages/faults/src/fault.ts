import type { Tally } from './rig/judge.ts'

/** What a run gets: the same seed gives the same requests, latencies and moments of death. */
export interface FaultRun {
  seed: number
  /** `test`: as part of `pnpm test`; `short`: a person waits; `full`: as RELIABILITY asks. */
  size: Size
  say(line: string): void
}

export const SIZES = ['test', 'short', 'full'] as const
export type Size = (typeof SIZES)[number]

export interface FaultResult {
  tally: Tally
  /** Empty: every promise was kept. */
  violations: string[]
  /** What was counted beyond the tally. */
  notes: string[]
}

export interface Fault {
  /** `F1` */
  name: string
  /** What is done to the server. */
  title: string
  /** Why it cannot run here, or null. */
  missing?(): string | null
  run(run: FaultRun): Promise<FaultResult>
}
