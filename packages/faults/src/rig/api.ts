/** The questions that a run asks the server over HTTP, as anybody may. */
import type { MessagePage, MessageState, OkReply, RealtimeStats, SystemHealth } from '@signalbox/contracts'

const WAITING: readonly MessageState[] = ['scheduled', 'queued', 'sending']

export interface Api {
  readonly url: string
  /** Takes messages. False also when nobody answers. */
  ready(): Promise<boolean>
  /** Services that it says are away. Throws when nobody answers. */
  away(): Promise<string[]>
  /** Messages that have not ended. */
  waiting(): Promise<number>
  /** Every message in that state, over all pages. */
  idsIn(state: MessageState): Promise<number[]>
}

export function createApi(url: string): Api {
  async function get<T>(path: string): Promise<T> {
    const response = await fetch(`${url}${path}`, { signal: AbortSignal.timeout(10_000) })
    if (!response.ok) throw new Error(`expected ${path} to answer 200, got ${response.status}`)
    return ((await response.json()) as OkReply<T>).data
  }

  return {
    url,
    async ready() {
      try {
        const { status } = await get<{ status: string }>('/health')
        return status === 'ok'
      } catch {
        return false
      }
    },
    async away() {
      const { links } = await get<SystemHealth>('/api/system/health')
      return links.filter(({ up }) => !up).map(({ name }) => name)
    },
    async waiting() {
      const { message_stats: stats } = await get<RealtimeStats>('/api/messages/statistics/realtime')
      return stats.filter(({ status }) => WAITING.includes(status)).reduce((sum, { count }) => sum + count, 0)
    },
    async idsIn(state) {
      const ids: number[] = []
      let before: number | null = null
      do {
        const at: string = before === null ? '' : `&before=${before}`
        const page: MessagePage = await get(`/api/messages?status=${state}&limit=200${at}`)
        ids.push(...page.messages.map((message) => message.record_id))
        before = page.next_before
      } while (before !== null)
      return ids
    },
  }
}
