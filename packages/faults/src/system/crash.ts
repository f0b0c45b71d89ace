/** Where the server kills itself, so that a crash hits one named place every time. */
import type { EngineOptions } from '@signalbox/engine'
import type { FaultHttpHooks } from './fault-http.ts'

export const CRASH_POINTS = [
  'before commit',
  'after commit, before 202',
  'after claim',
  "before the provider's reply",
  'after the reply, before the record',
  'before the commit of a receipt',
  'after the commit of a receipt',
  'before the commit of a write-down',
  'after the commit of a write-down',
  'before the commit of retention',
  'after the commit of retention',
] as const
export type CrashPoint = (typeof CRASH_POINTS)[number]

const DAY_MS = 86_400_000
const CLEANED_EVERY_MS = 5

export type Driver = EngineOptions['driver']
type Store = Awaited<ReturnType<Driver['open']>>

export interface Crash {
  point: CrashPoint
  /** How often the point is passed before the process dies there. */
  passes: number
}

/** As `kill -9`: nothing is flushed, closed or said. */
function die(): never {
  process.kill(process.pid, 'SIGKILL')
  for (;;);
}

export interface CrashTriggers {
  driver(inner: Driver): Driver
  hooks: FaultHttpHooks
}

export function crashTriggers(crash: Crash | undefined): CrashTriggers {
  let left = crash?.passes ?? 0
  const at = (point: CrashPoint): void => {
    if (crash?.point === point && left-- <= 0) die()
  }
  const cleans = crash?.point === 'before the commit of retention' || crash?.point === 'after the commit of retention'
  return {
    hooks: {
      underWay: () => at("before the provider's reply"),
      answered: () => at('after the reply, before the record'),
    },
    driver: (inner) => ({
      ...inner,
      async open(options) {
        const store = await inner.open(options)
        const messages = around(store.messages, at)
        if (cleans) void forgetTraces(messages).catch(() => undefined)
        return { ...store, messages, queue: aroundQueue(store.queue, at) }
      },
    }),
  }
}

/** What cleaning does once in a minute, all the time, and to the traces of this very day, which are written meanwhile. */
async function forgetTraces({ clean }: Store['messages']): Promise<void> {
  for (;;) {
    const tracesBefore = Date.now() + DAY_MS
    await clean({
      tracesBefore,
      recordsBefore: 0,
      keysBefore: 0,
      keptAtMost: Number.MAX_SAFE_INTEGER,
      actionsAtMost: 10,
      batch: 50,
    })
    await new Promise((resolve) => setTimeout(resolve, CLEANED_EVERY_MS))
  }
}

function aroundQueue(queue: Store['queue'], at: (point: CrashPoint) => void): Store['queue'] {
  return {
    ...queue,
    async writeDown(entries, oldestResident) {
      const written = queue.writeDown(entries, oldestResident)
      // Without entries only the mark moves.
      if (entries.length > 0) at('before the commit of a write-down')
      await written
      if (entries.length > 0) at('after the commit of a write-down')
    },
  }
}

/** A call that was made is on its way to the writer in the next turn at the earliest: dying in this one is before its commit. */
function around(messages: Store['messages'], at: (point: CrashPoint) => void): Store['messages'] {
  return {
    ...messages,
    async accept(write) {
      const accepted = messages.accept(write)
      at('before commit')
      const result = await accepted
      at('after commit, before 202')
      return result
    },
    async claim(write) {
      const result = await messages.claim(write)
      at('after claim')
      return result
    },
    async clean(limits, fence) {
      const cleaned = messages.clean(limits, fence)
      at('before the commit of retention')
      const removed = await cleaned
      at('after the commit of retention')
      return removed
    },
    async receipt(event, now) {
      const told = messages.receipt(event, now)
      at('before the commit of a receipt')
      const result = await told
      at('after the commit of a receipt')
      return result
    },
  }
}
