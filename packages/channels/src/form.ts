/** The settings of an adapter as data: its zod schema is the one place where they are described. */
import type { SettingsNode } from '@signalbox/contracts'
import { z } from 'zod'
import type { SettingsForm } from './adapter.ts'

/** Title and description of a field in both languages. */
export interface Words {
  en: readonly [title: string, description?: string]
  zh: readonly [title: string, description?: string]
}

/** For `.meta()`. `more`: further keywords of JSON Schema, such as what a refinement asks for (`dependentRequired`). */
export function words({ en, zh }: Words, more: Record<string, unknown> = {}) {
  return { ...named(en), zh: named(zh), ...more }
}

function named([title, description]: Words['en']) {
  return description === undefined ? { title } : { title, description }
}

/** Made when it is first looked at: an engine that only sends never needs it. */
export function formOf(schema: z.ZodType): SettingsForm {
  let known: SettingsNode | undefined
  return {
    get schema() {
      known ??= z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as SettingsNode
      return known
    },
  }
}
