/**
 * The alarms of an engine.
 *
 * 1. measures every rule once per tick, from rollups and from what is in memory; never counts messages;
 * 2. moves each alarm by `machine.ts`, and tells it (`alert:changed`) when its state did;
 * 3. keeps alarms and acknowledgements over a restart, and what happened to them as history.
 */
import type { Clock } from '../clock.ts'
import { EngineError } from '../errors.ts'
import type { Events } from '../events.ts'
import { alone } from '../lock/alone.ts'
import type { Fence, Locks } from '../lock/lock.ts'
import type { Queues } from '../queue/queues.ts'
import type { Settings } from '../settings/settings.ts'
import type { StatsStore } from '../stats/store.ts'
import { quiet, step, type AlarmState } from './machine.ts'
import type { OverNodes, OwnLevels } from './over-nodes.ts'
import { measure, rulesOf, type Measured, type Rule } from './rules.ts'
import type { AcknowledgementRecord, AlertEventRecord, AlertStore } from './store.ts'
import { createWindows } from './windows.ts'

/** A rule with what was measured last and what became of it. Times are epoch ms. */
export interface Alert extends Rule, Measured, Omit<AlarmState, 'fineSince'> {
  acknowledgement: AcknowledgementRecord | null
}

export interface Alerts {
  /** Every rule, also those that are `ok`. */
  list(): Alert[]
  /**
   * Of an alarm that is pending or firing, else `wrong_state`; `alert_not_found` for an unknown id. Durable when it
   * settles; a second one takes the place of the first.
   */
  acknowledge(id: string, by: string, forMs: number, note: string | null): Promise<Alert>
  unacknowledge(id: string, by: string): Promise<Alert>
  /** Newest first. */
  history(limit: number): Promise<AlertEventRecord[]>
}

export interface AlertWatch extends Alerts {
  /** Takes over what was kept. */
  load(): Promise<void>
  /** Takes over what others have written; tells of each alarm that stands otherwise now. */
  readAgain(): Promise<void>
  /** Measures and judges once. Of several nodes one does. */
  evaluate(): Promise<void>
  /** Tells the one that judges how it stands here. */
  tell(): void
}

export interface AlertDeps {
  store: AlertStore
  stats: Pick<StatsStore, 'minutes'>
  settings: Settings
  queues: Pick<Queues, 'pools' | 'depths' | 'unowned'>
  clock: Clock
  events: Events
  locks: Locks
  /** False: the workers of this node have nothing to do, whatever waits. Default: true. */
  works?: boolean
  /** Null, and the default: there is one node. */
  nodes?: OverNodes | null
  /** True: it is this node that judges now, so that it knows best how an alarm stands. Default: false. */
  judges?: () => boolean
  onError: (where: string, error: unknown) => void
}

/** How long an alarm that is over is still shown. */
const SHOWN_MS = 5 * 60_000
const MINUTE_MS = 60_000
const LOCK = 'alerts'

/** What is to be written of a rule: how it stands then, and what happened to it now. */
interface Line {
  rule: Rule
  event: AlertEventRecord | null
}

interface Held {
  alarm: AlarmState
  measured: Measured
  acknowledgement: AcknowledgementRecord | null
}

export function createAlerts(deps: AlertDeps): AlertWatch {
  const { store, settings, queues, clock, events, works = true, nodes = null, judges = () => false } = deps
  const held = new Map<string, Held>()
  const windows = createWindows(longestMs)

  /** Of this node. */
  function levels(): OwnLevels {
    const pools = [...(works ? queues.pools : [])].map(([name, pool]) => {
      const { activeCount: active, maxPoolSize: max } = pool.figures()
      return [name, { active, max }] as const
    })
    const queued = Object.values(queues.depths()).reduce((sum, each) => sum + each.queued, 0)
    return { queued, pools: Object.fromEntries(pools) }
  }

  const rules = (): Rule[] => rulesOf(settings.values, queues.pools.keys())

  function longestMs(): number {
    return Math.max(settings.values.alerts.successRate.windowMs, settings.values.alerts.meanResponse.windowMs)
  }

  function holdOf(id: string): Held {
    let found = held.get(id)
    if (!found) {
      found = { alarm: quiet(clock.now()), measured: { figure: null, sample: null }, acknowledgement: null }
      held.set(id, found)
    }
    return found
  }

  function alertOf(rule: Rule): Alert {
    const { alarm, measured: here, acknowledgement } = holdOf(rule.id)
    const measured = nodes?.measured(rule.id) ?? here
    const { state, since, worst } = alarm
    return { ...rule, ...measured, state, since, worst, acknowledgement }
  }

  function lineOf(rule: Rule, event: AlertEventRecord['event'] | null, by: string | null = null): Line {
    const { id, threshold, figure, acknowledgement } = alertOf(rule)
    const note = event === 'acknowledged' ? (acknowledgement?.note ?? null) : null
    return { rule, event: event && { alert: id, event, at: clock.now(), figure, threshold, by, note } }
  }

  async function write({ rule, event }: Line, fence?: Fence): Promise<void> {
    const { id, state, since, worst, acknowledgement } = alertOf(rule)
    await store.write({ id, state, since, worst, acknowledgement }, event, fence)
  }

  /** What was found last, on its way to the store: what is written of the same alarm afterwards comes after it. */
  let keeping: Promise<void> = Promise.resolve()

  function keep(lines: readonly Line[]): Promise<void> {
    if (lines.length > 0) keeping = writeAlone(lines)
    return keeping
  }

  /** Not while another engine writes what it found. A write that fails costs the history a line, never the alarm. */
  async function writeAlone(lines: readonly Line[]): Promise<void> {
    try {
      await alone(deps.locks, LOCK, async (fence) => {
        await Promise.all(lines.map((line) => write(line, fence)))
      })
    } catch (error) {
      deps.onError('alerts', error)
    }
  }

  /** Gives what is to be written of it. */
  function judge(rule: Rule, measured: Measured, now: number): Line[] {
    const current = holdOf(rule.id)
    const before = current.alarm.state
    const terms = { holdMs: rule.holdMs, calmMs: settings.values.alertSettleMs, shownMs: SHOWN_MS }
    current.measured = measured
    current.alarm = step(current.alarm, { ...rule, figure: measured.figure }, terms, now)
    const { state } = current.alarm
    if (state === 'ok' || state === 'resolved') current.acknowledgement = null
    const lapsed = current.acknowledgement !== null && current.acknowledgement.until <= now
    if (lapsed) current.acknowledgement = null
    const lines = lapsed ? [lineOf(rule, 'lapsed')] : []
    if (state !== before) lines.push(lineOf(rule, state === 'firing' || state === 'resolved' ? state : null))
    if (lines.length > 0) events.emit('alert:changed', { id: rule.id, state })
    return lines
  }

  function ruleOf(id: string): Rule {
    const rule = rules().find((each) => each.id === id)
    if (!rule) throw new EngineError('alert_not_found', `expected an alert with id ${id}, got none`)
    return rule
  }

  async function change(
    rule: Rule,
    acknowledgement: AcknowledgementRecord | null,
    event: 'acknowledged' | 'unacknowledged',
    by: string,
  ): Promise<Alert> {
    const current = holdOf(rule.id)
    const before = current.acknowledgement
    current.acknowledgement = acknowledgement
    try {
      await keeping
      await write(lineOf(rule, event, by))
    } catch (error) {
      current.acknowledgement = before
      throw error
    }
    events.emit('alert:changed', { id: rule.id, state: current.alarm.state })
    return alertOf(rule)
  }

  return {
    async load() {
      for (const { id, state, since, worst, acknowledgement } of await store.load()) {
        const alarm: AlarmState = { state, since, worst, fineSince: null }
        held.set(id, { alarm, measured: { figure: null, sample: null }, acknowledgement })
      }
    },

    async readAgain() {
      await keeping
      const stored = new Map((await store.load()).map((each) => [each.id, each]))
      for (const { id } of rules()) {
        const current = holdOf(id)
        const { alarm, acknowledgement: before } = current
        const { state, since, worst, acknowledgement } = stored.get(id) ?? {
          ...quiet(clock.now()),
          acknowledgement: null,
        }
        const moved = !judges() && (state !== alarm.state || (state !== 'ok' && since !== alarm.since))
        if (!moved && JSON.stringify(before) === JSON.stringify(acknowledgement)) continue
        current.acknowledgement = acknowledgement
        if (moved) current.alarm = { state, since, worst, fineSince: null }
        events.emit('alert:changed', { id, state: current.alarm.state })
      }
    },

    async evaluate() {
      const from = clock.now() - longestMs() - MINUTE_MS
      const minutes = await deps.stats.minutes(from, clock.now() + MINUTE_MS)
      const now = clock.now()
      windows.observe(minutes, now)
      const { queued, pools } = nodes?.sum(levels()) ?? levels()
      const facts = { over: (windowMs: number) => windows.over(windowMs, now), pools, backlog: queued + queues.unowned }
      const measured = rules().map((rule) => [rule, measure(rule, facts)] as const)
      nodes?.tellMeasured(Object.fromEntries(measured.map(([{ id }, figures]) => [id, figures])))
      await keep(measured.flatMap(([rule, figures]) => judge(rule, figures, now)))
    },

    tell: () => nodes?.tell(levels()),

    list: () => rules().map(alertOf),

    async acknowledge(id, by, forMs, note) {
      const rule = ruleOf(id)
      const { state } = holdOf(id).alarm
      if (state !== 'pending' && state !== 'firing') {
        throw new EngineError('wrong_state', `expected alert ${id} to be pending or firing, got ${state}`)
      }
      const now = clock.now()
      return change(rule, { by, note, at: now, until: now + forMs }, 'acknowledged', by)
    },

    async unacknowledge(id, by) {
      const rule = ruleOf(id)
      if (!holdOf(id).acknowledgement) {
        throw new EngineError('wrong_state', `expected alert ${id} to be acknowledged, got one that is not`)
      }
      return change(rule, null, 'unacknowledged', by)
    },

    history: (limit) => store.history(limit),
  }
}
