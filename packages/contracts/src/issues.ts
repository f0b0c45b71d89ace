/** What a schema found wrong, in the product's words: `expected X to be Y, got Z`. */
import type { z } from 'zod'
import type { Issue } from './envelope.ts'

const SHOWN_ISSUES = 20
const SHOWN_CHARS = 80
/** Fields that may hold what a message says: their text is never repeated, only its kind and size. */
const PRIVATE_FIELDS = new Set(['content', 'subject', 'variables', 'variables_list', 'settings', 'note'])

type Path = readonly PropertyKey[]

/** `root` names the whole input where an issue has no path, e.g. `body`. */
export function issuesOf(error: z.ZodError, input: unknown, root: string): Issue[] {
  return error.issues.flatMap((found) => explain(found, input, root)).slice(0, SHOWN_ISSUES)
}

/** One line for the envelope's `message`. */
export function summary(issues: readonly Issue[]): string {
  const first = issues[0]?.message ?? 'the input is not valid'
  return issues.length > 1 ? `${first} (and ${issues.length - 1} more)` : first
}

function explain(found: z.core.$ZodIssue, input: unknown, root: string): Issue[] {
  if (found.code === 'unrecognized_keys') {
    return found.keys.map((key) => {
      const path = pathText([...found.path, key], root)
      const shown = short(path)
      return { path: shown, expected: 'left out', got: 'an unknown field', message: `expected no field ${shown}` }
    })
  }
  const path = short(pathText(found.path, root))
  const value = valueAt(input, found.path)
  const own = /^expected (.+?)(?:, got (.+))?$/.exec(found.message)
  const expected = own?.[1] ?? expectation(found)
  const got = own?.[2] ?? shown(value, found.path)
  // A rule about several fields is a sentence of its own.
  const whole = own?.[2] !== undefined || expected.startsWith(path)
  const message = whole ? `expected ${expected}, got ${got}` : `expected ${path} to be ${expected}, got ${got}`
  return [{ path, expected, got, message }]
}

function expectation(found: z.core.$ZodIssue): string {
  switch (found.code) {
    case 'invalid_type':
      return typeText(found.expected)
    case 'invalid_union': {
      const options = found.errors.flatMap((branch) => (branch[0] ? [expectation(branch[0])] : []))
      return [...new Set(options)].join(' or ') || 'of a known shape'
    }
    case 'too_small':
      return sizeText(found.origin, 'at least', found.inclusive === false ? Number(found.minimum) + 1 : found.minimum)
    case 'too_big':
      return sizeText(found.origin, 'at most', found.inclusive === false ? Number(found.maximum) - 1 : found.maximum)
    case 'invalid_value':
      return found.values.length === 1
        ? JSON.stringify(found.values[0])
        : `one of ${found.values.map(String).join(', ')}`
    case 'invalid_format':
      return formatText(found.format)
    case 'invalid_key':
      return 'a field of a valid name'
    default:
      return found.message
  }
}

function typeText(type: string): string {
  if (type === 'int') return 'an integer'
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`
}

function sizeText(origin: string, bound: string, size: number | bigint): string {
  if (origin === 'string') return `${bound} ${size} ${Number(size) === 1 ? 'character' : 'characters'} long`
  if (origin === 'array') return `a list of ${bound} ${size}`
  return `${bound} ${size}`
}

function formatText(format: string): string {
  if (format === 'datetime') return 'an ISO 8601 time with offset, such as 2026-01-31T09:30:00+08:00'
  if (format === 'date') return 'a day as YYYY-MM-DD'
  return `a valid ${format}`
}

/** `recipients[3]`, `variables.code`: the field as the caller wrote it. */
function pathText(path: Path, root: string): string {
  let text = ''
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`
    else text += text === '' ? String(part) : `.${String(part)}`
  }
  return text === '' ? root : text
}

function valueAt(input: unknown, path: Path): unknown {
  let value = input
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined
    value = (value as Record<PropertyKey, unknown>)[part]
  }
  return value
}

function shown(value: unknown, path: Path): string {
  if (value === undefined) return 'nothing'
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (typeof value === 'object' && value !== null) return 'an object'
  if (typeof value !== 'string') return JSON.stringify(value) ?? typeof value
  const hidden = path.some((part) => PRIVATE_FIELDS.has(String(part)))
  return hidden || value.length > SHOWN_CHARS - 2
    ? `a text of ${value.length} characters`
    : short(JSON.stringify(value))
}

function short(text: string): string {
  return text.length > SHOWN_CHARS ? `${text.slice(0, SHOWN_CHARS - 3)}...` : text
}
