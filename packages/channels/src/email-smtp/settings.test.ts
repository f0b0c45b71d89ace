import { describe, expect, it } from 'vitest'
import { checkSettings } from '../settings.ts'
import { smtpSettingsSchema } from './settings.ts'

const minimal = { host: 'smtp.example.com', from: { address: 'Box@Example.COM' } }
const check = (raw: object) => checkSettings(smtpSettingsSchema, { ...minimal, ...raw })
const fieldsOf = (raw: object) => {
  const checked = check(raw)
  return checked.ok ? [] : checked.errors.map(({ field }) => field)
}

describe('the settings of an SMTP account', () => {
  it('are a host and a sender; the rest is chosen safely', () => {
    expect(check({})).toMatchObject({
      ok: true,
      value: { port: 587, secure: false, require_tls: true, ignore_tls: false, from: { address: 'Box@example.com' } },
    })
  })

  it('speak TLS from the first byte on port 465', () => {
    expect(check({ port: 465 })).toMatchObject({ value: { secure: true, require_tls: false } })
    expect(check({ secure: true })).toMatchObject({ value: { port: 465 } })
  })

  it('may go unencrypted to this machine only', () => {
    expect(check({ host: '127.0.0.1' })).toMatchObject({ value: { require_tls: false } })
    expect(fieldsOf({ host: '127.0.0.1', ignore_tls: true })).toEqual([])
    expect(fieldsOf({ ignore_tls: true })).toEqual(['ignore_tls'])
    expect(fieldsOf({ user: 'box', password: 'hunter2', require_tls: false })).toEqual(['require_tls'])
  })

  it.each([
    ['password', { user: 'box' }],
    ['password.env', { user: 'box', password: { env: 'not a name' } }],
    ['port', { port: 0 }],
    ['host', { host: 'a b' }],
    ['from.address', { from: { address: 'Ann <ann@example.com>' } }],
    ['from.name', { from: { name: 'a\r\nBcc: b', address: 'ann@example.com' } }],
    ['reply_to', { reply_to: 'nobody' }],
    ['socket_timeout_ms', { socket_timeout_ms: 1 }],
    ['bounce_address', { bounce_address: `${'b'.repeat(28)}@example.com` }],
    ['bounce_delimiter', { bounce_delimiter: '@' }],
    ['maildir', { receipt_token: { env: 'T' }, maildir: 'relative/path' }],
    ['receipt_token', { maildir: '/var/mail/bounces' }],
    ['receipt_token', { delivery_reports: true }],
    ['password_env', { password_env: 'SECRET_SMTP' }],
  ])('are refused with the field %s named', (field, raw) => {
    expect(fieldsOf(raw)).toEqual([field])
  })
})
