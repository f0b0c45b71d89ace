import type {
  ExperimentRecord,
  Publication,
  TemplateRecord,
  TemplateStore,
  TemplateVersionRecord,
  TestVersion,
} from '../../src/templates/store.ts'

/** A TemplateStore in memory, for tests of what stands above it. `referenced` holds the templates that messages use. */
export class MemoryTemplateStore implements TemplateStore {
  readonly referenced = new Set<number>()
  readonly #templates = new Map<number, TemplateRecord>()
  readonly #versions: TemplateVersionRecord[] = []
  #lastId = 0
  /** Reads so far, to show what a cache saves. */
  reads = 0

  async list(): Promise<TemplateRecord[]> {
    return [...this.#templates.values()]
  }

  async get(id: number): Promise<TemplateRecord | null> {
    this.reads++
    return this.#templates.get(id) ?? null
  }

  async insert(
    template: Parameters<TemplateStore['insert']>[0],
    now: number,
    publish: Publication | null,
  ): Promise<TemplateRecord> {
    const id = ++this.#lastId
    const record = { ...template, id, version: 0, hasDraft: true, revision: 1, createdAt: now, updatedAt: now }
    return this.#put(record, now, publish)
  }

  async update(
    template: TemplateRecord,
    revision: number,
    now: number,
    publish: Publication | null,
  ): Promise<TemplateRecord | null> {
    if (this.#templates.get(template.id)?.revision !== revision) return null
    return this.#put({ ...template, revision: revision + 1, updatedAt: now }, now, publish)
  }

  async remove(id: number): Promise<'removed' | 'referenced' | 'not_found'> {
    if (!this.#templates.has(id)) return 'not_found'
    if (this.referenced.has(id)) return 'referenced'
    this.#templates.delete(id)
    return 'removed'
  }

  async keepTest(test: TestVersion, now: number): Promise<number> {
    const version = -1 - this.#versions.filter((each) => each.templateId === test.templateId && each.version < 0).length
    this.#versions.push({ ...test, version, note: null, createdAt: now })
    return version
  }

  async versions(id: number): Promise<TemplateVersionRecord[]> {
    return this.#versions.filter((each) => each.templateId === id && each.version > 0)
  }

  async version(id: number, version: number): Promise<TemplateVersionRecord | null> {
    return this.#versions.find((each) => each.templateId === id && each.version === version) ?? null
  }

  readonly experiments = new Map<number, ExperimentRecord>()
  readonly counts: { version: number; state: string; count: number }[] = []

  async experiment(id: number): Promise<ExperimentRecord | null> {
    return this.experiments.get(id) ?? null
  }

  async runningExperiments(): Promise<ExperimentRecord[]> {
    return [...this.experiments.values()].filter(({ state }) => state === 'running')
  }

  async putExperiment(experiment: ExperimentRecord): Promise<boolean> {
    this.experiments.set(experiment.templateId, experiment)
    return true
  }

  async experimentCounts(): Promise<{ version: number; state: string; count: number }[]> {
    return this.counts
  }

  #put(template: TemplateRecord, now: number, publish: Publication | null): TemplateRecord {
    const record: TemplateRecord = publish
      ? { ...template, status: 'active', version: template.version + 1, hasDraft: false }
      : template
    if (publish) {
      const { id: templateId, version, format, subject, content, variables } = record
      this.#versions.push({
        templateId,
        version,
        format,
        subject,
        content,
        variables,
        ...publish,
        createdAt: now,
      })
    }
    this.#templates.set(record.id, record)
    return record
  }
}
