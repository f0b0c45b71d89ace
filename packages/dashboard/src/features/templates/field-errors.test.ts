import { describe, expect, it } from 'vitest'
import { ApiError } from '../../api/http.ts'
import { fieldErrorsOf } from './field-errors.ts'

const issue = (path: string, message: string) => ({ path, expected: 'x', got: 'y', message })
const refusal = (...issues: ReturnType<typeof issue>[]) => new ApiError('invalid', 'invalid', { status: 422, issues })

describe('fieldErrorsOf', () => {
  it('puts each issue at its field, several at one together', () => {
    const error = refusal(
      issue('subject', 'too long'),
      issue('content', 'bad at line 1'),
      issue('variables[2]', 'unused'),
    )
    expect(fieldErrorsOf(error)).toEqual({ subject: 'too long', content: 'bad at line 1; unused' })
  })

  it('leaves out what no field shows', () => {
    expect(fieldErrorsOf(refusal(issue('revision', 'stale')))).toEqual({})
  })
})
