import { describe, expect, it } from 'vitest'
import type { StoredMessage } from './database.ts'
import { judge, type Bounds, type Evidence } from './judge.ts'
import type { ClientLine, ProviderLine } from './lines.ts'

const BOUNDS: Bounds = { policy: 'hold', kills: 1, inFlight: 2 }

const request = (token: string): ClientLine => ({ kind: 'request', token })
const acknowledged = (token: string, recordId: number): ClientLine => ({ kind: 'acknowledged', token, recordId })
const interrupted = (token: string): ClientLine => ({ kind: 'interrupted', token, why: 'ECONNRESET' })
const refused = (token: string): ClientLine => ({
  ...{ kind: 'refused', token, status: 429, error: 'rate_limited', retryAfter: true },
})
const call = (token: string, recordId: number, took = true): ProviderLine => ({ token, recordId, at: 0, took })
const stored = (token: string, id: number, state: StoredMessage['state']): StoredMessage => ({ token, id, state })

/** One message that went all the way. */
const GOOD = {
  client: [request('ok.1'), acknowledged('ok.1', 1)],
  provider: [call('ok.1', 1)],
  messages: [stored('ok.1', 1, 'sent')],
}

function verdict(
  more: { client?: ClientLine[]; provider?: ProviderLine[]; messages?: StoredMessage[] },
  options: { bounds?: Partial<Bounds>; integrity?: string; imbalance?: string; unknownByApi?: number[] } = {},
) {
  const { integrity = 'ok', imbalance = null } = options
  const messages = [...GOOD.messages, ...(more.messages ?? [])]
  const evidence: Evidence = {
    client: [...GOOD.client, ...(more.client ?? [])],
    provider: [...GOOD.provider, ...(more.provider ?? [])],
    stored: { messages, integrity, imbalance },
    unknownByApi: options.unknownByApi ?? messages.filter(({ state }) => state === 'unknown').map(({ id }) => id),
  }
  return judge(evidence, { ...BOUNDS, ...options.bounds })
}

describe('the judge', () => {
  it('finds nothing where every promise was kept', () => {
    const { tally, violations } = verdict({})
    expect(violations).toEqual([])
    expect(tally).toMatchObject({ attempts: 1, acknowledged: 1, lost: 0, duplicated: 0, unexpected: 0, unknown: 0 })
  })

  it('sees an acknowledged message that is not stored', () => {
    const { tally, violations } = verdict({ client: [request('ok.2'), acknowledged('ok.2', 2)] })
    expect(tally.lost).toBe(1)
    expect(violations).toEqual([expect.stringContaining('no acknowledged messages lost, got 1 (ok.2)')])
  })

  it('sees one that is said to be sent and never reached the provider', () => {
    const client = [request('ok.2'), acknowledged('ok.2', 2)]
    expect(verdict({ client, messages: [stored('ok.2', 2, 'sent')] }).tally.lost).toBe(1)
  })

  it('sees one that waits for ever', () => {
    const client = [request('ok.2'), acknowledged('ok.2', 2)]
    const { violations } = verdict({ client, messages: [stored('ok.2', 2, 'queued')] })
    expect(violations).toEqual([expect.stringContaining('stuck')])
  })

  it('counts what was stored though its answer was lost as recovered, whatever became of its answer', () => {
    const client = [request('ok.2'), interrupted('ok.2'), request('ok.3'), interrupted('ok.3')]
    const { tally, violations } = verdict({
      ...{ client, provider: [call('ok.2', 2)], messages: [stored('ok.2', 2, 'sent')] },
    })
    expect(violations).toEqual([])
    expect(tally).toMatchObject({ attempts: 3, acknowledged: 1, recovered: 1 })
  })

  it('sees a message that nobody asked for, one that was refused, and a call without a record', () => {
    const messages = [stored('ok.2', 2, 'sent'), stored('ok.3', 3, 'sent')]
    const provider = [call('ok.2', 2), call('ok.3', 3), call('ok.4', 4)]
    const { tally, violations } = verdict({ client: [request('ok.3'), refused('ok.3')], provider, messages })
    expect(tally.unexpected).toBe(3)
    expect(violations).toEqual([expect.stringContaining('unexpected')])
  })

  it('sees one that is said to have failed and was sent', () => {
    const client = [request('ok.2'), acknowledged('ok.2', 2)]
    const { tally } = verdict({ client, provider: [call('ok.2', 2)], messages: [stored('ok.2', 2, 'failed')] })
    expect(tally.unexpected).toBe(1)
  })

  it('sees a second call after the provider took the first, and lets policy retry have some', () => {
    const again = { provider: [call('ok.1', 1)] }
    expect(verdict(again).violations).toEqual([expect.stringContaining('at most 0 double sends under hold, got 1')])
    expect(verdict(again, { bounds: { policy: 'retry' } }).violations).toEqual([])
    expect(verdict(again, { bounds: { policy: 'retry', kills: 0 } }).violations).toHaveLength(1)
  })

  it('takes a call after a refusal for what it is', () => {
    const client = [request('busy.2'), acknowledged('busy.2', 2)]
    const provider = [call('busy.2', 2, false), call('busy.2', 2)]
    expect(verdict({ client, provider, messages: [stored('busy.2', 2, 'sent')] }).violations).toEqual([])
  })

  it('sees a key that was stored twice under any policy', () => {
    const messages = [stored('ok.1', 2, 'unknown')]
    for (const policy of ['hold', 'retry'] as const) {
      expect(verdict({ messages }, { bounds: { policy } }).violations).toEqual([
        expect.stringContaining('every key to be stored once'),
      ])
    }
  })

  it('bounds the unknown by deaths and what was in flight, and wants the API to show them all', () => {
    const tokens = ['ok.2', 'ok.3', 'ok.4']
    const client = tokens.flatMap((token, i) => [request(token), acknowledged(token, i + 2)])
    const messages = tokens.map((token, i) => stored(token, i + 2, 'unknown'))
    expect(verdict({ client, messages }).violations).toEqual([expect.stringContaining('at most 2 unknown, got 3')])
    expect(verdict({ client, messages }, { bounds: { inFlight: 3 } }).violations).toEqual([])
    const hidden = verdict({ client, messages }, { bounds: { inFlight: 3 }, unknownByApi: [2, 3] })
    expect(hidden.violations).toEqual([expect.stringContaining('got 1 hidden')])
  })

  it('without a death wants exactly the end that the provider gave', () => {
    const client = [request('reset.2'), acknowledged('reset.2', 2), request('late.3'), acknowledged('late.3', 3)]
    const provider = [call('reset.2', 2), call('late.3', 3)]
    const messages = [stored('reset.2', 2, 'unknown'), stored('late.3', 3, 'unknown')]
    const { violations } = verdict({ client, provider, messages }, { bounds: { kills: 0 } })
    expect(violations).toContainEqual(expect.stringContaining('another end than the provider gave them, got 1 (late.3'))
  })

  it('hands on what SQLite and the conservation check found', () => {
    expect(verdict({}, { integrity: 'row 1 missing' }).violations).toEqual([expect.stringContaining('row 1 missing')])
    expect(verdict({}, { imbalance: '{}' }).violations).toEqual([expect.stringContaining('conservation')])
  })
})
