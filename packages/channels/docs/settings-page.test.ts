import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { adapters, sandbox } from '../src/index.ts'
import { SETTINGS_PAGE, settingsPage } from './settings-page.ts'

describe('the page of settings', () => {
  it('is what the schemas say: write it anew with `pnpm --filter @signalbox/channels docs`', async () => {
    expect(readFileSync(SETTINGS_PAGE, 'utf8')).toBe(await settingsPage(adapters()))
  })

  it('tells type, range, default and meaning of each field, and what goes only with what', async () => {
    const schema = {
      title: 'An adapter',
      required: ['key'],
      dependentRequired: { user: ['key'] },
      oneOf: [{ required: ['a'] }, { required: ['b'] }],
      properties: {
        key: { title: 'Key', secret: true as const, anyOf: [{}] },
        user: { title: 'User', description: 'Who | what', type: 'string' as const, maxLength: 5, examples: ['ann'] },
        list: { title: 'List', type: 'array' as const, items: { properties: { n: { type: 'integer' as const } } } },
        way: { title: 'Way', enum: ['x', 'y'], default: 'x' },
        spread: { title: 'Spread', anyOf: [{ properties: { min: {}, max: {} } }, { properties: { p95: {} } }] },
        rate: { title: 'Rate', type: 'number' as const, minimum: 0, maximum: 3_600_000 },
      },
    }
    const page = (await settingsPage([{ ...sandbox(), key: 'an.adapter', form: { schema } }])).replace(/ +/g, ' ')
    for (const row of [
      '| `key` | **secret** | required | Key |',
      '| `user` | text, at most 5 characters | none | User. Who \\| what (`ann`) |',
      '| `list[].n` | integer | none | |',
      '| `way` | `x`, `y` | `"x"` | Way |',
      '| `spread` | `{min, max}` or `{p95}` | none | Spread |',
      '| `rate` | number, 0–3,600,000 | none | Rate |',
      '- Either `a` or `b`.',
      '- `user` only with `key`.',
    ]) {
      expect(page).toContain(row)
    }
  })
})
