/** Connections to Redis: where it is, how they come back, and what is asserted of the server. */
import { createClient, type RedisClientType } from '@redis/client'

export type Client = RedisClientType

const CONNECT_MS = 2_000
/** A connection that says nothing for so long is dead; one that has nothing to say pings more often than that. */
const SILENT_MS = 5_000
const PING_MS = 1_500
const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 2_000
/** What is not answered yet. More is refused: while Redis is away or slow nothing piles up. */
const MOST_UNDER_WAY = 10_000

/** Sharded channels are there from 7.0 on. */
const OLDEST_SERVER = 7

/** The text of an error never has the address in it: it may carry a password. */
export function checkUrl(url: string): void {
  if (URL.canParse(url) && ['redis:', 'rediss:'].includes(new URL(url).protocol)) return
  throw new Error('expected the address of Redis to be redis[s]://[user:password@]host[:port][/database], got another')
}

/**
 * Not connected yet. `onReady` hears of every connection that came to be, `onLost` why there is none. Nothing is asked while there is
 * none: what is asked then is refused at once.
 */
export function newClient(url: string, on: { ready(): void; lost(error: Error): void }): Client {
  const client: Client = createClient({
    url,
    name: 'signalbox',
    disableOfflineQueue: true,
    commandsQueueMaxLength: MOST_UNDER_WAY,
    pingInterval: PING_MS,
    maintNotifications: 'disabled',
    socket: { connectTimeout: CONNECT_MS, socketTimeout: SILENT_MS, reconnectStrategy: pauseBefore },
  })
  client.on('ready', on.ready)
  client.on('error', on.lost)
  return client
}

/** Apart by chance, so that nodes that lost it together do not come back together. */
function pauseBefore(attempt: number): number {
  const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(attempt, 10))
  return pause * (0.75 + Math.random() / 4)
}

/** Of the answer to `INFO server`. */
export function versionIn(info: string): string {
  return /^redis_version:(\S+)/m.exec(info)?.[1] ?? 'unknown'
}

/** What is wrong with a server of that version; null when nothing is. */
export function problemOf(version: string): string | null {
  const isNewEnough = Number.parseInt(version, 10) >= OLDEST_SERVER
  return isNewEnough ? null : `expected Redis ${OLDEST_SERVER}.0 or newer, got ${version}`
}
