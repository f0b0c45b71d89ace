/**
 * Two published versions side by side, until somebody promotes one, publishes another or archives the template, or the
 * failures of one say stop.
 */
import type { MessageState } from '@signalbox/contracts'
import type { Clock } from '../clock.ts'
import { EngineError, issue } from '../errors.ts'
import type { Events } from '../events.ts'
import { alone } from '../lock/alone.ts'
import type { Fence, Locks } from '../lock/lock.ts'
import { failingArm, findingOf, type Finding } from './split.ts'
import type { ExperimentRecord, TemplateStore } from './store.ts'
import type { Templates } from './templates.ts'

export interface Arm {
  version: number
  accepted: number
  ended: number
  succeeded: number
  failed: number
  read: number
}

export interface ExperimentReport extends ExperimentRecord {
  a: Arm
  b: Arm
  finding: Finding
  p: number | null
}

export interface StartExperiment {
  templateId: number
  /** Against the version in force. */
  version: number
  /** Percent of recipients that get it, 1 to 99. */
  shareB: number
  /** Ended messages per arm at which the result is read. */
  planned: number
  by?: string | undefined
}

export interface Experiments {
  /** The last one of the template, running or not; null when there never was one. Throws `template_not_found`. */
  get(templateId: number): Promise<ExperimentReport | null>
  /** Throws `wrong_state` while one runs, `invalid` when the two versions cannot be compared. */
  start(input: StartExperiment): Promise<ExperimentReport>
  /** Everybody gets the version in force again. Throws `not_found` when none is on. */
  end(templateId: number, by?: string): Promise<ExperimentReport>
  /** Ends it in favour of a version: if that is not in force already, its text is published as a new one. */
  promote(templateId: number, version: number, by?: string): Promise<ExperimentReport>
  /** Stops what clearly fails: from then on everybody gets the other version, until somebody decides. */
  evaluate(): Promise<void>
}

export interface ExperimentsDeps {
  store: TemplateStore
  templates: Templates
  events: Events
  clock: Clock
  locks: Locks
}

const LOCK = 'experiments'

export function createExperiments({ store, templates, events, clock, locks }: ExperimentsDeps): Experiments {
  async function reportOf(record: ExperimentRecord): Promise<ExperimentReport> {
    const counts = await store.experimentCounts(record.templateId)
    const a = armOf(record.versionA, counts)
    const b = armOf(record.versionB, counts)
    return { ...record, a, b, ...findingOf(a, b, record.planned) }
  }

  async function write(record: ExperimentRecord): Promise<ExperimentReport> {
    if (!(await store.putExperiment(record))) throw changedMeanwhile(record.templateId)
    events.emit('template:changed', { id: record.templateId })
    return reportOf(record)
  }

  async function stopFailing(fence: Fence): Promise<void> {
    for (const record of await store.runningExperiments()) {
      const { a, b } = await reportOf(record)
      const failing = failingArm(a, b)
      if (!failing) continue
      const [bad, good] = failing === 'b' ? [b, a] : [a, b]
      const stopped: ExperimentRecord = {
        ...record,
        state: 'stopped',
        shareB: failing === 'b' ? 0 : 100,
        stoppedAt: clock.now(),
        stop: { kind: 'failing', bad: figuresOf(bad), good: figuresOf(good) },
      }
      // Not when somebody ended it meanwhile.
      if (await store.putExperiment(stopped, fence)) events.emit('template:changed', { id: record.templateId })
    }
  }

  async function current(templateId: number): Promise<ExperimentRecord> {
    await templates.get(templateId)
    const record = await store.experiment(templateId)
    if (!record || record.state === 'ended') {
      throw new EngineError('not_found', `expected an experiment with template ${templateId}, got none`)
    }
    return record
  }

  return {
    async get(templateId) {
      await templates.get(templateId)
      const record = await store.experiment(templateId)
      return record && reportOf(record)
    },

    async start({ templateId, version, shareB, planned, by }) {
      const template = await templates.get(templateId)
      const running = await store.experiment(templateId)
      if (template.status !== 'active' || (running && running.state !== 'ended')) {
        const got =
          template.status === 'active' ? `one that is ${running?.state}` : `a template that is ${template.status}`
        throw new EngineError('wrong_state', `expected an active template without an experiment, got ${got}`)
      }
      const a = await store.version(templateId, template.version)
      const b = await store.version(templateId, version)
      if (!a || !b || a.version === b.version) {
        throw invalid('version', `a published version other than ${template.version}`, version)
      }
      const names = (list: readonly string[]) => list.toSorted().join(', ')
      if (names(a.variables) !== names(b.variables)) {
        throw invalid('version', `one with the variables ${names(a.variables) || '(none)'}`, names(b.variables))
      }
      return write({
        ...{ templateId, versionA: a.version, versionB: b.version, shareB, planned },
        ...{
          state: 'running',
          startedAt: Math.max(clock.now(), (running?.startedAt ?? 0) + 1),
          startedBy: by ?? null,
          stoppedAt: null,
          stop: null,
        },
      })
    },

    async end(templateId, by) {
      const record = await current(templateId)
      return write({ ...record, state: 'ended', stoppedAt: clock.now(), stop: { kind: 'ended', by: by ?? null } })
    },

    async promote(templateId, version, by) {
      const record = await current(templateId)
      if (version !== record.versionA && version !== record.versionB) {
        throw invalid('version', `${record.versionA} or ${record.versionB}`, version)
      }
      const template = await templates.get(templateId)
      if (version !== template.version) {
        const note = `winner of the experiment: version ${version}`
        await templates.rollback(templateId, version, { note, author: by })
      }
      const stop = { kind: 'promoted', version, by: by ?? null } as const
      return write({ ...record, state: 'ended', stoppedAt: clock.now(), stop })
    },

    async evaluate() {
      if ((await store.runningExperiments()).length > 0) await alone(locks, LOCK, stopFailing)
    },
  }
}

const SUCCEEDED: readonly MessageState[] = ['sent', 'delivered', 'read']

function armOf(version: number, counts: readonly { version: number; state: string; count: number }[]): Arm {
  const own = counts.filter((each) => each.version === version)
  const of = (...states: readonly string[]) =>
    own.reduce((sum, { state, count }) => (states.includes(state) ? sum + count : sum), 0)
  const succeeded = of(...SUCCEEDED)
  const failed = of('failed', 'expired')
  const accepted = own.reduce((sum, { count }) => sum + count, 0)
  return { version, accepted, ended: succeeded + failed, succeeded, failed, read: of('read') }
}

const figuresOf = ({ version, failed, ended }: Arm) => ({ version, failed, ended })

function changedMeanwhile(templateId: number): EngineError {
  return new EngineError('conflict', `expected the experiment with template ${templateId} as it was, got a newer one`)
}

function invalid(path: string, expected: string, got: unknown): EngineError {
  const found = issue(path, expected, got)
  return new EngineError('invalid', found.message, { issues: [found] })
}
