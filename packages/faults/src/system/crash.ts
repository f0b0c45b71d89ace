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
] as const
export type CrashPoint = (typeof CRASH_POINTS)[number]

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
  return {
    hooks: {
      underWay: () => at("before the provider's reply"),
      answered: () => at('after the reply, before the record'),
    },
    driver: (inner) => ({
      ...inner,
      async open(options) {
        const store = await inner.open(options)
        return { ...store, messages: around(store.messages, at) }
      },
    }),
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
    async receipt(event, now) {
      const told = messages.receipt(event, now)
      at('before the commit of a receipt')
      const result = await told
      at('after the commit of a receipt')
      return result
    },
  }
}
