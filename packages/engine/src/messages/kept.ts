/** What the sandbox kept in place of sending. */
import type { Channel } from '@signalbox/contracts'

export interface KeptRecord {
  recordId: number
  channel: Channel
  serviceId: number
  recipient: string
  subject: string | null
  text: string
  html: string | null
  /** What WeChat would fill into its own template; null on other channels. */
  fields: Readonly<Record<string, string>> | null
  keptAt: number
}

export interface KeptStore {
  keep(message: KeptRecord): Promise<void>
  /** Newest first. */
  list(query: { channel?: string | undefined; limit: number }): Promise<KeptRecord[]>
}
