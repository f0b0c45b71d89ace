import { describe, expect, it } from 'vitest'
import { changesOf } from './changes.ts'

const WORDS = { stored: 'stored', replaced: 'a new one' }
const of = (was: unknown, now: unknown) => changesOf(was, now, (path) => path.endsWith('password'), WORDS)

describe('what saving would change', () => {
  it('is one line per value, also deep and in lists', () => {
    const was = { name: 'a', from: { address: 'x' }, templates: [{ code: '1' }] }
    const now = { name: 'a', from: { address: 'y', name: 'Shop' }, templates: [{ code: '1' }, { code: '2' }] }
    expect(of(was, now)).toEqual([
      { path: 'from.address', was: 'x', now: 'y' },
      { path: 'from.name', was: null, now: 'Shop' },
      { path: 'templates[1].code', was: null, now: '2' },
    ])
  })

  it('tells what is taken away, and null as not set', () => {
    expect(of({ daily_quota: 5, user: 'a' }, { daily_quota: null })).toEqual([
      { path: 'daily_quota', was: '5', now: null },
      { path: 'user', was: 'a', now: null },
    ])
  })

  it('never shows the text of a secret', () => {
    expect(of({ password: { stored: true } }, { password: 'hunter2' })).toEqual([
      { path: 'password', was: 'stored', now: 'a new one' },
    ])
    expect(of({ password: 'hunter1' }, { password: { env: 'SECRET_X' } })).toEqual([
      { path: 'password', was: 'a new one', now: '$SECRET_X' },
    ])
    expect(of({ password: { stored: true } }, { password: { stored: true } })).toEqual([])
  })
})
