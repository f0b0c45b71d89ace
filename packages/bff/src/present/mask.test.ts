import { CHANNELS } from '@signalbox/contracts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { maskRecipient } from './mask.ts'

describe('a masked recipient', () => {
  it.each([
    ['sms', '+8613800138000', '+86138****8000'],
    ['email', 'ann@example.com', 'a***@example.com'],
    ['app', 'user-12345', 'us***45'],
    ['feishu', 'abc', 'a***'],
    ['email', 'not an address', 'no***ss'],
  ] as const)('of %s %s is %s', (channel, recipient, masked) => {
    expect(maskRecipient(channel, recipient)).toBe(masked)
  })

  it('never is the recipient', () => {
    fc.assert(
      fc.property(fc.constantFrom(...CHANNELS), fc.string({ minLength: 1, maxLength: 40 }), (channel, recipient) => {
        fc.pre(!recipient.includes('*'))
        expect(maskRecipient(channel, recipient)).not.toBe(recipient)
      }),
    )
  })
})
