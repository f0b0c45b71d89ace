/** The form of an adapter's settings, made from their schema. Pure. */
import type { SettingsNode } from '@signalbox/contracts'
import type { Language } from '../../lib/time.ts'

export type FieldKind =
  'secret' | 'choice' | 'yes_no' | 'number' | 'text' | 'list' | 'rows' | 'group' | 'variants' | 'json'

export function kindOf(node: SettingsNode): FieldKind {
  if (node.secret) return 'secret'
  if (node.enum) return 'choice'
  if (node.type === 'boolean') return 'yes_no'
  if (node.type === 'integer' || node.type === 'number') return 'number'
  if (node.type === 'string') return 'text'
  if (node.type === 'array' && node.items) return kindOf(node.items) === 'group' ? 'rows' : 'list'
  if (node.properties) return 'group'
  return variantsOf(node).length > 0 ? 'variants' : 'json'
}

export interface Field {
  name: string
  node: SettingsNode
  required: boolean
}

export function fieldsOf({ properties = {}, required = [] }: SettingsNode): Field[] {
  return Object.entries(properties).map(([name, node]) => ({ name, node, required: required.includes(name) }))
}

/** Works as it is: shown only to who asks for more. Rows are what one came for, such as templates at the provider. */
export const isFolded = ({ node, required }: Field): boolean =>
  !required && node.default !== undefined && kindOf(node) !== 'rows'

/** Objects of which it is one. */
export const variantsOf = (node: SettingsNode): SettingsNode[] =>
  (node.anyOf ?? node.oneOf ?? []).filter(({ properties }) => properties !== undefined)

/** Which of the variants a value is: that whose fields it has most of. */
export function variantOf(node: SettingsNode, value: unknown): number {
  const names = Object.keys(isRecord(value) ? value : isRecord(node.default) ? node.default : {})
  const fits = variantsOf(node).map(({ properties = {} }) => names.filter((name) => name in properties).length)
  return Math.max(0, fits.indexOf(Math.max(...fits)))
}

export interface FieldWords {
  title: string
  hint: string | undefined
}

/** The schema's words in the language, else its English ones, else the name of the field. */
export function wordsOf({ title, description, zh }: SettingsNode, name: string, language: Language): FieldWords {
  const local = language === 'zh' ? zh : undefined
  return { title: local?.title ?? title ?? spelled(name), hint: local?.description ?? description }
}

/** `sign_name` as `Sign name`. */
export function spelled(name: string): string {
  const text = name.replaceAll('_', ' ')
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** The part of the schema that a path leads to: `from.address`, `templates[0].code`. */
export function nodeAt(node: SettingsNode, path: string): { node: SettingsNode; names: string[] } | null {
  let at: SettingsNode | undefined = node
  const names: string[] = []
  for (const step of path.split(/\.|(?=\[)/).filter(Boolean)) {
    if (step.startsWith('[')) at = at?.items
    else {
      at =
        at?.properties?.[step] ??
        (at && variantsOf(at).find(({ properties }) => step in (properties ?? {})))?.properties?.[step]
      names.push(step)
    }
    if (!at) return null
  }
  return { node: at, names }
}

/** `Sender › Address`, as the form has it above the field. */
export function titleAt(node: SettingsNode, path: string, language: Language): string {
  const steps = path.split(/\.(?=[^[])/)
  const titles = steps.map((step, i) => {
    const found = nodeAt(
      node,
      steps
        .slice(0, i + 1)
        .join('.')
        .replace(/\[\d+\]$/, ''),
    )
    const [name = step, row] = step.split(/\[(\d+)\]/)
    const title = found ? wordsOf(found.node, name, language).title : spelled(name)
    return row === undefined ? title : `${title} ${Number(row) + 1}`
  })
  return titles.join(' › ')
}

/** What a value of the kind is before anything is filled in; undefined: left out. */
export function blankOf(node: SettingsNode): unknown {
  const kind = kindOf(node)
  if (kind === 'group') {
    return Object.fromEntries(
      fieldsOf(node)
        .filter(({ required }) => required)
        .map(({ name, node: inner }) => [name, blankOf(inner)])
        .filter(([, value]) => value !== undefined),
    )
  }
  return kind === 'rows' || kind === 'list' ? [] : undefined
}

/** As it is sent: what was left blank is left out, white space around words too. */
export function pruned(value: unknown): unknown {
  if (typeof value === 'string') return value.trim() === '' ? undefined : value.trim()
  if (Array.isArray(value)) return value.map(pruned).filter((each) => each !== undefined)
  if (!isRecord(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, each]) => [name, pruned(each)] as const)
      .filter(([, each]) => each !== undefined),
  )
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A secret as it is read: kept by us, or by the environment under a name. */
export type SecretRef = { stored: true } | { env: string }
export function secretRefOf(value: unknown): SecretRef | null {
  if (!isRecord(value)) return null
  if (value['stored'] === true) return { stored: true }
  return typeof value['env'] === 'string' ? { env: value['env'] } : null
}
