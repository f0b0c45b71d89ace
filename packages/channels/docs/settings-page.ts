/** docs/adapters.md: the settings of every adapter, written from the schemas that check them. */
import type { SettingsNode } from '@signalbox/contracts'
import { join } from 'node:path'
import { format, resolveConfig } from 'prettier'
import type { AnyAdapter } from '../src/adapter.ts'

export const SETTINGS_PAGE = join(import.meta.dirname, '../../../docs/adapters.md')

const INTRODUCTION = `# Settings of services, adapter by adapter

Written by \`npx -y pnpm@10.34.9 --filter @signalbox/channels docs\` from the schemas that check them; a test holds that it is up to
date. The same schemas come from \`GET /api/adapters\`, also in Chinese. How each is used is in [channels.md](channels.md).

A **secret** is written as text, which is kept encrypted, or as \`{"env": "SECRET_…"}\`, the variable that holds it. It is read as
\`{"stored": true}\` or \`{"env": "SECRET_…"}\` and never as text; \`{"stored": true}\` sent back keeps what is stored
([keys and backups](configuration.md#secrets)). \`a.b\` is a field within a field, \`a[].b\` one of each in a list.
`

export async function settingsPage(adapters: readonly AnyAdapter[]): Promise<string> {
  const sections = adapters.flatMap(({ key, form }) => (form ? [sectionOf(key, form.schema)] : []))
  const options = await resolveConfig(SETTINGS_PAGE)
  return format([INTRODUCTION, ...sections].join('\n'), { ...options, parser: 'markdown' })
}

function sectionOf(key: string, schema: SettingsNode): string {
  const rows = rowsOf(schema).map((cells) => `| ${cells.map(cell).join(' | ')} |`)
  const table = ['| field | type | default | meaning |', '| --- | --- | --- | --- |', ...rows]
  const rules = rulesOf(schema).map((rule) => `- ${rule}`)
  const about = [schema.title, schema.description].filter(Boolean).join(': ')
  return [`## \`${key}\``, '', `${about}.`, '', ...table, '', ...rules, ''].join('\n')
}

const cell = (text: string) => text.replaceAll(/[|<]/g, '\\$&')

function rowsOf(node: SettingsNode, path = ''): string[][] {
  const required = new Set(node.required)
  return Object.entries(node.properties ?? {}).flatMap(([name, field]) => {
    const at = `${path}${name}`
    const own = [`\`${at}\``, typeOf(field), defaultOf(field, required.has(name)), meaningOf(field)]
    if (field.secret) return [own]
    return [own, ...rowsOf(field, `${at}.`), ...(field.items ? rowsOf(field.items, `${at}[].`) : [])]
  })
}

function typeOf(node: SettingsNode): string {
  if (node.secret) return '**secret**'
  if (node.enum) return node.enum.map((value) => `\`${value}\``).join(', ')
  if (node.anyOf) return node.anyOf.map(shapeOf).join(' or ')
  switch (node.type) {
    case 'integer':
    case 'number':
      return `${node.type === 'integer' ? 'integer' : 'number'}${rangeOf(node.minimum, node.maximum)}`
    case 'string':
      return `text${rangeOf(node.minLength, node.maxLength, ' characters')}`
    case 'array':
      return `list${rangeOf(node.minItems, node.maxItems)}`
    default:
      return node.type ?? 'any'
  }
}

/** \`{min, max}\` */
function shapeOf({ properties }: SettingsNode): string {
  return `\`{${Object.keys(properties ?? {}).join(', ')}}\``
}

/** Whole numbers without a bound of their own have that of JavaScript. */
const isBound = (value: number | undefined): value is number => value !== undefined && Math.abs(value) < 2 ** 53 - 1

function rangeOf(least: number | undefined, most: number | undefined, unit = ''): string {
  const number = (value: number) => value.toLocaleString('en')
  if (isBound(least) && isBound(most)) return `, ${number(least)}–${number(most)}${unit}`
  if (isBound(most)) return `, at most ${number(most)}${unit}`
  return isBound(least) && least > 0 ? `, at least ${number(least)}${unit}` : ''
}

function defaultOf(node: SettingsNode, isRequired: boolean): string {
  if (node.default !== undefined) return `\`${JSON.stringify(node.default)}\``
  return isRequired ? 'required' : 'none'
}

function meaningOf({ title, description, examples }: SettingsNode): string {
  const example = examples?.length ? ` (${examples.map((each) => `\`${String(each)}\``).join(', ')})` : ''
  return `${[title, description].filter(Boolean).join('. ')}${example}`
}

function rulesOf({ dependentRequired = {}, oneOf = [] }: SettingsNode): string[] {
  const names = (fields: readonly string[] = []) => fields.map((field) => `\`${field}\``).join(' and ')
  const pairs = Object.entries(dependentRequired).map(([field, others]) => `\`${field}\` only with ${names(others)}.`)
  const choice = oneOf.map(({ required }) => names(required)).join(' or ')
  return [...(choice === '' ? [] : [`Either ${choice}.`]), ...pairs]
}
