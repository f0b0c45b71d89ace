/** What was asked, what was promised, what was sent and what is stored, held against each other. Pure. */
import type { ClientLine, ProviderLine } from './lines.ts'
import { END_OF, modeOf } from './mode.ts'
import type { Stored, StoredMessage } from './database.ts'

/** Counts of messages, as Jepsen keeps them. */
export interface Tally {
  attempts: number
  acknowledged: number
  /** Acknowledged, and not there, not ended, or told to be sent when the provider never heard of it. */
  lost: number
  /** Its answer was lost and it is stored all the same. */
  recovered: number
  /** Sent or stored though nobody asked for it, though it was refused, or though the record says it was not sent. */
  unexpected: number
  /** Stored twice, or handed over again after the provider had taken it. */
  duplicated: number
  unknown: number
}

export interface Evidence {
  client: readonly ClientLine[]
  provider: readonly ProviderLine[]
  stored: Stored
  /** Ids of the state `unknown`, from the API. */
  unknownByApi: readonly number[]
}

export interface Bounds {
  policy: 'hold' | 'retry'
  /** How often the process died. */
  kills: number
  /** Messages that may be with the provider at once. */
  inFlight: number
}

export interface Verdict {
  tally: Tally
  /** Empty: every promise was kept. */
  violations: string[]
}

const SHOWN = 5

export function judge(evidence: Evidence, { policy, kills, inFlight }: Bounds): Verdict {
  const asked = new Set<string>()
  const acknowledged = new Map<string, number>()
  const refusedLast = new Set<string>()
  const maybe = new Set<string>()
  for (const line of evidence.client) {
    asked.add(line.token)
    if (line.kind === 'acknowledged') acknowledged.set(line.token, line.recordId)
    if (line.kind === 'interrupted') maybe.add(line.token)
    if (line.kind === 'refused') refusedLast.add(line.token)
  }
  // Without a line after it the request was under way when the client ended.
  for (const token of asked) if (!acknowledged.has(token) && !refusedLast.has(token)) maybe.add(token)

  const stored = Map.groupBy(evidence.stored.messages, ({ token }) => token)
  const calls = Map.groupBy(evidence.provider, ({ token }) => token)
  const found = {
    lost: new Set<string>(),
    unexpected: new Set<string>(),
    duplicated: new Set<string>(),
    wrongEnd: new Set<string>(),
    stuck: new Set<string>(),
  }

  for (const [token, recordId] of acknowledged) {
    const records = stored.get(token) ?? []
    if (!records.some(({ id }) => id === recordId)) found.lost.add(token)
  }
  let storedTwice = 0
  for (const [token, records] of stored) {
    const mayBeThere = acknowledged.has(token) || maybe.has(token)
    if (!mayBeThere) found.unexpected.add(token)
    if (records.length > 1) {
      storedTwice += 1
      found.duplicated.add(token)
    }
    for (const record of records) look(record)
  }
  for (const [token, list] of calls) {
    if (!stored.has(token)) found.unexpected.add(token)
    const taken = list.findIndex(({ took }) => took)
    if (taken >= 0 && taken < list.length - 1) found.duplicated.add(token)
  }

  function look({ token, state }: StoredMessage): void {
    const taken = (calls.get(token) ?? []).some(({ took }) => took)
    if (state === 'queued' || state === 'sending' || state === 'scheduled') found.stuck.add(token)
    if ((state === 'sent' || state === 'delivered') && !taken) found.lost.add(token)
    if (state === 'failed' && taken) found.unexpected.add(token)
    // A kill makes anything unknown; without one the mode decides.
    if (kills === 0 && policy === 'hold' && state !== END_OF[modeOf(token)]) found.wrongEnd.add(`${token} is ${state}`)
  }

  const unknown = evidence.stored.messages.filter(({ state }) => state === 'unknown')
  const byMode = unknown.filter(({ token }) => END_OF[modeOf(token)] === 'unknown')
  const tally: Tally = {
    attempts: asked.size,
    acknowledged: acknowledged.size,
    lost: found.lost.size,
    recovered: [...maybe].filter((token) => stored.has(token)).length,
    unexpected: found.unexpected.size,
    duplicated: found.duplicated.size,
    unknown: unknown.length,
  }
  const mostDoubled = policy === 'hold' ? 0 : kills * inFlight
  const mostUnknown = kills * inFlight + byMode.length
  const hidden = unknown.filter(({ id }) => !evidence.unknownByApi.includes(id))
  const violations = [
    none('acknowledged messages lost', found.lost),
    none('unexpected messages or sends', found.unexpected),
    none('messages stuck before their end', found.stuck),
    none('messages with another end than the provider gave them', found.wrongEnd),
    tally.duplicated - storedTwice > mostDoubled
      ? `expected at most ${mostDoubled} double sends under ${policy}, got ${tally.duplicated}${sample(found.duplicated)}`
      : null,
    storedTwice > 0 ? `expected every key to be stored once, got ${storedTwice} stored twice` : null,
    tally.unknown > mostUnknown ? `expected at most ${mostUnknown} unknown, got ${tally.unknown}` : null,
    hidden.length > 0 ? `expected the API to show every unknown, got ${hidden.length} hidden` : null,
    evidence.stored.integrity === 'ok' ? null : `expected integrity_check ok, got ${evidence.stored.integrity}`,
    evidence.stored.imbalance && `expected the conservation check to add up, got ${evidence.stored.imbalance}`,
  ]
  return { tally, violations: violations.filter((violation) => violation !== null) }
}

function none(what: string, tokens: ReadonlySet<string>): string | null {
  return tokens.size === 0 ? null : `expected no ${what}, got ${tokens.size}${sample(tokens)}`
}

function sample(tokens: ReadonlySet<string>): string {
  const shown = [...tokens].slice(0, SHOWN).join(', ')
  return ` (${shown}${tokens.size > SHOWN ? ', ...' : ''})`
}

export const NO_TALLY: Tally = {
  attempts: 0,
  acknowledged: 0,
  lost: 0,
  recovered: 0,
  unexpected: 0,
  duplicated: 0,
  unknown: 0,
}

export function addTallies(a: Tally, b: Tally): Tally {
  return {
    attempts: a.attempts + b.attempts,
    acknowledged: a.acknowledged + b.acknowledged,
    lost: a.lost + b.lost,
    recovered: a.recovered + b.recovered,
    unexpected: a.unexpected + b.unexpected,
    duplicated: a.duplicated + b.duplicated,
    unknown: a.unknown + b.unknown,
  }
}
