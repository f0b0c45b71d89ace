import type { RenderedContent } from '@signalbox/channels/adapter'
import {
  PURPOSE_DEFAULT,
  RENDERED_AT_MOST,
  TEMPLATE_LIMITS,
  type Channel,
  type CreateTemplate,
  type Issue,
  type TemplateStatus,
  type UpdateTemplate,
  type Variables,
} from '@signalbox/contracts'
import type { Clock } from '../clock.ts'
import { EngineError, issue } from '../errors.ts'
import type { Events } from '../events.ts'
import { checkVariables, renderContent, targetOf } from './catalogue.ts'
import { checkDraft } from './check.ts'
import type { CompiledMjml } from './mjml.ts'
import { compileIn, htmlOfMjml, type MjmlThreads } from './mjml-threads.ts'
import { compileBody, type Payload, type RenderBody, type RenderReport } from './render-batch.ts'
import { renderMany, type RenderThreads } from './render-many.ts'
import type { Publication, TemplateRecord, TemplateStore, TemplateVersionRecord } from './store.ts'

/**
 * Templates for people who edit them. A draft becomes active when it is published; an archived one is kept for the
 * messages that refer to it, takes no edits, and comes back into force when it is published. Errors are `EngineError`s.
 */
export interface Templates {
  list(filter?: { channel?: Channel | undefined; status?: TemplateStatus | undefined }): Promise<TemplateRecord[]>
  /** Throws `template_not_found`. */
  get(id: number): Promise<TemplateRecord>
  /** Active with version 1 at once unless `status` is `draft`. Throws `invalid` when variables and content disagree. */
  create(input: CreateTemplate): Promise<TemplateRecord>
  /**
   * Saves. What an active template sends is published as a new version if it changed, unless `publish` is false;
   * `publish: true` puts a draft in force too. Throws `conflict` on a stale `revision`, `wrong_state` when archived.
   */
  update(id: number, input: UpdateTemplate): Promise<TemplateRecord>
  publish(id: number, said?: Said): Promise<TemplateRecord>
  /** Publishes the content of an older version as a new one; a draft is replaced by it. Throws `not_found`. */
  rollback(id: number, version: number, said?: Said): Promise<TemplateRecord>
  /** Removes it, or archives it when messages refer to it. Resolves to what was done. */
  remove(id: number): Promise<'removed' | 'archived'>
  /** The working copy under another name, as a draft of its own. */
  duplicate(id: number, name?: string): Promise<TemplateRecord>
  /** All of them as drafts; throws `invalid` with every fault of every one before the first is written. */
  import(inputs: readonly CreateTemplate[]): Promise<TemplateRecord[]>
  /** Variables of the template's messages, newest first. */
  payloads(id: number, limit: number): Promise<Payload[]>
  /** The edit with these variables in it, as acceptance and the pipeline would do it. Throws as they do. */
  rendered(draft: RenderDraft, variables: Readonly<Variables>): Promise<RenderedContent>
  /**
   * Keeps the edit for a message that is sent as a test, never in force and in no list of versions. Resolves to the
   * number that `accept` takes as `templateVersion`. Throws `invalid`, `wrong_state` when archived.
   */
  keepTest(draft: RenderDraft, author?: string): Promise<number>
  /** What MJML becomes, and what is wrong with it. Throws `queue_full`. */
  compile(source: string): Promise<CompiledMjml>
  /** Newest first. */
  versions(id: number): Promise<TemplateVersionRecord[]>
  /** A published one, or one that was kept for a test. Throws `not_found`. */
  version(id: number, version: number): Promise<TemplateVersionRecord>
  /**
   * What publishing an edit would do to real messages: how many fail, how many come out differently from the version in
   * force, and the first of both. `payloads` are given, or the `last` so many of this template's own messages; at most
   * 10,000. Changes nothing. Runs in threads; `signal` ends it. Throws `template_not_found`, `invalid`, `queue_full`.
   */
  renderMany(
    draft: RenderDraft,
    payloads: readonly Payload[] | { last: number },
    signal?: AbortSignal,
  ): Promise<RenderReport>
}

/** An edit as `update` takes it: what is left out stays as it stands. */
export type RenderDraft = { templateId: number } & Pick<UpdateTemplate, 'format' | 'subject' | 'content' | 'variables'>

export interface TemplatesDeps {
  store: TemplateStore
  events: Events
  clock: Clock
  render: RenderThreads
  mjml: Pick<MjmlThreads, 'run'>
  /** Of the template's messages, newest first. */
  lastPayloads: (templateId: number, limit: number) => Promise<Payload[]>
}

type Said = Pick<UpdateTemplate, 'note' | 'author'>

type HtmlOf = (source: string) => Promise<string>

type Body = Pick<TemplateRecord, 'format' | 'subject' | 'content' | 'variables'>

export function createTemplates({ store, events, clock, render, mjml, lastPayloads }: TemplatesDeps): Templates {
  async function existing(id: number): Promise<TemplateRecord> {
    const template = await store.get(id)
    if (!template) throw new EngineError('template_not_found', `template ${id} not found`)
    return template
  }

  /** Writes over exactly what was read; someone else's write in between is a conflict, never lost. */
  async function write(before: TemplateRecord, after: TemplateRecord, publish: Publication | null) {
    const written = await store.update(after, before.revision, clock.now(), publish)
    if (!written) throw stale(before.id, before.revision, 'a newer one')
    events.emit('template:changed', { id: before.id, purpose: { was: before.purpose, is: written.purpose } })
    return written
  }

  const htmlOf = (source: string) => htmlOfMjml(mjml, source)

  async function inForce(template: TemplateRecord): Promise<Body | null> {
    if (!template.hasDraft) return template
    return template.version === 0 ? null : await store.version(template.id, template.version)
  }

  return {
    async list({ channel, status } = {}) {
      const all = await store.list()
      return all.filter((each) => (!channel || each.channel === channel) && (!status || each.status === status))
    },

    get: existing,

    async create(input) {
      const format = input.format ?? 'text'
      const { purpose = PURPOSE_DEFAULT } = input
      const draft = { ...input, purpose, format, subject: input.subject ?? null, variables: input.variables }
      const { subject, variables } = checkDraft(draft)
      const status = input.status ?? 'active'
      const { name, channel, content } = input
      const created = await store.insert(
        { name, channel, format, subject, content, variables, status, purpose },
        clock.now(),
        status === 'active' ? await publicationOf(htmlOf, { format, content }, input) : null,
      )
      events.emit('template:changed', { id: created.id, purpose: { was: null, is: created.purpose } })
      return created
    },

    async update(id, input) {
      const before = await existing(id)
      if (input.revision !== undefined && input.revision !== before.revision)
        throw stale(id, input.revision, before.revision)
      if (before.status === 'archived') throw archived(id)
      const body = merged(before, input)
      const published = await inForce(before)
      const differs = !published || !sameBody(body, published)
      const publish = input.publish ?? before.status === 'active'
      const { name = before.name, purpose = before.purpose } = input
      const after: TemplateRecord = { ...before, ...body, name, purpose, hasDraft: differs }
      if (!publish || !differs) return write(before, after, null)
      return write(before, { ...after, status: 'active' }, await publicationOf(htmlOf, body, input))
    },

    async publish(id, said) {
      const before = await existing(id)
      if (before.status === 'active' && !before.hasDraft) return before
      return write(before, { ...before, status: 'active' }, await publicationOf(htmlOf, before, said))
    },

    async rollback(id, version, said) {
      const before = await existing(id)
      const old = version > 0 ? await store.version(id, version) : null
      if (!old) throw new EngineError('not_found', `version ${version} of template ${id} not found`)
      const { format, subject, content, variables } = old
      const after: TemplateRecord = { ...before, format, subject, content, variables, status: 'active' }
      return write(
        before,
        after,
        await publicationOf(htmlOf, old, { ...said, note: said?.note ?? `rollback to version ${version}` }),
      )
    },

    async remove(id) {
      const outcome = await store.remove(id)
      if (outcome === 'not_found') throw new EngineError('template_not_found', `template ${id} not found`)
      if (outcome === 'referenced') {
        const before = await existing(id)
        if (before.status !== 'archived') await write(before, { ...before, status: 'archived' }, null)
        return 'archived'
      }
      events.emit('template:changed', { id })
      return 'removed'
    },

    async duplicate(id, name) {
      const { channel, format, subject, content, variables, purpose, name: before } = await existing(id)
      const copy = name ?? `${before.slice(0, TEMPLATE_LIMITS.nameChars - 4)} (2)`
      return this.create({ name: copy, channel, format, subject, content, variables, purpose, status: 'draft' })
    },

    async import(inputs) {
      const issues = inputs.flatMap((input, i) => issuesOf(input).map((each) => at(`templates[${i}].`, each)))
      if (issues.length > 0) throw new EngineError('invalid', issues.map((each) => each.message).join('; '), { issues })
      const created: TemplateRecord[] = []
      for (const input of inputs) created.push(await this.create({ ...input, status: 'draft' }))
      return created
    },

    async payloads(id, limit) {
      await existing(id)
      return lastPayloads(id, limit)
    },

    async rendered({ templateId, ...edit }, variables) {
      const before = await existing(templateId)
      const body = compileBody(await bodyOf(htmlOf, merged(before, edit)))
      const { version, name, channel, purpose } = before
      const compiled = { ...body, templateId, version, name, channel, purpose }
      return renderContent(compiled, checkVariables(compiled, variables))
    },

    async keepTest({ templateId, ...edit }, author) {
      const before = await existing(templateId)
      if (before.status === 'archived') throw archived(templateId)
      const body = merged(before, edit)
      const html = body.format === 'mjml' ? await htmlOf(body.content) : null
      return store.keepTest({ templateId, ...body, html, author: author ?? null }, clock.now())
    },

    compile: (source) => compileIn(mjml, source),

    async version(id, number) {
      await existing(id)
      const version = await store.version(id, number)
      if (!version) throw new EngineError('not_found', `version ${number} of template ${id} not found`)
      return version
    },

    async versions(id) {
      await existing(id)
      const versions = await store.versions(id)
      return versions.toSorted((a, b) => b.version - a.version)
    },

    async renderMany({ templateId, ...edit }, payloads, signal) {
      const before = await existing(templateId)
      const draft = merged(before, edit)
      const published = before.version === 0 ? null : await store.version(templateId, before.version)
      const given = 'last' in payloads ? await lastPayloads(templateId, checkLast(payloads.last)) : payloads
      return renderMany(
        render,
        { draft: await bodyOf(htmlOf, draft), published: published && (await bodyOf(htmlOf, published)) },
        given,
        signal,
      )
    },
  }
}

async function publicationOf(
  htmlOf: HtmlOf,
  body: Pick<Body, 'format' | 'content'>,
  said: Said = {},
): Promise<Publication> {
  const html = body.format === 'mjml' ? await htmlOf(body.content) : null
  return { note: said.note ?? null, author: said.author ?? null, html }
}

/** The edit on top of what stands; variables left out follow the new text. */
function merged(before: TemplateRecord, input: UpdateTemplate): Body {
  const format = input.format ?? before.format
  const content = input.content ?? before.content
  const wanted = input.subject === undefined ? before.subject : input.subject
  const { channel } = before
  const purpose = input.purpose ?? before.purpose
  const checked = checkDraft({ channel, purpose, format, content, subject: wanted, variables: input.variables })
  return { format, content, ...checked }
}

function issuesOf(input: CreateTemplate): readonly Issue[] {
  try {
    const { format = 'text', subject = null, variables, purpose = PURPOSE_DEFAULT } = input
    checkDraft({ ...input, format, subject, variables, purpose })
    return []
  } catch (error) {
    if (error instanceof EngineError) return error.issues
    throw error
  }
}

function at(place: string, { path, message, ...rest }: Issue): Issue {
  return { ...rest, path: place + path, message: message.replace(`expected ${path}`, `expected ${place}${path}`) }
}

function checkLast(last: number): number {
  if (Number.isInteger(last) && last >= 1 && last <= RENDERED_AT_MOST) return last
  const found = issue('last', `an integer from 1 to ${RENDERED_AT_MOST}`, last)
  throw new EngineError('invalid', found.message, { issues: [found] })
}

async function bodyOf(
  htmlOf: HtmlOf,
  { format, subject, content, variables, html }: Body & { html?: string | null },
): Promise<RenderBody> {
  const text = format === 'mjml' ? (html ?? (await htmlOf(content))) : content
  return { format: targetOf(format), subject, content: text, variables }
}

function sameBody(a: Body, b: Body): boolean {
  return (
    a.format === b.format &&
    a.subject === b.subject &&
    a.content === b.content &&
    a.variables.length === b.variables.length &&
    a.variables.every((name, index) => name === b.variables[index])
  )
}

function archived(id: number): EngineError {
  return new EngineError('wrong_state', `expected template ${id} to be draft or active, got archived: publish it first`)
}

function stale(id: number, got: number, current: number | string): EngineError {
  return new EngineError('conflict', `expected revision ${current} of template ${id}, got ${got}: load it again`)
}
