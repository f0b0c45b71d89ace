import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { checkSettings } from './settings.ts'

const schema = z.strictObject({
  key: z.string().max(5),
  hosts: z.array(z.string().min(2)),
  port: z.int().max(9).optional(),
})
const errorsOf = (raw: unknown) => {
  const checked = checkSettings(schema, raw)
  return checked.ok ? [] : checked.errors
}

describe('settings that an adapter does not accept', () => {
  it.each([
    [{ key: 5, hosts: [] }, 'key', 'expected settings.key to be a string, got 5'],
    [{ hosts: [] }, 'key', 'expected settings.key to be a string, got nothing'],
    [
      { key: 'k', hosts: ['ab', 'x'] },
      'hosts[1]',
      'expected settings.hosts[1] to be at least 2 characters long, got a text of 1 characters',
    ],
    [{ key: 'k', hosts: [], port: 10 }, 'port', 'expected settings.port to be at most 9, got 10'],
    [{ key: 'k', hosts: [], nope: 1 }, 'nope', 'expected no field settings.nope'],
    ['text', '', 'expected settings to be an object, got a text of 4 characters'],
  ])('%j: the field is named, and what was expected and got', (raw, field, message) => {
    expect(errorsOf(raw)).toMatchObject([{ field, message }])
  })

  it('are told without what stands in them: it may be a secret', () => {
    expect(JSON.stringify(errorsOf({ key: 'hunter2-hunter2', hosts: ['hunter2'] }))).not.toContain('hunter2')
  })
})
