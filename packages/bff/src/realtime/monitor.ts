/**
 * The figures of the wall, computed once per tick for all viewers.
 *
 * 1. computes them only while somebody looks, or when what was computed last is older than a tick;
 * 2. numbers every computation (`seq`), so that a viewer who missed one notices;
 * 3. hands out what changed since the number before, and the messages that moved.
 */
import {
  FEED_ROWS,
  type FeedTick,
  type MonitorSnapshot,
  type MonitorStats,
  type MonitorTick,
} from '@signalbox/contracts'
import type { Engine, MonitorFigures } from '@signalbox/engine'
import type { Logger } from 'pino'
import { randomUUID } from 'node:crypto'
import { presentMessage } from '../present/message.ts'
import { presentMonitor } from '../present/monitor.ts'
import type { View } from '../present/view.ts'
import { createFeed } from './feed.ts'
import { createSections } from './sections.ts'

/** Whoever carries ticks to viewers. */
export interface Audience {
  viewers(room: 'stats' | 'feed'): number
  tick(tick: MonitorTick): void
  feed(tick: FeedTick): void
}

export interface Monitor {
  readonly seq: number
  /** At most a tick old. */
  figures(): Promise<MonitorFigures>
  /** At most a tick old; ticks with a higher `seq` apply on top of it. */
  snapshot(): Promise<MonitorSnapshot>
  /** Computes and publishes the next tick now. Calls during a computation share it. */
  advance(): Promise<void>
  /** Ticks go to this audience as long as it has viewers; `wake` tells that it has. */
  serve(audience: Audience): void
  wake(): void
  close(): void
}

interface Computed {
  at: number
  figures: MonitorFigures
  stats: MonitorStats
}

const NOBODY: Audience = { viewers: () => 0, tick: () => undefined, feed: () => undefined }

export async function createMonitor(
  engine: Engine,
  view: View,
  options: { demo: boolean; log: Logger },
): Promise<Monitor> {
  const epoch = randomUUID()
  const changedSections = createSections()
  const feed = createFeed((record) => presentMessage(record, view))
  let audience = NOBODY
  let seq = 0
  let last: Computed | null = null
  let computing: Promise<Computed> | null = null
  let timer: NodeJS.Timeout | null = null
  let closed = false

  const unsubscribe = engine.events.on('message:changed', (record) => feed.note(record, audience.viewers('feed') > 0))
  const { messages } = await engine.messages.search({ limit: FEED_ROWS })
  for (const record of messages) feed.note(record, false)

  const tickMs = (): number => engine.settings.values.monitorTickMs
  const hasViewers = (): boolean => audience.viewers('stats') > 0 || audience.viewers('feed') > 0

  async function compute(): Promise<Computed> {
    // Whoever asked, the next beat is a whole tick from here: two ticks at once would outrun the slowest viewers.
    if (timer) schedule(tickMs())
    const figures = await engine.stats.monitor()
    const stats = presentMonitor(figures, engine.alerts.list(), view)
    last = { at: Date.now(), figures, stats }
    seq += 1
    const since = seq - 1
    const range = 'today' as const
    audience.tick({ seq, since, computed_at: view.instant(last.at), epoch, range, stats: changedSections(stats) })
    audience.feed({ seq, since, epoch, ...feed.flush() })
    return last
  }

  function next(): Promise<Computed> {
    computing ??= compute().finally(() => {
      computing = null
    })
    return computing
  }

  async function fresh(): Promise<Computed> {
    return last && Date.now() - last.at < tickMs() ? last : next()
  }

  function schedule(inMs: number): void {
    if (timer) clearTimeout(timer)
    if (closed) return
    timer = setTimeout(() => void beat(), inMs).unref()
  }

  async function beat(): Promise<void> {
    timer = null
    if (!hasViewers()) return
    schedule(tickMs())
    try {
      await next()
    } catch (error) {
      options.log.warn({ err: error }, 'the figures of the monitor could not be computed; the next tick tries again')
    }
  }

  return {
    get seq() {
      return seq
    },
    async figures() {
      return (await fresh()).figures
    },
    async snapshot() {
      const { at, stats } = await fresh()
      return {
        seq,
        computed_at: view.instant(at),
        epoch,
        tick_ms: tickMs(),
        time_zone: engine.settings.values.timeZone,
        demo: options.demo,
        range: 'today',
        stats,
        feed: feed.rows(),
      }
    },
    async advance() {
      await next()
    },
    serve(newAudience) {
      audience = newAudience
    },
    wake() {
      if (!timer) schedule(tickMs())
    },
    close() {
      closed = true
      if (timer) clearTimeout(timer)
      unsubscribe()
    },
  }
}
