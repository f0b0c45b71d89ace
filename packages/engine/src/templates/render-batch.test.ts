import { describe, expect, it } from 'vitest'
import { addReport, renderBatch, SHOWN, type RenderBody } from './render-batch.ts'

const body = (content: string, rest: Partial<RenderBody> = {}): RenderBody => ({
  format: 'text',
  subject: null,
  content,
  variables: [...content.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1] as string),
  ...rest,
})
const payload = (recordId: number, variables: Record<string, string>) => ({ recordId, variables })

describe('rendering many payloads', () => {
  it('counts what fails as acceptance would: a missing variable, and one that the draft no longer has', () => {
    const report = renderBatch({
      draft: body('Hello {{name}}, {{code}}'),
      published: body('Hello {{name}}'),
      payloads: [payload(1, { name: 'Ada' }), payload(2, { name: 'Ada', code: '1', old: 'x' })],
    })
    expect(report).toMatchObject({ total: 2, failed: 2, changed: 0, unchanged: 0 })
    expect(report.failures).toMatchObject([
      { recordId: 1, message: 'expected variables.code to be a value, got nothing' },
      { recordId: 2, message: expect.stringContaining('variables.old') },
    ])
  })

  it('compares what each payload gives with the version in force, and shows where they part', () => {
    const report = renderBatch({
      draft: body('Your order {{id}} was sent today.'),
      published: body('Your order {{id}} was shipped.'),
      payloads: [payload(7, { id: '42' })],
    })
    expect(report).toMatchObject({ total: 1, changed: 1, unchanged: 0 })
    expect(report.differences).toEqual([
      {
        recordId: 7,
        field: 'content',
        at: 'Your order 42 was s'.length,
        before: 'Your order 42 was shipped.',
        after: 'Your order 42 was sent today.',
      },
    ])
  })

  it('sees no change where the text differs and the output does not, and none without a version in force', () => {
    const payloads = [payload(1, { a: 'x', b: 'x' })]
    const variables = ['a', 'b']
    const published = body('{{a}}{{b}}')
    expect(renderBatch({ draft: body('{{b}}{{a}}', { variables }), published, payloads })).toMatchObject({
      changed: 0,
      unchanged: 1,
    })
    expect(renderBatch({ draft: body('{{a}}{{b}}'), published: null, payloads })).toMatchObject({ unchanged: 1 })
  })

  it('looks at the subject first, escapes as the format says, and takes one that failed before as changed', () => {
    const draft = body('<p>{{name}}</p>', { format: 'html', subject: 'Hi' })
    const payloads = [payload(1, { name: '<b>' })]
    const differing = renderBatch({ draft, published: body('<p>{{name}}</p>', { subject: 'Hello' }), payloads })
    expect(differing.differences).toMatchObject([{ field: 'subject', before: 'Hello', after: 'Hi' }])
    const format = renderBatch({ draft, published: body('<p>{{name}}</p>', { subject: 'Hi' }), payloads })
    expect(format.differences).toMatchObject([{ field: 'content', before: '<p><b></p>', after: '<p>&lt;b&gt;</p>' }])
    const failed = renderBatch({ draft, published: body('{{name}} {{gone}}'), payloads })
    expect(failed.differences).toMatchObject([{ field: 'subject', before: null, after: 'Hi' }])
  })

  it('counts all and shows the first, also over several batches', () => {
    const batch = (from: number) =>
      renderBatch({
        draft: body('a'),
        published: body('b'),
        payloads: Array.from({ length: 15 }, (_, i) => payload(from + i, {})),
      })
    const sum = addReport(batch(0), batch(15))
    expect(sum).toMatchObject({ total: 30, changed: 30 })
    expect(sum.differences.map(({ recordId }) => recordId)).toEqual(Array.from({ length: SHOWN }, (_, i) => i))
  })
})
