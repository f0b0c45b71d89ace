/**
 * Pauses of channels and queues, as the settings have them: by API or by SQL, and over restarts. What is paused keeps its
 * place and loses no attempt; what is being sent goes on; what falls due becomes ready and waits.
 */
import { CHANNELS, WORKED_QUEUES, type Channel, type WorkedQueue } from '@signalbox/contracts'
import { channelPausedKey, queuePausedKey } from '../settings/definition.ts'
import type { Settings } from '../settings/settings.ts'
import type { Queues } from './queues.ts'

export type PauseTarget = { channel: Channel } | { queue: WorkedQueue }

/** Epoch ms since when; null when a row was put in by hand, so that nobody knows. */
export interface Paused {
  channels: { channel: Channel; since: number | null }[]
  queues: { queue: WorkedQueue; since: number | null }[]
}

export interface Pauses {
  /** On disk, audited and in force when it settles: nothing of the target begins to be sent after that. Idempotent. */
  pause(target: PauseTarget): Promise<void>
  resume(target: PauseTarget): Promise<void>
  list(): Paused
  /** Brings gates and queues into line with the settings in force. */
  apply(): void
}

export function createPauses({ settings, queues }: { settings: Settings; queues: Queues }): Pauses {
  return {
    pause: (target) => settings.set(keyOf(target), 'true'),
    resume: (target) => settings.set(keyOf(target), 'false'),
    list: () => ({
      channels: [...settings.values.pausedChannels].map((channel) => ({
        channel,
        since: settings.changedAt(channelPausedKey(channel)),
      })),
      queues: [...settings.values.pausedQueues].map((queue) => ({
        queue,
        since: settings.changedAt(queuePausedKey(queue)),
      })),
    }),
    apply() {
      const { pausedChannels, pausedQueues } = settings.values
      for (const channel of CHANNELS) {
        if (!pausedChannels.has(channel)) queues.gates.open(channel, 'paused')
        else queues.gates.close(channel, { reason: 'paused', until: null, detail: `channel ${channel} is paused` })
      }
      for (const queue of WORKED_QUEUES) queues.setPaused(queue, pausedQueues.has(queue))
    },
  }
}

function keyOf(target: PauseTarget): string {
  return 'channel' in target ? channelPausedKey(target.channel) : queuePausedKey(target.queue)
}
