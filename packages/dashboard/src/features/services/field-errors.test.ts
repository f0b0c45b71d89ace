import { describe, expect, it } from 'vitest'
import { errorsOf, isWrong, leftOver } from './field-errors.ts'

const issue = (path: string, message: string) => ({ path, message, expected: '', got: '' })

describe('what the server refused', () => {
  const errors = errorsOf([
    issue('settings.from.address', 'settings.from.address: expected an address'),
    issue('settings.templates.0.code', 'expected SMS_…'),
    issue('settings.templates[0].code', 'and again'),
    issue('', 'expected another name'),
  ])

  it('stands at its field, without saying where again', () => {
    expect(errors.get('settings.from.address')).toBe('expected an address')
  })

  it('is one text at a field, however its place in a list is written', () => {
    expect(errors.get('settings.templates[0].code')).toBe('expected SMS_…; and again')
  })

  it('is known of what holds the field, and of nothing that only begins alike', () => {
    expect(
      ['settings.from', 'settings.templates', 'settings.templates[0]'].map((path) => isWrong(errors, path)),
    ).toEqual([true, true, true])
    expect([isWrong(errors, 'settings.fr'), isWrong(errors, 'settings.templates[1]')]).toEqual([false, false])
  })

  it('is told above the form where no field stands for it', () => {
    expect(leftOver(errors, (path) => path.startsWith('settings.templates'))).toEqual([
      'settings.from.address: expected an address',
      'expected another name',
    ])
  })
})
