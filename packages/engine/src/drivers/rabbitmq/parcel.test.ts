import { PRIORITY_MAX, PRIORITY_MIN, WORKED_QUEUES } from '@signalbox/contracts'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pack, unpack } from './parcel.ts'

const KIND = { queue: 'message.send', priority: 5 } as const

describe('parcels', () => {
  it('arrive as they left, the order of each lane kept', () => {
    const kind = fc.record({
      queue: fc.constantFrom(...WORKED_QUEUES),
      priority: fc.integer({ min: PRIORITY_MIN, max: PRIORITY_MAX }),
    })
    const item = fc.record({ lane: fc.constantFrom('sms', 'email welcome', '"'), id: fc.maxSafeNat() })
    fc.assert(
      fc.property(kind, fc.array(item, { minLength: 1 }), (of, items) => {
        const entries = items.map((each) => ({ ...of, ...each }))
        const arrived = unpack(pack(entries), of)
        for (const lane of new Set(entries.map((each) => each.lane))) {
          expect(arrived?.filter((each) => each.lane === lane)).toEqual(entries.filter((each) => each.lane === lane))
        }
        expect(arrived).toHaveLength(entries.length)
      }),
    )
  })

  it.each([
    'no json',
    '',
    'null',
    '{}',
    '{"queue":"message.send","priority":5,"lanes":{}}',
    '{"queue":"message.send","priority":5,"lanes":[["sms"]]}',
    '{"queue":"message.send","priority":5,"lanes":[["sms",["1"]]]}',
    '{"queue":"message.send","priority":5,"lanes":[["sms",[1.5]]]}',
    '{"queue":"message.send","priority":5,"lanes":[[1,[1]]]}',
    '{"queue":"message.send","priority":6,"lanes":[["sms",[1]]]}',
    '{"queue":"notification","priority":5,"lanes":[["sms",[1]]]}',
  ])('are not read from %s', (text) => {
    expect(unpack(Buffer.from(text), KIND)).toBeNull()
  })

  it('are not read from any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(unpack(Buffer.from(bytes), KIND)).toBeNull()
      }),
    )
  })
})
