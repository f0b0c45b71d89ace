import type { Channel, CreateTemplate, TemplateStatus, UpdateTemplate } from '@signalbox/contracts'
import type { TemplateRecord, TemplateVersionRecord } from './store.ts'

/** Templates for people who edit them and for the pipeline that sends from them. Errors are `EngineError`s. */
export interface Templates {
  list(filter?: { channel?: Channel | undefined; status?: TemplateStatus | undefined }): Promise<TemplateRecord[]>
  /** Throws `template_not_found`. */
  get(id: number): Promise<TemplateRecord>
  /** Active with version 1 at once unless `status` is `draft`. Throws `invalid` when variables and content disagree. */
  create(input: CreateTemplate): Promise<TemplateRecord>
  /** Saves; publishes a new version too when the template is active, unless `publish` is false. Throws `conflict` on a stale `revision`. */
  update(id: number, input: UpdateTemplate): Promise<TemplateRecord>
  publish(id: number, note?: string): Promise<TemplateRecord>
  /** Publishes the content of an older version as a new one. */
  rollback(id: number, version: number, note?: string): Promise<TemplateRecord>
  /** Removes it, or archives it when messages refer to it. Resolves to what was done. */
  remove(id: number): Promise<'removed' | 'archived'>
  /** Newest first. */
  versions(id: number): Promise<TemplateVersionRecord[]>
}
