import { describe, expect, it } from 'vitest'
import { recordingContext } from '../test/support/context.ts'
import type { AdapterContext, AnyAdapter, Outcome } from './adapter.ts'
import { guarded } from './guarded.ts'
import { adapters, sandbox } from './index.ts'

const SECRET = 'k/e+y=信 "quoted"'
const SPELLINGS = [
  SECRET,
  encodeURIComponent(SECRET),
  encodeURIComponent(SECRET).toLowerCase(),
  new URLSearchParams({ a: SECRET }).toString().slice(2),
  JSON.stringify(SECRET).slice(1, -1),
  Buffer.from(SECRET).toString('base64'),
  Buffer.from(SECRET).toString('base64url'),
]
const TOLD = SPELLINGS.join(' and ')

const loose: AnyAdapter = {
  ...sandbox(),
  form: { schema: { type: 'object', properties: { host: {}, password: { secret: true }, token: { secret: true } } } },
}
const ctx = () => recordingContext('sms', { secrets: { password: SECRET, token: 'other-secret' } })

function expectHidden(shown: unknown): void {
  const text = JSON.stringify(shown)
  for (const spelling of [...SPELLINGS, 'other-secret'])
    expect(text).not.toContain(JSON.stringify(spelling).slice(1, -1))
  expect(text).toContain('***')
}

const delivery = {} as Parameters<AnyAdapter['send']>[0]

describe('a guarded adapter', () => {
  it.each<[string, Outcome]>([
    ['a failure', { status: 'failed', category: 'auth', scope: 'account', code: TOLD, detail: `no: ${TOLD}` }],
    ['an unknown end', { status: 'unknown', code: 'x', detail: 'other-secret' }],
    ['an id', { status: 'accepted', providerId: `id-${SECRET}`, final: true }],
  ])('shows no secret in %s, and leaves the rest of it', async (_what, outcome) => {
    const outcomes = await guarded({ ...loose, send: async () => [outcome] }).send(delivery, {}, ctx())
    expectHidden(outcomes)
    expect(outcomes).toMatchObject([{ status: outcome.status }])
  })

  it('shows none in an error, and keeps one that has none', async () => {
    const failing = (error: Error) => guarded({ ...loose, send: () => Promise.reject(error) }).send(delivery, {}, ctx())
    const loud = failing(new Error(`cannot use ${SECRET}`, { cause: SECRET }))
    const error = (await loud.catch((thrown: unknown) => thrown)) as Error
    expectHidden([error.message, error.stack, error.cause])
    const own = new Error('a defect')
    await expect(failing(own)).rejects.toBe(own)
  })

  it('shows none in what it logs, in receipts of any kind, and in what it finds out afterwards', async () => {
    const lines: unknown[] = []
    const heard = ctx()
    const log = { info: (...line: unknown[]) => lines.push(line), warn: (...line: unknown[]) => lines.push(line) }
    const event = { recordId: 1, state: 'failed' as const, at: 1, code: 'x', detail: SECRET }
    const adapter = guarded({
      ...loose,
      async send(_delivery, _cfg, own: AdapterContext) {
        own.log.warn({ deep: [{ key: SECRET }], error: new Error(SECRET) }, `with ${SECRET}`)
        own.receipt(event)
        return []
      },
      parseReceipt: async () => ({ auth: 'signature', events: [event], reply: { status: 200, type: 't', body: '' } }),
      reconcile: async () => ({ status: 'unknown', code: 'x', detail: SECRET }),
      collect: async (_cfg, _own, take) => take([event]),
    })
    await adapter.send(delivery, {}, { ...heard, log })
    expectHidden(lines)
    expectHidden(heard.receipts)
    expectHidden(await adapter.parseReceipt?.({} as never, {}, ctx()))
    expectHidden(await adapter.reconcile?.({} as never, {}, ctx()))
    const taken: unknown[] = []
    await adapter.collect?.({}, ctx(), async (receipts) => void taken.push(receipts))
    expectHidden(taken)
    expect(lines).toHaveLength(1)
  })

  it('changes no word of ours, also when a secret is one', async () => {
    const weak = recordingContext('sms', { secrets: { password: 'failed', token: '9006' } })
    const outcome: Outcome = {
      ...{ status: 'failed', category: 'auth', scope: 'account', code: 'auth failed' },
      detail: 'login failed',
    }
    const taken: Outcome = { status: 'accepted', providerId: '90061950', final: true }
    const adapter = guarded({
      ...loose,
      send: async () => [outcome, taken],
      parseReceipt: async () => ({
        auth: 'signature',
        events: [{ recordId: 1, state: 'failed', at: 1, code: 'failed' }],
        reply: { status: 200, type: 'text/plain', body: 'failed' },
      }),
    })
    expect(await adapter.send(delivery, {}, weak)).toEqual([
      { ...outcome, code: 'auth ***', detail: 'login ***' },
      taken,
    ])
    expect(await adapter.parseReceipt?.({} as never, {}, weak)).toMatchObject({
      events: [{ state: 'failed', code: '***' }],
      reply: { body: 'failed' },
    })
  })

  it('is every one that has a secret, and no other', () => {
    const names = adapters().flatMap(({ key, form }) =>
      Object.values(form?.schema.properties ?? {}).some(({ secret }) => secret) ? [key] : [],
    )
    expect(names.length).toBeGreaterThan(8)
    const bare = sandbox()
    expect(guarded(bare)).toBe(bare)
    expect(guarded(loose)).not.toBe(loose)
    expect(guarded(loose)).not.toHaveProperty('reconcile')
  })
})
