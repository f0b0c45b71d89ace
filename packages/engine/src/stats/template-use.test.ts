import { expect, it } from 'vitest'
import { ManualClock } from '../../test/support/manual-clock.ts'
import { createTemplateUse } from './template-use.ts'

it('reads the use of templates once for all who ask within ten seconds, and again when that failed', async () => {
  const clock = new ManualClock(Date.UTC(2026, 0, 15, 8, 20))
  const asked: number[] = []
  let answers = true
  const use = createTemplateUse(
    {
      async templates(from) {
        asked.push(from)
        if (!answers) throw new Error('gone')
        return [{ templateId: 1, lastUsedAt: 5, counts: { accepted: 9, sent: 3, read: 3, failed: 2, unknown: 1 } }]
      },
    },
    clock,
  )
  const [first] = await Promise.all([use(), use()])
  expect(first).toMatchObject({
    since: Date.UTC(2026, 0, 8, 8),
    templates: [{ templateId: 1, lastUsedAt: 5, counts: { success: 6, failed: 2, unknown: 1, successRate: 75 } }],
  })
  clock.advance(9_999)
  await use()
  expect(asked).toHaveLength(1)
  clock.advance(1)
  answers = false
  await expect(use()).rejects.toThrow('gone')
  answers = true
  await use()
  expect(asked).toHaveLength(3)
})
