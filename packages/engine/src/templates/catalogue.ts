import {
  UNSUBSCRIBE_VARIABLE,
  type Channel,
  type Issue,
  type Purpose,
  type TemplateFormat,
  type Variables,
} from '@signalbox/contracts'
import type { RenderedContent } from '@signalbox/channels/adapter'
import { EngineError, issue } from '../errors.ts'
import type { Events } from '../events.ts'
import { Lru } from './lru.ts'
import { parseTemplate, render, variablesOf, type TemplateAst } from './render.ts'
import { bucketOf } from './split.ts'
import type { TemplateRecord, TemplateStore, TemplateVersionRecord } from './store.ts'

/** A published version, parsed. `name` and `purpose` are the template's now; everything else never changes. */
export interface CompiledTemplate {
  readonly templateId: number
  readonly version: number
  readonly name: string
  readonly channel: Channel
  readonly purpose: Purpose
  readonly format: 'text' | 'html'
  readonly subject: TemplateAst | null
  readonly content: TemplateAst
  readonly variables: ReadonlySet<string>
  /** It has a place for its recipient's own link to unsubscribe. */
  readonly offersUnsubscribe: boolean
}

/** The version in force, and during an experiment what some recipients get instead. */
export interface ActiveTemplate extends CompiledTemplate {
  readonly experiment: { key: string; shareB: number; a: CompiledTemplate; b: CompiledTemplate } | null
}

/** The version that this recipient gets. */
export function versionFor(template: ActiveTemplate, recipient: string): CompiledTemplate {
  const { experiment } = template
  if (!experiment) return template
  return bucketOf(experiment.key, recipient) < experiment.shareB ? experiment.b : experiment.a
}

/**
 * Published versions for the pipeline, parsed once; the `capacity` used last are kept. Both calls answer at once,
 * without a promise, what they hold already. A change made through `Templates` is in force here when that call's
 * promise settles.
 */
export interface TemplateCatalogue {
  /** The version in force. Fails with `template_not_found` or `template_not_active`. */
  active(templateId: number): ActiveTemplate | Promise<ActiveTemplate>
  /** Any published version, whatever the state of its template now. Fails with `template_not_found`. */
  published(templateId: number, version: number): CompiledTemplate | Promise<CompiledTemplate>
  /** Nothing of what is kept can be relied on. */
  clear(): void
  /** Stops listening for changes. */
  close(): void
}

export interface TemplateCatalogueDeps {
  store: TemplateStore
  events: Events
  /** Versions kept; default 1,000. */
  capacity?: number
}

export function createTemplateCatalogue({ store, events, capacity = 1000 }: TemplateCatalogueDeps): TemplateCatalogue {
  const inForce = new Lru<number, ActiveTemplate>(capacity)
  const versions = new Lru<string, CompiledTemplate>(capacity)
  /** What was read before a change must not be kept after it: a change takes the template's entry out of here. */
  const generation = new Lru<number, symbol>(capacity)

  const stopListening = events.on('template:changed', ({ id }) => {
    inForce.delete(id)
    generation.delete(id)
    versions.deleteWhere((compiled) => compiled.templateId === id)
  })

  /** Runs `load` and keeps its result unless the template changed or left the cache meanwhile. */
  async function keeping<C extends CompiledTemplate>(id: number, load: () => Promise<C>, keep: (compiled: C) => void) {
    const begun = generation.get(id) ?? Symbol(`template ${id}`)
    generation.set(id, begun)
    const compiled = await load()
    if (generation.get(id) === begun) keep(compiled)
    return compiled
  }

  async function loadVersion(template: TemplateRecord | null, id: number, version: number): Promise<CompiledTemplate> {
    const record = template && (await store.version(id, version))
    if (!record) throw new EngineError('template_not_found', `version ${version} of template ${id} not found`)
    return compile(template, record)
  }

  async function loadActive(id: number): Promise<ActiveTemplate> {
    const template = await store.get(id)
    if (!template) throw new EngineError('template_not_found', `template ${id} not found`)
    if (template.status !== 'active' || template.version === 0) {
      throw new EngineError('template_not_active', `expected template ${id} to be active, got ${template.status}`)
    }
    const compiled = await loadVersion(template, id, template.version)
    const record = await store.experiment(id)
    if (!record || record.state === 'ended') return { ...compiled, experiment: null }
    const [a, b] = await Promise.all([record.versionA, record.versionB].map((n) => loadVersion(template, id, n)))
    if (!a || !b) return { ...compiled, experiment: null }
    return { ...compiled, experiment: { key: `${id}:${record.startedAt}`, shareB: record.shareB, a, b } }
  }

  return {
    active(id) {
      return (
        inForce.get(id) ??
        keeping(
          id,
          () => loadActive(id),
          (compiled) => inForce.set(id, compiled),
        )
      )
    },
    published(id, version) {
      const key = `${id}:${version}`
      const load = async () => loadVersion(await store.get(id), id, version)
      return versions.get(key) ?? keeping(id, load, (compiled) => versions.set(key, compiled))
    },
    clear() {
      inForce.deleteWhere(() => true)
      versions.deleteWhere(() => true)
      generation.deleteWhere(() => true)
    },
    close: stopListening,
  }
}

function compile(template: TemplateRecord, version: TemplateVersionRecord): CompiledTemplate {
  const subject = version.subject === null ? null : parseTemplate(version.subject)
  const content = parseTemplate(version.html ?? version.content)
  const variables = new Set(version.variables)
  return {
    templateId: template.id,
    version: version.version,
    name: template.name,
    channel: template.channel,
    purpose: template.purpose,
    format: targetOf(version.format),
    subject,
    content,
    variables,
    offersUnsubscribe: offersUnsubscribe(subject, content, variables),
  }
}

/** The caller gives no value for it, so it is ours to fill in. */
export function offersUnsubscribe(
  subject: TemplateAst | null,
  content: TemplateAst,
  variables: ReadonlySet<string>,
): boolean {
  return variablesOf(subject ?? [], content).includes(UNSUBSCRIBE_VARIABLE) && !variables.has(UNSUBSCRIBE_VARIABLE)
}

/** MJML is HTML by the time it is sent. */
export function targetOf(format: TemplateFormat): 'text' | 'html' {
  return format === 'text' ? 'text' : 'html'
}

/**
 * The variables of one message as texts. Throws `missing_variable` or, when none is missing, `unknown_variable`; the
 * issues name every one of both kinds.
 */
export function checkVariables(compiled: CompiledTemplate, variables: Readonly<Variables>): Record<string, string> {
  return exactly(compiled, variables) ?? checkOneByOne(compiled, variables)
}

/** What nearly every message has: each variable once, and no other. Null for anything else. */
function exactly(compiled: CompiledTemplate, variables: Readonly<Variables>): Record<string, string> | null {
  const texts: Record<string, string> = {}
  let known = 0
  for (const name of Object.keys(variables)) {
    if (!compiled.variables.has(name) || name === '__proto__') return null
    texts[name] = String(variables[name])
    known += 1
  }
  return known === compiled.variables.size ? texts : null
}

function checkOneByOne(compiled: CompiledTemplate, variables: Readonly<Variables>): Record<string, string> {
  const missing: Issue[] = []
  for (const name of compiled.variables) {
    if (!Object.hasOwn(variables, name)) missing.push(issue(`variables.${name}`, 'a value', undefined))
  }
  const entries = Object.entries(variables)
  const unknown: Issue[] = []
  for (const [name, value] of entries) {
    if (!compiled.variables.has(name)) unknown.push(issue(`variables.${name}`, 'a variable of the template', value))
  }
  const issues = [...missing, ...unknown]
  if (issues.length > 0) {
    const reason = missing.length > 0 ? 'missing_variable' : 'unknown_variable'
    throw new EngineError(reason, issues.map((each) => each.message).join('; '), { issues })
  }
  // fromEntries defines own properties, so that a variable named __proto__ is one like any other.
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]))
}

/** What a text shows that goes to nobody. */
const SAMPLE_UNSUBSCRIBE_URL = 'https://example.com/unsubscribe'

/** Fills in a version for its adapter. For html, `text` is the markup too: the adapter derives the text part it needs. */
export function renderContent(
  compiled: CompiledTemplate,
  given: Readonly<Record<string, string>>,
  unsubscribeUrl: string = SAMPLE_UNSUBSCRIBE_URL,
): RenderedContent {
  const variables = compiled.offersUnsubscribe ? { ...given, [UNSUBSCRIBE_VARIABLE]: unsubscribeUrl } : given
  const { templateId, version, name, format, subject, content } = compiled
  const body = render(content, variables, format)
  return {
    templateId,
    templateVersion: version,
    templateName: name,
    subject: subject && render(subject, variables, 'header'),
    text: body,
    html: format === 'html' ? body : null,
  }
}
