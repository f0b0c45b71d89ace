/**
 * The queues of an engine and their workers as one: what is ready, what waits for its time, who takes it, and how deep it
 * all is.
 */
import { QUEUES, WORKED_QUEUES, type PendingReason, type QueueName, type ThreadPoolConfig } from '@signalbox/contracts'
import type { Clock } from '../clock.ts'
import type { MessageRecord } from '../messages/record.ts'
import { createPatience } from '../patience.ts'
import { createPool, type Pool } from '../workers/pool.ts'
import type { ScalingDecision } from '../workers/scaling.ts'
import { createDelays } from './delays.ts'
import { createDispatcher, type Dispatcher } from './dispatcher.ts'
import { createFairWindow, type FairWindow } from './fair-window.ts'
import { createGates, type Gates } from './gates.ts'
import type { Entry, QueueStore, WorkedQueue } from './store.ts'

export type Process = (entry: Entry, worker: string) => Promise<void>

export interface QueueDepth {
  /** Waits for its time. */
  scheduled: number
  /** Ready. */
  queued: number
  processing: number
}

const POOLS: Record<WorkedQueue, string> = {
  'message.send': 'message_sender',
  'ai.process': 'ai_processor',
  notification: 'notification',
}
/** Bounds the transaction in which they are. */
const WRITTEN_DOWN_AT_ONCE = 1_000

export interface Queues {
  /** By their names in the settings. */
  readonly pools: ReadonlyMap<string, Pool>
  /** Of the channels: what closes one keeps its messages in their place. */
  readonly gates: Gates
  /** Everything that waits, ready or not: this node's own and what belongs to nobody. */
  readonly backlog: number
  /** How much is ready and belongs to nobody; 0 where there is one node. */
  readonly unowned: number
  window(queue: WorkedQueue): FairWindow
  pool(queue: WorkedQueue): Pool
  /** They are on disk and ready: this node's own, or nobody's where it does not work. */
  push(entries: readonly Entry[]): void
  /** They are on disk and ready, and belong to nobody. */
  handOver(entries: readonly Entry[]): void
  /** So many more wait until then. */
  delay(dueAt: number, count?: number): void
  /** What is held for this reason is looked at again now. */
  wake(reason: PendingReason): Promise<void>
  /** One that is held is looked at again then, if that is earlier. */
  hasten(id: number, dueAt: number): Promise<void>
  /** One that waited for its time was cancelled. */
  undelay(): void
  kick(queue: WorkedQueue): void
  /** Hands out nothing of it, or goes on; what runs goes on in any case. */
  setPaused(queue: WorkedQueue, paused: boolean): void
  /** What is still being written of work whose worker is free again: `then` hears of it, a failure is reported. */
  finish<T>(writing: Promise<T>, then: (written: T | null) => void): void
  /** This node's own; what waits for its time belongs to nobody, and is told by each. */
  depths(): Record<QueueName, QueueDepth>
  /** Takes over the settings of the pools. */
  configure(): void
  /** Lets each pool follow its queue by one step. */
  scale(): void
  /** Gives what has waited in memory alone since the last call its entry in the store. */
  writeDown(): Promise<void>
  /** Reads how many wait for their time. */
  recount(): Promise<void>
  /** It may hand out again: looks at what waits. */
  resume(): void
  /** What waited when the engine was last stopped. */
  restore(): Promise<void>
  start(processes: Record<WorkedQueue, Process>): Promise<void>
  /** Hands out nothing more; what runs goes on. */
  stop(): void
  /** Resolves when nothing runs and everything is written. */
  idle(): Promise<void>
  /** Resolves when everything is written. */
  finished(): Promise<void>
}

export interface QueuesOptions {
  store: QueueStore
  clock: Clock
  config: (pool: string) => ThreadPoolConfig
  onScaled: (decision: ScalingDecision) => void
  /** Messages whose time has come; they are in the queue already. */
  onDue: (records: readonly MessageRecord[]) => void
  /** A message that will be claimed soon, and never was before. */
  onLoaded: (record: MessageRecord) => void
  onError: (where: string, error: unknown) => void
  /** Of several nodes. Default: there is one. */
  shared?: SharedQueues | null
}

export interface SharedQueues {
  /** False: it only takes things in. */
  works: boolean
  /** While false nothing is handed out; `Queues.resume` when it is true again. */
  mayHandOut: () => boolean
  handedOut: (count: number) => void
  /** How many belong to nobody: when they were last counted, and now at most. */
  unowned: () => number
  unownedAtMost: () => number
  handOver: (entries: readonly Entry[]) => void
}

interface Worked {
  window: FairWindow
  pool: Pool
  dispatcher: Dispatcher | null
}

export function createQueues(options: QueuesOptions): Queues {
  const { store, clock, config, onScaled, onDue, onLoaded, onError, shared = null } = options
  const works = shared?.works ?? true
  const worked = Object.fromEntries(WORKED_QUEUES.map((queue) => [queue, open(queue)])) as Record<WorkedQueue, Worked>
  const paused = new Set<WorkedQueue>()
  const stopping = new AbortController()
  const patiently = createPatience(clock, stopping.signal)
  const pools = new Map(WORKED_QUEUES.map((queue) => [POOLS[queue], worked[queue].pool]))
  const gates = createGates(clock, worked['message.send'].window, () => kick('message.send'))
  const delays = createDelays({
    store,
    clock,
    shared: shared && { promotes: works },
    onDue(entries, records) {
      push(entries)
      onDue(records)
    },
    onError: (error) => onError('delays', error),
  })

  /** The newest resident when they were last looked at, and the mark that the store was told. */
  let residentsBefore = 0
  let lastMark = 0
  /** Results on their way to disk whose workers are free again. */
  let finishing = 0
  const whenFinished: (() => void)[] = []

  function open(queue: WorkedQueue): Worked {
    const onReady = () => kick(queue)
    return {
      window: createFairWindow({ store: { load }, onReady, onError: (error) => onError(`queue ${queue}`, error) }),
      pool: createPool(
        POOLS[queue],
        config(POOLS[queue]),
        clock,
        (error) => onError(`worker of ${queue}`, error),
        onReady,
      ),
      dispatcher: null,
    }
  }

  async function load(...lane: Parameters<QueueStore['load']>): Promise<number[]> {
    const { ids, untouched } = await patiently(() => store.load(...lane))
    for (const record of untouched) onLoaded(record)
    return ids
  }

  function kick(queue: WorkedQueue): void {
    worked[queue].dispatcher?.kick()
  }

  function push(entries: readonly Entry[]): void {
    if (!works) return handOver(entries)
    for (const entry of entries) worked[entry.queue].window.push(entry)
    for (const queue of WORKED_QUEUES) kick(queue)
  }

  function handOver(entries: readonly Entry[]): void {
    shared?.handOver(entries)
  }

  function counted(process: Process): Process {
    if (!shared) return process
    return (entry, worker) => {
      shared.handedOut(1)
      return process(entry, worker)
    }
  }

  async function finished(): Promise<void> {
    if (finishing > 0) await new Promise<void>((resolve) => whenFinished.push(resolve))
  }

  return {
    pools,
    gates,
    get backlog() {
      return WORKED_QUEUES.reduce(
        (sum, queue) => sum + worked[queue].window.size,
        delays.size + (shared?.unownedAtMost() ?? 0),
      )
    },
    get unowned() {
      return shared?.unowned() ?? 0
    },
    window: (queue) => worked[queue].window,
    pool: (queue) => worked[queue].pool,
    push,
    handOver,
    delay(dueAt, count = 1) {
      for (let i = 0; i < count; i++) delays.added(dueAt)
    },
    wake: (reason) => delays.wake(reason),
    hasten: (id, dueAt) => delays.hasten(id, dueAt),
    undelay: () => delays.removed(),
    kick,
    setPaused(queue, wanted) {
      if (wanted) paused.add(queue)
      else if (paused.delete(queue)) kick(queue)
    },
    depths() {
      const depths = emptyDepths()
      for (const queue of WORKED_QUEUES) {
        depths[queue].queued = worked[queue].window.size
        depths[queue].processing = worked[queue].pool.figures().activeCount
      }
      depths.delayed.scheduled = delays.size
      return depths
    },
    configure() {
      for (const queue of WORKED_QUEUES) {
        const decision = worked[queue].pool.configure(config(POOLS[queue]))
        if (decision) onScaled(decision)
        kick(queue)
      }
    },
    scale() {
      for (const queue of WORKED_QUEUES) {
        const decision = worked[queue].pool.scale(worked[queue].window.size, clock.now())
        if (!decision) continue
        onScaled(decision)
        kick(queue)
      }
    },
    async writeDown() {
      const { window } = worked['message.send']
      const upTo = residentsBefore
      residentsBefore = window.newestResident
      for (;;) {
        const entries = window.writeDown(upTo, WRITTEN_DOWN_AT_ONCE)
        const { oldestResident } = window
        if (entries.length === 0 && oldestResident === lastMark) return
        lastMark = oldestResident
        await store.writeDown(entries, oldestResident)
        if (entries.length < WRITTEN_DOWN_AT_ONCE) return
      }
    },
    recount: () => delays.recount(),
    resume() {
      for (const queue of WORKED_QUEUES) kick(queue)
    },
    async restore() {
      const lanes = await store.lanes()
      for (const queue of WORKED_QUEUES) worked[queue].window.restore(lanes.filter((lane) => lane.queue === queue))
    },
    async start(processes) {
      await delays.start()
      if (!works) return
      for (const queue of WORKED_QUEUES) {
        const { window, pool } = worked[queue]
        worked[queue].dispatcher = createDispatcher({
          window,
          pool,
          process: counted(processes[queue]),
          paused: () => paused.has(queue) || shared?.mayHandOut() === false,
        })
        worked[queue].dispatcher?.start()
      }
    },
    stop() {
      stopping.abort()
      for (const queue of WORKED_QUEUES) worked[queue].dispatcher?.stop()
      delays.stop()
      gates.stop()
    },
    finish<T>(writing: Promise<T>, then: (written: T | null) => void) {
      finishing += 1
      const finish = (written: T | null) => {
        try {
          then(written)
        } finally {
          finishing -= 1
          if (finishing === 0) for (const resolve of whenFinished.splice(0)) resolve()
        }
      }
      writing.then(finish, (error: unknown) => {
        onError('worker of message.send', error)
        finish(null)
      })
    },
    async idle() {
      await Promise.all(WORKED_QUEUES.map((queue) => worked[queue].pool.idle()))
      await finished()
    },
    finished,
  }
}

function emptyDepths(): Record<QueueName, QueueDepth> {
  return Object.fromEntries(QUEUES.map((name) => [name, { scheduled: 0, queued: 0, processing: 0 }])) as Record<
    QueueName,
    QueueDepth
  >
}
