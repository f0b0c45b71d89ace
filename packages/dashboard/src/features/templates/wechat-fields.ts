/**
 * What WeChat takes in a field of a template message, told by the beginning of its name (thing1, phrase2 …). From copies
 * of WeChat's table; an account may have stricter ones.
 */
interface Rule {
  max: number
  fits?: RegExp
}

const RULES = new Map<string, Rule>(
  Object.entries({
    thing: { max: 20 },
    character_string: { max: 32, fits: /^[\x20-\x7e]*$/ },
    phone_number: { max: 17, fits: /^[\d+() -]*$/ },
    car_number: { max: 8 },
    name: { max: 20 },
    phrase: { max: 5 },
    const: { max: 20 },
    number: { max: 32, fits: /^[\d.,-]*$/ },
    letter: { max: 32, fits: /^[A-Za-z]*$/ },
    symbol: { max: 5 },
  }),
)

export interface WechatField {
  name: string
  got: number
  max: number
  /** Too long, or a character that has no place in it. */
  wrong: boolean
}

/** Null for a name that is none of WeChat's kinds: nothing is known of it. */
export function wechatField(name: string, value: string): WechatField | null {
  const rule = RULES.get(/^([a-z_]+?)\d+$/.exec(name)?.[1] ?? '')
  if (!rule) return null
  const got = [...value].length
  // A name has 10 hanzi or 20 letters.
  const max = name.startsWith('name') && /\p{Script=Han}/u.test(value) ? 10 : rule.max
  return { name, got, max, wrong: got > max || (rule.fits !== undefined && !rule.fits.test(value)) }
}
