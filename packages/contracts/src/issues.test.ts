import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { issuesOf, summary } from './issues.ts'
import { sendBatchRequestSchema, sendRequestSchema } from './messages.ts'
import { overviewQuerySchema } from './statistics.ts'
import { createTemplateSchema } from './templates.ts'

function issues(schema: z.ZodType, input: unknown) {
  const { error } = schema.safeParse(input)
  return error ? issuesOf(error, input, 'body') : []
}

describe('issues', () => {
  it.each([
    [{}, 'template_id', 'expected template_id to be a number, got nothing'],
    [{ template_id: 'x', recipient: 'a' }, 'template_id', 'expected template_id to be a number, got "x"'],
    [{ template_id: 1.5, recipient: 'a' }, 'template_id', 'expected template_id to be an integer, got 1.5'],
    [{ template_id: 1, recipient: 'a', priority: 11 }, 'priority', 'expected priority to be at most 10, got 11'],
    [{ template_id: 1, recipient: '' }, 'recipient', 'expected recipient to be at least 1 character long, got ""'],
    [{ template_id: 1, recipient: 'a', x: 1 }, 'x', 'expected no field x'],
    [
      { template_id: 1, recipient: 'a', variables: { a: [] } },
      'variables.a',
      'expected variables.a to be a string or a number or a boolean, got a list of 0',
    ],
    [
      { template_id: 1, recipient: 'a', scheduled_at: 'soon' },
      'scheduled_at',
      'expected scheduled_at to be an ISO 8601 time with offset, such as 2026-01-31T09:30:00+08:00, got "soon"',
    ],
    [
      { template_id: 1, recipient: 'a', idempotency_key: 'a b' },
      'idempotency_key',
      'expected idempotency_key to be printable ASCII without spaces, got "a b"',
    ],
    [
      { template_id: 1, recipient: 'a', delay_ms: 1, scheduled_at: '2026-01-31T09:30:00Z' },
      'scheduled_at',
      'expected delay_ms or scheduled_at, got both',
    ],
    [[], 'body', 'expected body to be an object, got a list of 0'],
  ])('says of %j what is wrong with %s', (input, path, message) => {
    expect(issues(sendRequestSchema, input)[0]).toMatchObject({ path, message })
  })

  it('names the place in a list', () => {
    const found = issues(sendBatchRequestSchema, { template_id: 1, recipients: ['a', ''], variables_list: [{}, {}] })
    expect(found[0]?.path).toBe('recipients[1]')
  })

  it('says how a range of days must run', () => {
    const found = issues(overviewQuerySchema, { start_date: '2026-02-01', end_date: '2026-01-01' })
    expect(found).toMatchObject([{ path: 'start_date', expected: 'start_date on or before end_date' }])
  })

  it('counts what it does not show', () => {
    expect(summary(issues(sendRequestSchema, {}))).toMatch(/^expected template_id .* \(and 1 more\)$/)
  })

  it('never repeats what a message says', () => {
    const secret = 'the secret text'
    const found = [
      ...issues(createTemplateSchema, {
        name: 'n',
        channel: 'email',
        content: 5,
        subject: [secret],
        variables: [secret],
      }),
      ...issues(sendRequestSchema, { template_id: 1, recipient: 'a', variables: secret }),
      ...issues(sendRequestSchema, { template_id: 1, recipient: 'a', variables: { code: { secret } } }),
    ]
    expect(found.length).toBeGreaterThan(3)
    expect(JSON.stringify(found)).not.toContain(secret)
  })

  it('shows at most 80 characters of anything, and at most 20 issues', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ maxLength: 200 }), fc.anything(), { maxKeys: 30 }), (input) => {
        const found = issues(sendRequestSchema, input)
        expect(found.length).toBeLessThanOrEqual(20)
        for (const { path, got } of found) {
          expect(path.length).toBeLessThanOrEqual(80)
          expect(got.length).toBeLessThanOrEqual(80)
        }
      }),
    )
  })
})
