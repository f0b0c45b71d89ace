import { describe, expect, it } from 'vitest'
import { classify, codeOf, detailOf } from './classify.ts'

function reply(command: string, response: string) {
  return { command, response, responseCode: Number(response.slice(0, 3)), code: 'EENVELOPE', message: response }
}

describe('the class of an SMTP reply', () => {
  const rows = [
    ['RCPT TO', '550 5.1.1 no such user', 'invalid_recipient', 'recipient'],
    ['RCPT TO', '550 no such user', 'invalid_recipient', 'recipient'],
    ['RCPT TO', '551 not here', 'invalid_recipient', 'recipient'],
    ['RCPT TO', '553 bad name', 'invalid_recipient', 'recipient'],
    ['DATA', '550 5.1.10 null MX', 'invalid_recipient', 'recipient'],
    ['RCPT TO', '550 5.7.1 blocked by policy', 'content', 'message'],
    ['DATA', '554 5.7.1 spam', 'content', 'message'],
    ['DATA', '550 spam', 'content', 'message'],
    ['DATA', '552 too large', 'content', 'message'],
    ['MAIL FROM', '552 5.3.4 too large', 'content', 'message'],
    ['RCPT TO', '452 4.2.2 full', 'provider_down', 'recipient'],
    ['RCPT TO', '552 5.2.2 full', 'provider_down', 'recipient'],
    ['RCPT TO', '450 4.2.0 greylisted', 'provider_down', 'recipient'],
    ['RCPT TO', '421 4.3.2 closing', 'provider_down', 'provider'],
    ['CONN', '421 closing', 'provider_down', 'provider'],
    ['DATA', '451 4.3.0 later', 'provider_down', 'message'],
    ['AUTH PLAIN', '535 5.7.8 wrong', 'auth', 'account'],
    ['MAIL FROM', '530 5.7.0 log in first', 'auth', 'account'],
    ['AUTH LOGIN', '454 4.7.0 Temporary authentication failure', 'provider_down', 'provider'],
    ['DATA', '454 Throttling failure: Maximum sending rate exceeded.', 'rate_limited', 'account'],
    ['DATA', '454 Throttling failure: Daily message quota exceeded.', 'quota', 'account'],
    ['CONN', '421 4.7.0 too many connections', 'rate_limited', 'account'],
    ['MAIL FROM', '550 5.1.8 bad sender', 'config', 'account'],
    ['MAIL FROM', '550 5.1.1 no such sender', 'config', 'account'],
    ['CONN', '554 no service for you', 'config', 'account'],
    ['EHLO', '501 bad name', 'config', 'account'],
  ] as const
  it.each(rows)('%s %s is %s of the %s', (command, response, category, scope) => {
    expect(classify(reply(command, response))).toMatchObject({ status: 'failed', category, scope })
  })
})

describe('an address that does not exist', () => {
  it.each([
    ['RCPT TO', '550 5.1.1 no such user', 'hard_bounce'],
    ['DATA', '550 5.1.10 null MX', 'hard_bounce'],
    ['RCPT TO', '550 5.2.1 mailbox disabled', 'hard_bounce'],
    ['RCPT TO', '550 no such user', undefined],
    ['RCPT TO', '550 5.7.1 blocked by policy', undefined],
    ['RCPT TO', '552 5.2.2 full', undefined],
    ['RCPT TO', '450 4.1.1 not now', undefined],
    ['MAIL FROM', '550 5.1.1 no such sender', undefined],
  ])('%s %s is written to no more: %s', (command, response, suppress) => {
    expect(classify(reply(command, response)).suppress).toBe(suppress)
  })
})

describe('the class of a failure without a reply', () => {
  const rows = [
    ['ESOCKET', 'provider_down', 'provider'],
    ['EDNS', 'provider_down', 'provider'],
    ['ETLS', 'provider_down', 'provider'],
    ['EAUTH', 'auth', 'account'],
    ['ECONFIG', 'config', 'account'],
    ['EMESSAGE', 'content', 'message'],
  ] as const
  it.each(rows)('%s is %s of the %s', (code, category, scope) => {
    expect(classify({ code, message: 'x' })).toMatchObject({ category, scope, code })
  })
})

describe('what is told of a failure', () => {
  it('has the enhanced code when the server gives one', () => {
    expect(codeOf(reply('RCPT TO', '550 5.1.1 no such user'))).toBe('550 5.1.1')
    expect(codeOf(reply('RCPT TO', '550-5.1.1 no\n550 5.1.1 such user'))).toBe('550 5.1.1')
    expect(codeOf(reply('RCPT TO', '450 busy'))).toBe('450')
  })

  it('has the system code beneath a broken connection', () => {
    expect(codeOf({ code: 'ESOCKET', originalCode: 'ECONNREFUSED', message: 'x' })).toBe('ESOCKET ECONNREFUSED')
  })

  it('repeats no address', () => {
    const response = '550 5.1.1 <ann.b+x@mail.example.com>: no such user, ask postmaster@example.com'
    expect(detailOf(reply('RCPT TO', response))).toBe('RCPT TO: 550 5.1.1 <…>: no such user, ask …')
  })

  it('is one line of at most 300 characters', () => {
    const detail = detailOf(reply('RCPT TO', `550-a\r\n550 ${'b'.repeat(1000)}`))
    expect(detail).toMatch(/^RCPT TO: 550-a 550 b+\.\.\.$/)
    expect(detail).toHaveLength(300)
  })
})
