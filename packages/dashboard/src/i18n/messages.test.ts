import { describe, expect, it } from 'vitest'
import { i18n } from './index.ts'

import.meta.glob('../features/*/words.ts', { eager: true })

const { en, zh } = i18n.global.messages.value

function leaves(node: unknown, path = ''): Map<string, string> {
  if (typeof node === 'string') return new Map([[path, node]])
  return new Map(Object.entries(node as object).flatMap(([key, value]) => [...leaves(value, `${path}.${key}`)]))
}
const placeholdersOf = (text = '') => new Set([...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name))

/** Examples of what is typed, the same in any language. */
const SAME = ['.templates.variables.addPlaceholder', '.templates.preview.recipient']

describe('the two languages', () => {
  it('have the same messages', () => {
    expect([...leaves(zh).keys()].sort()).toEqual([...leaves(en).keys()].sort())
  })

  it('put the same values into each', () => {
    const chinese = leaves(zh)
    const different = [...leaves(en)].filter(([key, text]) => {
      const [mine, other] = [placeholdersOf(text), placeholdersOf(chinese.get(key))]
      return mine.size !== other.size || [...mine].some((name) => !other.has(name))
    })
    expect(different).toEqual([])
  })

  it('have as many forms of each: with two, 0 and 1 would take each other’s of three', () => {
    const chinese = leaves(zh)
    const forms = (text = '') => text.split(' | ').length
    const different = [...leaves(en)].filter(([key, text]) => forms(text) !== forms(chinese.get(key)))
    expect(different).toEqual([])
  })

  it('differ: a message left in English is one forgotten', () => {
    const chinese = leaves(zh)
    const same = [...leaves(en)].filter(([key, text]) => /[a-z]{4}/.test(text) && chinese.get(key) === text)
    expect(same.map(([key]) => key).filter((key) => !SAME.includes(key))).toEqual([])
  })
})
