import { CHANNELS } from '@signalbox/contracts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { asciiDomain, checkRecipient } from './recipient.ts'

const canonical = (channel: (typeof CHANNELS)[number], raw: unknown) => {
  const checked = checkRecipient(channel, raw)
  return checked.ok ? checked.canonical : null
}

describe('a recipient', () => {
  it('has one canonical spelling, which is its own', () => {
    const likely = fc.oneof(
      fc.string(),
      fc.emailAddress(),
      fc.stringMatching(/^\+?(?:86)?1[3-9]\d{9}$/),
      fc.stringMatching(/^(?:ou|oc)_[a-z0-9]{8,20}$/),
      fc.stringMatching(/^[A-Za-z0-9_-]{1,70}$/),
    )
    fc.assert(
      fc.property(fc.constantFrom(...CHANNELS), likely, (channel, raw) => {
        const once = canonical(channel, raw)
        expect(once === null ? null : canonical(channel, once)).toBe(once)
      }),
      { numRuns: 1000 },
    )
  })

  it('never holds a line break or another control character', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...CHANNELS),
        fc.tuple(fc.constantFrom('ann@example.com', '13800138000', 'user-1', 'ou_0123456789abcdef'), fc.nat()),
        fc.constantFrom('\r', '\n', '\0', '\t', '\u2028', '\x7f'),
        (channel, [raw, at], control) => {
          const cut = at % (raw.length + 1)
          expect(canonical(channel, raw.slice(0, cut) + control + raw.slice(cut))).toBeNull()
        },
      ),
    )
  })

  it('is a text; anything else is refused by its type', () => {
    expect(checkRecipient('app', 7)).toEqual({ ok: false, reason: expect.stringMatching(/^expected .* got number$/) })
  })

  it('is refused with what was expected and a short form of what came', () => {
    expect(checkRecipient('sms', 'x'.repeat(500))).toEqual({
      ok: false,
      reason: expect.stringMatching(/^expected a mobile number.*, got "x{57}\.\.\."$/),
    })
  })
})

describe('a mobile number', () => {
  it.each(['13800138000', '8613800138000', '008613800138000', '+86 138-0013-8000', '+8613800138000'])(
    'of the mainland may be written %s',
    (raw) => expect(canonical('sms', raw)).toBe('+8613800138000'),
  )

  it.each([
    ['+14155552671', '+14155552671'],
    ['+852 5123 4567', '+85251234567'],
    ['0014155552671', '+14155552671'],
  ])('from abroad needs its country code: %s', (raw, expected) => expect(canonical('sms', raw)).toBe(expected))

  it.each([
    '',
    '110',
    '12800138000',
    '138001380001',
    '1380013800',
    '010-12345678',
    '4155552671',
    'call 13800138000',
    '+999123456789',
  ])('is not %j', (raw) => expect(canonical('sms', raw)).toBeNull())

  it('of the mainland is recognised whichever it is', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^1[3-9]\d{9}$/), (number) => {
        expect(canonical('sms', number)).toBe(`+86${number}`)
      }),
    )
  })
})

describe('a mail address', () => {
  it.each([
    ['Ann.Bee@Example.COM', 'Ann.Bee@example.com'],
    ["o'neil+news@mail.example.co", "o'neil+news@mail.example.co"],
    ['ann@例子.中国', 'ann@xn--fsqu00a.xn--fiqs8s'],
    ['ann@EXAMPLE。com', 'ann@example.com'],
  ])('%s is known as %s', (raw, expected) => expect(canonical('email', raw)).toBe(expected))

  it.each([
    '',
    '@',
    'ann',
    '@example.com',
    'ann@',
    'ann@localhost',
    'ann@127.0.0.1',
    'ann@[127.0.0.1]',
    'ann@example.com/x',
    'ann@example.com:25',
    'ann@-example.com',
    'a..b@example.com',
    '.a@example.com',
    'ann bee@example.com',
    '安@example.com',
    'Ann <ann@example.com>',
    '<ann@example.com>',
    'ann@example.com,bob@example.com',
    'ann@bob@example.com',
    ' ann@example.com',
    `${'a'.repeat(65)}@example.com`,
    `ann@${'a'.repeat(64)}.com`,
    `ann@${'a.'.repeat(130)}com`,
  ])('is not %j', (raw) => expect(canonical('email', raw)).toBeNull())

  it('keeps the case before the @ and loses it behind', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9]{1,20}$/), fc.stringMatching(/^[A-Za-z]{1,20}$/), (local, name) => {
        expect(canonical('email', `${local}@${name}.Com`)).toBe(`${local}@${name.toLowerCase()}.com`)
      }),
    )
  })
})

describe('the other channels', () => {
  it.each([
    ['app', 'user-1'],
    ['app', '用户:7'],
    ['wechat', 'oABCD1234567890abcdefghijkl_'],
    ['feishu', 'ou_7d8a6e6df7621556ce0d21922b676706'],
    ['feishu', 'oc_a0553eda9014c201e6969b478895c230'],
    ['feishu', '0a1b0a1b-1111-4222-8333-000011112222'],
  ] as const)('%s knows %s', (channel, raw) => expect(canonical(channel, raw)).toBe(raw))

  it.each([
    ['app', ''],
    ['app', 'a b'],
    ['app', 'x'.repeat(129)],
    ['wechat', '13800138000'],
    ['wechat', 'ann@example.com'],
    ['feishu', 'user-1'],
    ['feishu', 'https://open.feishu.cn/open-apis/bot/v2/hook/0a1b0a1b-1111-4222-8333-000011112222'],
  ] as const)('%s does not know %j', (channel, raw) => expect(canonical(channel, raw)).toBeNull())
})

describe('an ASCII domain', () => {
  it('comes only from a host name of two labels or more', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (raw) => {
        expect(asciiDomain(raw) ?? 'none.example').toMatch(/^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/)
      }),
      { numRuns: 500 },
    )
  })
})
