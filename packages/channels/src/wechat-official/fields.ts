/**
 * What WeChat takes in a field, told by the beginning of its name (thing1, phrase2 …), after copies of its table of
 * parameters. Fields of old templates (first, keyword1, remark) have no such kind.
 */
interface Rule {
  max: number
  fits?: RegExp
  expected: string
}

const RULES = new Map<string, Rule>([
  ['thing', { max: 20, expected: 'at most 20 characters' }],
  [
    'character_string',
    { max: 32, fits: /^[\x21-\x7e ]+$/, expected: 'at most 32 letters, digits and signs, no hanzi' },
  ],
  ['time', { max: 32, expected: 'a time such as 2019年10月1日 15:01' }],
  ['date', { max: 32, expected: 'a day such as 2019年10月1日' }],
  [
    'amount',
    { max: 20, fits: /^[¥￥\p{Sc}]?\d{1,10}(?:\.\d+)?元?$/u, expected: 'one sign of a currency and up to 10 digits' },
  ],
  ['phone_number', { max: 17, fits: /^[\d+() -]+$/, expected: 'at most 17 digits and signs' }],
  ['car_number', { max: 8, expected: 'at most 8 characters' }],
  ['name', { max: 20, expected: 'at most 10 hanzi or 20 letters' }],
  ['phrase', { max: 5, fits: /^\p{Script=Han}+$/u, expected: 'at most 5 hanzi' }],
  ['const', { max: 20, expected: 'at most 20 characters of those that were approved' }],
  ['number', { max: 32, fits: /^-?[\d.,]+$/, expected: 'at most 32 digits' }],
  ['letter', { max: 32, fits: /^[A-Za-z]+$/, expected: 'at most 32 letters' }],
  ['symbol', { max: 5, fits: /^[^\p{L}\p{N}\s]+$/u, expected: 'at most 5 signs' }],
])
const OLD: Rule = { max: 200, expected: 'at most 200 characters' }

/** Null when the value fits. */
export function fieldProblem(field: string, value: string): string | null {
  const rule = RULES.get(/^([a-z_]+?)\d+$/.exec(field)?.[1] ?? '') ?? OLD
  const length = [...value].length
  if (length === 0) return `${field}: expected ${rule.expected}, got nothing`
  if (/\p{Cc}/u.test(value)) return `${field}: expected one line without control characters`
  // A name has 10 hanzi or 20 letters.
  const max = /^name\d+$/.test(field) && /\p{Script=Han}/u.test(value) ? 10 : rule.max
  if (length > max) return `${field}: expected ${rule.expected}, got ${length} characters`
  return rule.fits === undefined || rule.fits.test(value) ? null : `${field}: expected ${rule.expected}`
}
