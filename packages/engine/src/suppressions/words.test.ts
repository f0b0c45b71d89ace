import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readReply } from './words.ts'

const STOP = ['R', 'TD', 'T', 'N', '退订', '拒收', 'STOP', 'UNSUBSCRIBE', 'END', 'QUIT', 'STOPALL', 'REVOKE', 'OPTOUT']
const MORE = ['CANCEL', 'ARRET', 'REMOVE', 'OPT-OUT']
const START = ['START', 'UNSTOP', '订阅', '恢复订阅']

/** The same word as phones send it. */
const spelled = (word: string) =>
  fc
    .array(fc.tuple(fc.boolean(), fc.boolean(), fc.constantFrom('', '', ' ', '\u3000', '\u200b')), {
      minLength: word.length,
      maxLength: word.length,
    })
    .map((choices) =>
      choices
        .map(([wide, lower, behind], i) => {
          const cased = lower ? (word[i] as string).toLowerCase() : (word[i] as string)
          const code = cased.charCodeAt(0)
          return (wide && code > 0x20 && code < 0x7f ? String.fromCharCode(code + 0xfee0) : cased) + behind
        })
        .join(''),
    )
const ending = fc.constantFrom('', ' ', '.', '。', '!', '！', '\r\n')

describe('an answer', () => {
  it.each([...STOP, ...MORE])('that is %s asks for no more, in whatever case, width and spaces', (word) => {
    fc.assert(
      fc.property(spelled(word), ending, (text, end) => {
        expect(readReply(text + end)).toBe('stop')
      }),
    )
  })

  it.each(START)('that is %s asks for it again', (word) => {
    fc.assert(
      fc.property(spelled(word), ending, (text, end) => {
        expect(readReply(text + end)).toBe('start')
      }),
    )
  })

  it('asks for nothing when the word is only a part of it', () => {
    const words = fc.constantFrom(...STOP, ...MORE, ...START)
    const rest = fc.string({ minLength: 1 }).filter((text) => /^[\p{L}\p{N}]/u.test(text.normalize('NFKC')))
    fc.assert(
      fc.property(words, rest, (word, other) => {
        const joined = word + other
        const whole = joined
          .normalize('NFKC')
          .replaceAll(/[\s\p{Cf}]+/gu, '')
          .replace(/[.。!]+$/u, '')
          .toUpperCase()
        fc.pre(![...STOP, ...MORE, ...START, 'SUBSCRIBE', 'OPTIN', 'OPT-IN'].includes(whole))
        return readReply(joined) === null
      }),
    )
    for (const text of ['', ' ', 'please stop', 'TD吗', '不退订', '好的', 'R2', 'no', '取消订单', 'x'.repeat(5000)]) {
      expect(readReply(text)).toBeNull()
    }
  })
})
