import type { Channel, ExperimentStop, Purpose, TemplateFormat, TemplateStatus } from '@signalbox/contracts'
import type { Fence } from '../lock/lock.ts'

/** A template as its editors see it: the working copy, and which version is in force. Times are epoch ms. */
export interface TemplateRecord {
  id: number
  name: string
  channel: Channel
  format: TemplateFormat
  subject: string | null
  content: string
  variables: string[]
  status: TemplateStatus
  purpose: Purpose
  /** Version in force; 0 while none was published. */
  version: number
  /** The working copy differs from the version in force. */
  hasDraft: boolean
  revision: number
  createdAt: number
  updatedAt: number
}

/** Immutable. */
export interface TemplateVersionRecord {
  templateId: number
  /** From 1 what was published; from -1 down what was only sent as a test. */
  version: number
  format: TemplateFormat
  subject: string | null
  content: string
  variables: string[]
  note: string | null
  /** Who published it, as they called themselves; null when nobody said. */
  author: string | null
  /** What MJML became; null for other formats. */
  html: string | null
  createdAt: number
}

/** What publishing adds to the working copy. It ends an experiment in the same write: what is in force, everybody gets. */
export type Publication = Pick<TemplateVersionRecord, 'note' | 'author' | 'html'>

/** What is kept of a test beside its number. */
export type TestVersion = Omit<TemplateVersionRecord, 'version' | 'note' | 'createdAt'>

/** `stopped`: by itself, and everybody gets the better version until it is `ended`. */
export interface ExperimentRecord {
  templateId: number
  /** In force when it began. */
  versionA: number
  versionB: number
  /** Percent of recipients that get B. */
  shareB: number
  /** Ended messages per arm at which it is read. */
  planned: number
  state: 'running' | 'stopped' | 'ended'
  startedAt: number
  startedBy: string | null
  stoppedAt: number | null
  stop: ExperimentStop | null
}

export interface VersionCount {
  version: number
  state: string
  count: number
}

export type NewTemplate = Omit<TemplateRecord, 'id' | 'version' | 'hasDraft' | 'revision' | 'createdAt' | 'updatedAt'>

/**
 * Templates and their versions. Every write is one transaction and durable when its promise settles. `publish` adds
 * version n + 1 from the working copy and puts it in force in the same transaction. Nothing ever changes a version.
 */
export interface TemplateStore {
  list(): Promise<TemplateRecord[]>
  get(id: number): Promise<TemplateRecord | null>
  insert(template: NewTemplate, now: number, publish: Publication | null): Promise<TemplateRecord>
  /**
   * Replaces the working copy if `revision` is still the stored one; null when it is not. Archiving ends an experiment
   * too.
   */
  update(
    template: TemplateRecord,
    revision: number,
    now: number,
    publish: Publication | null,
  ): Promise<TemplateRecord | null>
  /** Removes a template that no message refers to; `referenced` when one does, and nothing is changed. */
  remove(id: number): Promise<'removed' | 'referenced' | 'not_found'>
  /** Keeps a text that is sent as a test and never comes into force. Resolves to its number; that of the last one when it is the same. */
  keepTest(test: TestVersion, now: number): Promise<number>
  /** The published ones. */
  versions(id: number): Promise<TemplateVersionRecord[]>
  /** Also one that was kept for a test. */
  version(id: number, version: number): Promise<TemplateVersionRecord | null>
  /** The last one of a template. */
  experiment(id: number): Promise<ExperimentRecord | null>
  runningExperiments(): Promise<ExperimentRecord[]>
  /**
   * Replaces it; with another `startedAt` it is a new one, and the counts begin at nothing. False, and nothing is written,
   * when that would bring one back that has ended, or take the place of one that has not, or when the fence is stale.
   */
  putExperiment(experiment: ExperimentRecord, fence?: Fence): Promise<boolean>
  /** Messages accepted while it ran, by version and state, exact at every commit. */
  experimentCounts(id: number): Promise<VersionCount[]>
}
