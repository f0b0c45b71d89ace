import { CHANNELS, MESSAGE_STATES, type MessageState } from '@signalbox/contracts'
import type { BulkFilter } from '@signalbox/engine'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { openServer } from '../../test/support/server.ts'
import { fitsFilter } from './fits-filter.ts'

it('a message fits exactly where the search finds it', { timeout: 60_000 }, async () => {
  const { engine } = await openServer({ sandbox: { error_rate: 0.5, seed: 3 } })
  const ids = []
  for (const channel of ['sms', 'app'] as const) {
    const { id } = await engine.templates.create({ name: channel, channel, content: 'x' })
    for (let i = 0; i < 8; i++) {
      const accepted = await engine.messages.accept({
        ...{ templateId: id, variables: {}, recipient: channel === 'sms' ? `+861380013800${i}` : `user-${i}` },
        ...(i % 3 === 0 ? { delayMs: 3_600_000 } : {}),
      })
      ids.push(accepted.id)
    }
  }
  await engine.messages.cancel(ids[0] as number)
  const { messages } = await engine.messages.search({ limit: 200 })
  const some = <T>(...values: T[]) => fc.option(fc.constantFrom(...values), { nil: undefined })
  const [newest] = messages
  const at = newest?.acceptedAt ?? 0
  const filter: fc.Arbitrary<BulkFilter> = fc.record({
    status: fc.option(fc.subarray<MessageState>([...MESSAGE_STATES], { minLength: 1 }), { nil: undefined }),
    channel: some(...CHANNELS),
    templateId: some(...new Set(messages.map(({ templateId }) => templateId))),
    serviceId: some(...engine.services.list().map(({ id }) => id)),
    recipient: some('+8613800138001', 'user-2', 'nobody'),
    error: some('sandbox', 'REJECT', 'x'),
    from: some(at, at + 1, at - 60_000),
    to: some(at, at + 1),
  })
  await fc.assert(
    fc.asyncProperty(filter, async (query) => {
      const { messages: all } = await engine.messages.search({ limit: 200 })
      const { messages: found } = await engine.messages.search({ ...query, limit: 200 })
      const { messages: after } = await engine.messages.search({ limit: 200 })
      fc.pre(JSON.stringify(all) === JSON.stringify(after))
      expect(all.filter((record) => fitsFilter(query, record)).map(({ id }) => id)).toEqual(found.map(({ id }) => id))
    }),
    { numRuns: 60 },
  )
})
