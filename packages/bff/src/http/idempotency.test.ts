import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ApiError } from './errors.ts'
import { bodyHash, canonicalJson, createIdempotency, idempotencyKey } from './idempotency.ts'

describe('the idempotency key', () => {
  it('comes from the body, the header, or both when they agree', () => {
    expect(idempotencyKey('a', {})).toBe('a')
    expect(idempotencyKey(undefined, { 'idempotency-key': 'b' })).toBe('b')
    expect(idempotencyKey('c', { 'idempotency-key': 'c' })).toBe('c')
    expect(idempotencyKey(undefined, {})).toBeUndefined()
  })

  it('is refused when body and header differ, or the header is none', () => {
    expect(() => idempotencyKey('a', { 'idempotency-key': 'b' })).toThrow('the same as the header Idempotency-Key')
    expect(() => idempotencyKey(undefined, { 'idempotency-key': 'with space' })).toThrow('printable ASCII')
  })

  it('lets one call at a time through', async () => {
    const idempotency = createIdempotency()
    const { promise, resolve } = Promise.withResolvers<string>()
    const first = idempotency.alone('k', () => promise)
    await expect(idempotency.alone('k', () => Promise.resolve('second'))).rejects.toMatchObject({
      reason: 'idempotency_in_flight',
    })
    await expect(idempotency.alone('other', () => Promise.resolve('other'))).resolves.toBe('other')
    resolve('first')
    await expect(first).resolves.toBe('first')
    await expect(idempotency.alone('k', () => Promise.reject(new ApiError('invalid', 'no')))).rejects.toThrow('no')
    await expect(idempotency.alone('k', () => Promise.resolve('third'))).resolves.toBe('third')
  })
})

describe('the digest of a body', () => {
  it('is the same for any order of its fields and without its key', () => {
    const one = { template_id: 1, variables: { a: '1', b: '2' }, idempotency_key: 'x' }
    const other = { variables: { b: '2', a: '1' }, template_id: 1 }
    expect(bodyHash('send', one)).toBe(bodyHash('send', other))
  })

  it('differs with the call and with any value', () => {
    const hashes = [bodyHash('send', { a: '1' }), bodyHash('send-batch', { a: '1' }), bodyHash('send', { a: 1 })]
    expect(new Set(hashes).size).toBe(3)
  })

  it('covers exactly the JSON value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const plain = JSON.parse(JSON.stringify(value)) as unknown
        expect(JSON.parse(canonicalJson(plain))).toEqual(plain)
      }),
    )
  })
})
