/** What saving would change, one line per value. Pure. */
import { isRecord, secretRefOf } from './schema-form.ts'

export interface Change {
  path: string
  /** Null: not set. */
  was: string | null
  now: string | null
}

/** What stands where a secret would. */
export interface SecretWords {
  stored: string
  replaced: string
}

/** @param isSecret of a path: its text is never shown. */
export function changesOf(
  was: unknown,
  now: unknown,
  isSecret: (path: string) => boolean,
  words: SecretWords,
): Change[] {
  const before = leavesOf(was)
  const after = leavesOf(now)
  const paths = [...new Set([...before.keys(), ...after.keys()])]
  return paths
    .filter((path) => JSON.stringify(before.get(path)) !== JSON.stringify(after.get(path)))
    .map((path) => {
      const told = (value: unknown) => (isSecret(path) ? secretText(value, words) : textOf(value))
      return { path, was: told(before.get(path)), now: told(after.get(path)) }
    })
}

function leavesOf(value: unknown, path = ''): Map<string, unknown> {
  if (value === undefined) return new Map()
  const ref = secretRefOf(value)
  const entries = ref ? null : entriesOf(value, path)
  if (!entries || entries.length === 0) return new Map([[path, value]])
  return new Map(entries.flatMap(([at, each]) => [...leavesOf(each, at)]))
}

function entriesOf(value: unknown, path: string): [string, unknown][] | null {
  if (Array.isArray(value)) return value.map((each, i) => [`${path}[${i}]`, each])
  if (isRecord(value))
    return Object.entries(value).map(([name, each]) => [path === '' ? name : `${path}.${name}`, each])
  return null
}

function textOf(value: unknown): string | null {
  if (value === undefined || value === null) return null
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function secretText(value: unknown, { stored, replaced }: SecretWords): string | null {
  const ref = secretRefOf(value)
  if (ref) return 'env' in ref ? `$${ref.env}` : stored
  return value === undefined || value === null ? null : replaced
}
